//! Binary sparsemax: the margin loss whose probabilities become exactly 0 and 1.

use crate::loss::{Constants, Cost, Curvature, Domain, Formula, Info};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "A parabola between two straight lines: what softplus is to softmax, this is to sparsemax.",
        use_when: "As binary cross-entropy, but samples beyond a margin of 1 are done with: they do not pull at all.",
        formula: "where(where(y_true > 0, -1, 1)*y_pred >= 1, where(y_true > 0, -1, 1)*y_pred, \
                  0.25*maximum(0, 1 + where(y_true > 0, -1, 1)*y_pred)**2)",
        aliases: &["sparse_plus", "sparsemax_binary", "sparsemax_loss"],
        target: Domain::Label,
        kinks: "the Hessian jumps from 1/2 to 0 at scores of -1 and 1, where it is 0",
        curvature: Curvature::UNKNOWN.bounded(|_| Some(0.5)),
        cost: Cost::Light,
        source: "Martins and Astudillo 2016, arXiv:1602.02068",
        ..Info::DEFAULT
    };

    /// By hand, at the label 1: a score of 0 costs 1/4 and pulls with −1/2; from 1 on nothing is lost; −3 costs 3.
    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let (zero, one, half) = (R::Scalar::ZERO, R::Scalar::ONE, R::Scalar::HALF);
        let wrong = x * select(y > zero, -one, one);
        let near = ((wrong + one).at_least(zero) * half).square();
        R::select(wrong.primal() >= one, wrong, near)
    }
}
