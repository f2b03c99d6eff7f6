//! Squared error: the distance that means minimise.

use crate::loss::{Constants, Cost, Curvature, Formula, Info, Start};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The squared difference; its best constant is the mean.",
        use_when: "Large residuals pull hardest, so the fit is the conditional mean and outliers dominate it; \
                   gradients shrink with the error, which makes the last steps smooth.",
        formula: "(y_pred - y_true)**2",
        aliases: &["mse", "mean_squared_error", "l2", "brier", "mse_loss", "brier_score_loss"],
        start: Start::Mean,
        relations: &[("half_squared_error", "twice it")],
        cost: Cost::Light,
        curvature: Curvature::IN_RESIDUAL.bounded(|_| Some(2.0)),
        source: "Gauss 1809, Theoria motus corporum coelestium",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        (x - y).square()
    }
}
