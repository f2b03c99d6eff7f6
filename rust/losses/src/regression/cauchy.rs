//! Cauchy: the logarithm of one plus a square, so that far outliers hardly count.

use crate::loss::{Constants, Curvature, Formula, Info, Param};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

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
        // In t = min(u, 1/u), u = |r|/scale, nothing overflows.
        let (log, t, far) = f::log1p_square_ratio(a, scale);
        let (square, share, half) = (t * t, one / t.mul_add(t, one), log * R::Scalar::HALF);
        let tiny = t < R::Scalar::EPSILON;
        let near = a * select(tiny, a * R::Scalar::HALF, scale * (half / t));
        let slope = select(far, (scale * (t * share)).copysign(p), p * share);
        let bend = (one - t) * (one + t) * (share * share);
        let value = select(a == R::Scalar::INFINITY, a, select(far, scale * (scale * half), near));
        r.chain((value, slope, select(far, -(square * bend), bend)))
    }
}
