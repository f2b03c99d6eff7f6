//! Welsch: one minus a Gaussian of the difference.

use crate::loss::{CONSTANTS, Constants, Curvature, Formula, Info, Param, Value, constants, inverse};
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

    const PAIRS: usize = 1;

    /// The inverse of the scale in two parts, and the scale.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let [inverse, low] = inverse(params[0].number());
        constants([inverse, low, params[0].number()])
    }

    #[inline(always)]
    fn value<R: Real>([inverse, low, scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one, half) = (r.primal(), r.primal().abs(), R::Scalar::ONE, R::Scalar::HALF);
        // u = |r|/scale and its square in two parts each: what rounding takes from it, the exponential would multiply.
        let (u, rest) = f::scaled_difference(x.primal(), y, inverse, low);
        // From here on both derivatives are 0; products that only their last factor makes nothing of take their time.
        let far = R::Scalar::lit(if R::Scalar::SINGLE { 14.0 } else { 39.0 });
        let u = select(a == R::Scalar::ZERO, a, u.abs().min(far));
        let square = u * u;
        let lost = u.mul_add(u, -square) + select(u < far, (u + u) * (rest * one.copysign(p)), R::Scalar::ZERO);
        let (near, tiny) = (u <= one, u < R::Scalar::EPSILON);
        let loss = -f::expm1(-square) * half;
        let value = select(near, a * select(tiny, a * half, scale * (loss / u)), scale * (scale * loss));
        let pull = f::exp_times(select(u < far, p, R::Scalar::ZERO), -square, -lost).product;
        let factor = R::Scalar::TWO.mul_add(-square, one) - R::Scalar::TWO * lost;
        let bend = f::exp_times(select(u < far, factor, R::Scalar::ZERO), -square, -lost).product;
        r.chain((value, pull, bend))
    }
}
