//! Exponential: the loss that boosting of classifiers descends.

use crate::loss::{Constants, Domain, Formula, Info};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The exponential of minus the signed score.",
        formula: "y_true*exp(-y_pred) + (1 - y_true)*exp(y_pred)",
        aliases: &["exponential_loss", "adaboost"],
        target: Domain::SoftLabel,
        source: "Friedman, Hastie and Tibshirani 2000, doi:10.1214/aos/1016218223",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        (-x).exp().weighted(y) + x.exp().weighted(R::Scalar::ONE - y)
    }
}
