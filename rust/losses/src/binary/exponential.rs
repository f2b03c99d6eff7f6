//! Exponential: the loss that boosting of classifiers descends.

use crate::loss::{Constants, Domain, Formula, Info, Start};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The exponential of minus the signed score.",
        use_when: "Wrong examples pull with a force that grows exponentially with their score, as the weights of \
                   AdaBoost do: fast where labels are clean, fragile where some are wrong.",
        formula: "y_true*exp(-y_pred) + (1 - y_true)*exp(y_pred)",
        aliases: &["exponential_loss", "adaboost"],
        target: Domain::SoftLabel,
        start: Start::HalfLogit,
        relations: &[("binary_cross_entropy", "has half the best score of it")],
        source: "Friedman, Hastie and Tibshirani 2000, doi:10.1214/aos/1016218223",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        (-x).exp().weighted(y) + x.exp().weighted(R::Scalar::ONE - y)
    }
}
