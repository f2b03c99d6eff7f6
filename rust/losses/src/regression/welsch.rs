//! Welsch: one minus a Gaussian of the difference.

use crate::loss::{Constants, Curvature, Formula, Info, Param};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero, constant beyond some scales.",
        use_when: "A sample's pull fades like a Gaussian: beyond some three scales it has none.",
        formula: "-0.5*scale**2*expm1(-(r/scale)**2)",
        params: &[Param::positive("scale", 1.0, "Where outliers begin to be given up.")],
        aliases: &["leclerc", "correntropy"],
        convex: false,
        curvature: Curvature::UNIT_IN_RESIDUAL,
        source: "Holland and Welsch 1977, doi:10.1080/03610927708827533",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one, half) = (r.primal(), r.primal().abs(), R::Scalar::ONE, R::Scalar::HALF);
        let u = f::ratio(a, scale).min(R::Scalar::lit(1e10));
        // u² in two parts: what rounding takes from it, the exponential would multiply.
        let square = u * u;
        let lost = u.mul_add(u, -square);
        let fading = f::exp_sum(-square, -lost);
        let (near, tiny) = (u <= one, u < R::Scalar::EPSILON);
        let loss = -f::expm1(-square) * half;
        let value = select(near, a * select(tiny, a * half, scale * (loss / u)), scale * (scale * loss));
        let pull = select(a == R::Scalar::INFINITY, R::Scalar::ZERO, p) * fading;
        r.chain((value, pull, fading * (R::Scalar::TWO.mul_add(-square, one) - R::Scalar::TWO * lost)))
    }
}
