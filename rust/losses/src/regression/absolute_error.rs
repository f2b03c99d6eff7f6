//! Absolute error: the distance that medians minimise.

use crate::loss::{Constants, Cost, Formula, Info};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The absolute difference; its best constant is the median.",
        formula: "abs(y_pred - y_true)",
        aliases: &["mae", "mean_absolute_error", "l1", "l1_loss"],
        kinks: "the gradient is 0 where prediction and target are equal; the Hessian is 0 everywhere",
        cost: Cost::Light,
        source: "Boscovich 1757; Laplace 1793",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        (x - y).abs()
    }
}
