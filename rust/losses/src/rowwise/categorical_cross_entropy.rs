//! Categorical cross-entropy: the negative log-likelihood of a distribution over classes.

use crate::loss::{Constants, Curvature, Domain, Family, Formula, Info, Link, Param, Rule, Start};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The negative log-likelihood of target rows (one-hot or soft) under the predicted distribution.",
        use_when: "The gradient is the predicted distribution minus the target row: every class is pushed in \
                   proportion to its error, and the best predictions are calibrated probabilities.",
        formula: "-sum(y_true*log_q)",
        params: &[Param::FROM_LOGITS, Param::LABEL_SMOOTHING, Param::CLASS_WEIGHT, Param::AXIS],
        aliases: &["categorical_crossentropy", "cce", "softmax_cross_entropy", "safe_softmax_cross_entropy"],
        target: Domain::Probability,
        link: Link::Softmax,
        start: Start::ClassProbabilities,
        relations: &[
            ("sparse_categorical_cross_entropy", "equal to it for one-hot rows"),
            ("kl_divergence", "it plus the entropy of the target row, with the same gradient"),
            ("categorical_focal", "equal to it at gamma=0"),
            ("binary_cross_entropy", "equal to it for two classes with the scores 0 and y_pred"),
        ],
        curvature: Curvature::SOFTMAX.ruled(&[("xgboost", Rule::Times(2.0)), ("lightgbm", Rule::TimesClasses)]),
        source: "Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, t: R::Scalar, log_q: R) -> R {
        R::constant(R::Scalar::ZERO) - log_q.weighted(t)
    }
}
