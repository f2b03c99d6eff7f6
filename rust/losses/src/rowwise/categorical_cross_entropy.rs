//! Categorical cross-entropy: the negative log-likelihood of a distribution over classes.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The negative log-likelihood of target rows (one-hot or soft) under the predicted distribution.",
        formula: "-sum(y_true*log_q)",
        params: &[Param::FROM_LOGITS, Param::LABEL_SMOOTHING, Param::CLASS_WEIGHT, Param::AXIS],
        aliases: &["categorical_crossentropy", "cce", "softmax_cross_entropy"],
        target: Domain::Probability,
        link: Link::Softmax,
        source: "Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, t: R::Scalar, log_q: R) -> R {
        log_q.weighted(-t)
    }
}
