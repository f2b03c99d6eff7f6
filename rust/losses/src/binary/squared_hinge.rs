//! Squared hinge: the margin loss without a kink.

use crate::loss::{Constants, Cost, Curvature, Domain, Formula, Info, Param};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The square of how far a score falls short of the margin on its label's side.",
        use_when: "As hinge, scores beyond the margin do not pull; those short of it pull in proportion, so outliers do most.",
        formula: "maximum(0, margin - where(y_true > 0, 1, -1)*y_pred)**2",
        params: &[Param::non_negative("margin", 1.0, "The score beyond which nothing is lost.").special(&[0.0])],
        aliases: &["squared_hinge_loss"],
        target: Domain::Label,
        kinks: "the Hessian jumps from 2 to 0 at the margin, where it is 0",
        curvature: Curvature::UNKNOWN.bounded(|_| Some(2.0)),
        cost: Cost::Light,
        source: "Lee and Mangasarian 2001, doi:10.1023/A:1011215321374",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([margin, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let side = select(y > R::Scalar::ZERO, -R::Scalar::ONE, R::Scalar::ONE);
        (x * side + margin).at_least(R::Scalar::ZERO).square()
    }
}
