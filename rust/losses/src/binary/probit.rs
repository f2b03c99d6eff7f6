//! Probit: the negative log-likelihood of a label whose probability is the normal distribution function of the score.

use crate::loss::{Constants, Curvature, Domain, Formula, Info};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative logarithm of the normal distribution function of the signed score.",
        use_when: "As binary cross-entropy where the noise behind the labels is normal; samples on the wrong side pull \
                   ever harder, in proportion to how far.",
        formula: "-log_ndtr(where(y_true > 0, 1, -1)*y_pred)",
        aliases: &["probit_loss"],
        target: Domain::Label,
        curvature: Curvature::UNKNOWN.bounded(|_| Some(1.0)),
        source: "Bliss 1934, doi:10.1126/science.79.2037.38",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let side = select(y > R::Scalar::ZERO, R::Scalar::ONE, -R::Scalar::ONE);
        -(x * side).log_ndtr()
    }
}
