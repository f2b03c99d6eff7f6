//! Absolute error: the distance that medians minimise.

use crate::loss::{Constants, Cost, Curvature, Formula, Info, Rule, Start};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The absolute difference; its best constant is the median.",
        use_when: "Every residual pulls with the same force, so outliers move the fit no more than other targets do; \
                   the gradient does not shrink near the optimum, where convergence jumps.",
        formula: "abs(y_pred - y_true)",
        aliases: &["mae", "mean_absolute_error", "l1", "l1_loss", "regression_l1"],
        start: Start::Median,
        relations: &[
            ("pinball", "twice pinball at quantile=0.5"),
            ("huber", "the limit of huber/delta as delta goes to 0"),
            ("log_cosh", "log_cosh plus log 2 in the tails"),
        ],
        kinks: "the gradient is 0 where prediction and target are equal; the Hessian is 0 everywhere",
        cost: Cost::Light,
        curvature: Curvature::IN_RESIDUAL.ruled(&[("lightgbm", Rule::Unit)]),
        source: "Boscovich 1757; Laplace 1793",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        (x - y).abs()
    }
}
