//! Hinge: the margin loss of support vector machines.

use crate::loss::{Constants, Cost, Domain, Formula, Info, Param};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "How far a score falls short of the margin on its label's side.",
        use_when: "Examples beyond the margin have no gradient, so only those near the boundary or on its wrong side \
                   shape the fit; scores separate the classes and are no log-odds.",
        formula: "maximum(0, margin - where(y_true > 0, 1, -1)*y_pred)",
        params: &[Param::non_negative("margin", 1.0, "The score beyond which nothing is lost.")],
        aliases: &["hinge_loss"],
        target: Domain::Label,
        relations: &[("binary_cross_entropy", "its limit for large scores, at margin=0")],
        kinks: "the gradient is 0 at the margin itself; the Hessian is 0 everywhere",
        cost: Cost::Light,
        source: "Cortes and Vapnik 1995, doi:10.1007/BF00994018",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([margin, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let side = select(y > R::Scalar::ZERO, -R::Scalar::ONE, R::Scalar::ONE);
        (x * side + margin).at_least(R::Scalar::ZERO)
    }
}
