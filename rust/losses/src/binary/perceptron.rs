//! Perceptron: how far a score is on the wrong side.

use crate::loss::{Constants, Cost, Domain, Formula, Info};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "How far a score lies on the wrong side of 0.",
        use_when: "Only mistakes pull, all alike; without a margin, so training stops as soon as every label is on its side.",
        formula: "maximum(0, where(y_true > 0, -1, 1)*y_pred)",
        aliases: &["perceptron_loss"],
        target: Domain::Label,
        kinks: "the gradient is 0 at a score of 0; the Hessian is 0 everywhere",
        cost: Cost::Light,
        source: "Rosenblatt 1958, doi:10.1037/h0042519",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let side = select(y > R::Scalar::ZERO, -R::Scalar::ONE, R::Scalar::ONE);
        (x * side).at_least(R::Scalar::ZERO)
    }
}
