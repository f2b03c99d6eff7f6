//! Fair: between the square near zero and the absolute value far away, with a logarithm to pay.

use crate::loss::{Constants, Curvature, Formula, Info, Param};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero, linear up to a logarithm in the tails.",
        use_when: "A sample's pull grows ever more slowly towards the scale, and unlike Huber's its curvature fades \
                   from the start.",
        formula: "scale**2*(abs(r)/scale - log1p(abs(r)/scale))",
        params: &[Param::positive("scale", 1.0, "Where the tails begin.")],
        aliases: &["fair_loss"],
        curvature: Curvature::UNIT_IN_RESIDUAL,
        source: "Fair 1974, NBER working paper; Rey 1983, doi:10.1007/978-3-642-68800-5",
        ..Info::DEFAULT
    };

    /// By hand: With scale 1: r = 3 pulls with 3/4 and has the curvature 1/16.
    #[inline(always)]
    fn value<R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one) = (r.primal(), r.primal().abs(), R::Scalar::ONE);
        let u = f::ratio(a, scale);
        let (beyond, tiny) = (u == R::Scalar::INFINITY, u < R::Scalar::EPSILON);
        // scale²·h(u) = |r|·(scale·h(u)/u), in which nothing overflows or underflows first; h(u) = u²/2 for a tiny u.
        let steep = select(beyond, scale, select(tiny, a * R::Scalar::HALF, scale * (f::minus_log1p(u) / u)));
        let fading = one / (one + u);
        let slope = select(u > one, (scale / (one + one / u)).copysign(p), p * fading);
        r.chain((select(a == R::Scalar::INFINITY, a, a * steep), slope, fading * fading))
    }
}
