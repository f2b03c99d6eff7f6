//! Pseudo-Huber: a smooth Huber.

use crate::loss::{Constants, Cost, Curvature, Formula, Info, Param};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero, linear in the tails, smooth between.",
        use_when: "Near, samples pull in proportion to their distance, far off with a force that approaches delta but \
                   never reaches it.",
        formula: "delta**2*(sqrt(1 + (r/delta)**2) - 1)",
        params: &[Param::positive("delta", 1.0, "Where the tails begin.")],
        aliases: &["charbonnier", "pseudo_huber_loss"],
        curvature: Curvature::UNIT_IN_RESIDUAL,
        cost: Cost::Light,
        source: "Charbonnier et al. 1997, doi:10.1109/83.551699",
        ..Info::DEFAULT
    };

    /// By hand: With delta 3: r = 4 costs 9 (√(1 + 16/9) − 1) = 6, pulls with 4/√(1 + 16/9) = 12/5 and has the curvature
    /// 27/125.
    #[inline(always)]
    fn value<R: Real>([delta, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, one) = (r.primal(), R::Scalar::ONE);
        let a = p.abs();
        let u = f::ratio(a, delta);
        // Beyond 1e10 the 1 under the root is nothing, and the square might overflow.
        let root = select(u > R::Scalar::lit(1e10), u, u.mul_add(u, one).sqrt());
        let beyond = u == R::Scalar::INFINITY;
        let value = a * select(beyond, delta.max(R::Scalar::MIN_POSITIVE), a / (one + root));
        let slope = select(beyond, delta.copysign(p), p / root);
        let steep = one / root;
        r.chain((value, slope, steep * steep * steep))
    }
}
