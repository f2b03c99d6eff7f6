//! Squared error: the distance that means minimise.

use crate::loss::{Constants, Cost, Formula, Info};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The squared difference; its best constant is the mean.",
        formula: "(y_pred - y_true)**2",
        aliases: &["mse", "mean_squared_error", "l2", "brier"],
        cost: Cost::Light,
        source: "Gauss 1809, Theoria motus corporum coelestium",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        (x - y).square()
    }
}
