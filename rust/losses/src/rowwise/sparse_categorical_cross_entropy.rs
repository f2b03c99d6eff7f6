//! Sparse categorical cross-entropy: the negative log-likelihood of class indices.

use crate::loss::{Constants, Curvature, Domain, Family, Formula, Info, Link, Param, Rule, Start};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The negative log-likelihood of a class index under the predicted distribution.",
        use_when: "The gradient is the predicted distribution minus 1 at the true class; targets are one index a row, \
                   so no rows of targets are stored, which matters with many classes.",
        formula: "-sum(y_true*log_q)",
        params: &[Param::FROM_LOGITS, Param::LABEL_SMOOTHING, Param::CLASS_WEIGHT, Param::IGNORE_INDEX, Param::AXIS],
        aliases: &[
            "sparse_categorical_crossentropy",
            "scce",
            "multiclass_log_loss",
            "softmax_cross_entropy_with_integer_labels",
            "half_multinomial_loss",
        ],
        target: Domain::ClassIndex,
        link: Link::Softmax,
        start: Start::ClassProbabilities,
        relations: &[
            ("categorical_cross_entropy", "equal to it for one-hot rows"),
            ("categorical_focal", "equal to it at gamma=0"),
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
