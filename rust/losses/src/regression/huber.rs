//! Huber: quadratic near zero, linear in the tails.

use crate::loss::{Constants, Cost, Curvature, Formula, Info, Param, Rule};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero, linear in the tails.",
        use_when: "Small residuals count as in squared error, and beyond delta their pull no longer grows: outliers \
                   cannot take over the fit, and convergence near the optimum stays smooth.",
        formula: "where(abs(r) <= delta, 0.5*r**2, delta*(abs(r) - 0.5*delta))",
        params: &[Param::positive("delta", 1.0, "Where the tails begin.")],
        aliases: &["huber_loss"],
        relations: &[
            ("half_squared_error", "equal to it where |r| <= delta, and everywhere as delta goes to infinity"),
            ("absolute_error", "huber/delta tends to it as delta goes to 0"),
            ("log_cosh", "log_cosh is delta=1 with a smooth passage to the tails"),
        ],
        kinks: "the Hessian jumps from 1 to 0 beyond |r| = delta, where it is 1",
        cost: Cost::Light,
        curvature: Curvature::UNIT_IN_RESIDUAL.ruled(&[("lightgbm", Rule::Unit)]),
        source: "Huber 1964, doi:10.1214/aoms/1177703732",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([delta, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        // |r| ≤ delta: r²/2; else delta·(|r| − delta/2), as near·(r − near/2) with near = r kept within ±delta
        let r = x - y;
        let (p, zero, one) = (r.primal(), R::Scalar::ZERO, R::Scalar::ONE);
        let near = p.min(delta).max(-delta);
        let half = near.min(R::Scalar::MAX).max(-R::Scalar::MAX) * R::Scalar::HALF;
        r.chain((near * (p - half), near, select(p.abs() <= delta, one, zero)))
    }
}
