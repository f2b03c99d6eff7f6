//! Smooth L1: Huber divided by its threshold, so that its tails have slope 1.

use crate::loss::{Constants, Cost, Curvature, Even, Formula, Info, Param};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The absolute difference, rounded off near zero.",
        use_when: "Far off, every sample pulls with the same force; near, the pull fades with the distance, ever faster \
                   the smaller beta is.",
        formula: "where(abs(r) <= beta, 0.5*r**2/beta, abs(r) - 0.5*beta)",
        params: &[Param::positive("beta", 1.0, "Where the tails begin.")],
        aliases: &["smooth_l1_loss"],
        kinks: "the Hessian jumps from 1/beta to 0 beyond |r| = beta, where it is 1/beta",
        curvature: Curvature { even_concave: |_| Even::InResidual, ..Curvature::UNKNOWN }
            .bounded(|params| Some(1.0 / params[0].number())),
        cost: Cost::Light,
        source: "Girshick 2015, doi:10.1109/ICCV.2015.169",
        ..Info::DEFAULT
    };

    /// By hand: With beta 2: r = 1 costs 1/4, r = 2 costs 1, r = 5 costs 4.
    #[inline(always)]
    fn value<R: Real>([beta, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        // |r| ≤ beta: r²/(2 beta); else |r| − beta/2
        let r = x - y;
        let (p, one, half) = (r.primal(), R::Scalar::ONE, R::Scalar::HALF);
        let a = p.abs();
        let near = a <= beta;
        let slope = select(near, f::ratio(p, beta), one.copysign(p));
        let value = select(near, p * half * slope, a - beta * half);
        r.chain((value, slope, select(near, one / beta, R::Scalar::ZERO)))
    }
}
