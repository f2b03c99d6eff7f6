//! Cauchy: the logarithm of one plus a square, so that far outliers hardly count.

use crate::loss::{Constants, Curvature, Formula, Info, Param};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

/// 2⁻⁴⁰, and 40 log 2.
const SHRINK: f64 = 1.0 / (1u64 << 40) as f64;
const SHRUNK: f64 = 40.0 * std::f64::consts::LN_2;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero, logarithmic in the tails.",
        use_when: "A sample's pull is largest at the scale, scale/2, and fades beyond: an outlier is given up, the more \
                   so the farther it is.",
        formula: "0.5*scale**2*log1p((r/scale)**2)",
        params: &[Param::positive("scale", 1.0, "Where the tails begin.")],
        aliases: &["lorentzian", "cauchy_loss"],
        convex: false,
        curvature: Curvature::UNIT_IN_RESIDUAL,
        source: "Black and Anandan 1996, doi:10.1006/cviu.1996.0006",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one) = (r.primal(), r.primal().abs(), R::Scalar::ONE);
        let u = f::ratio(a, scale);
        // In t = min(u, 1/u) nothing overflows.
        let far = u > one;
        let t = select(far, one / u, u);
        let (square, share) = (t * t, one / t.mul_add(t, one));
        // log(1 + u²)/2 = log u + log(1 + t²)/2, where u itself may be beyond the largest number.
        let beyond = u == R::Scalar::INFINITY;
        let log = f::log(select(beyond, f::ratio(a * R::Scalar::lit(SHRINK), scale), u))
            + select(beyond, R::Scalar::lit(SHRUNK), R::Scalar::ZERO);
        let log = select(far, log, R::Scalar::ZERO) + f::log1p_unit(square) * R::Scalar::HALF;
        let tiny = u < R::Scalar::EPSILON;
        let value = select(far, scale * (scale * log), a * select(tiny, a * R::Scalar::HALF, scale * (log / t)));
        let slope = select(far, (scale * (t * share)).copysign(p), p * share);
        let bend = (one - t) * (one + t) * (share * share);
        r.chain((select(a == R::Scalar::INFINITY, a, value), slope, select(far, -(square * bend), bend)))
    }
}
