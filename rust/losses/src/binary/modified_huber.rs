//! Modified Huber: the squared hinge with linear tails.

use crate::loss::{Constants, Cost, Curvature, Domain, Formula, Info};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The squared hinge up to one margin on the wrong side, and linear beyond.",
        use_when: "A squared hinge that outliers cannot dominate: no sample pulls harder than 4.",
        formula: "where(where(y_true > 0, -1, 1)*y_pred <= 1, maximum(0, 1 + where(y_true > 0, -1, 1)*y_pred)**2, \
                  4*where(y_true > 0, -1, 1)*y_pred)",
        aliases: &["modified_huber_loss"],
        target: Domain::Label,
        kinks: "the Hessian is 2 at the score -1 on the label's side, beyond which it is 0, and 0 at the score 1",
        curvature: Curvature::UNKNOWN.bounded(|_| Some(2.0)),
        cost: Cost::Light,
        source: "Zhang 2004, doi:10.1145/1015330.1015332",
        ..Info::DEFAULT
    };

    /// By hand, at the label 1: a score of 1/2 costs 1/4, 0 costs 1, −1 costs 4, −3 costs 12.
    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let (zero, one) = (R::Scalar::ZERO, R::Scalar::ONE);
        let wrong = x * select(y > zero, -one, one);
        let near = (wrong + one).at_least(zero).square();
        R::select(wrong.primal() > one, wrong * R::Scalar::lit(4.0), near)
    }
}
