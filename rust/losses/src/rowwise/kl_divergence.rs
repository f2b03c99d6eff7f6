//! Kullback–Leibler divergence: what is lost by taking the prediction for the target distribution.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Start};
use crate::number::{Real, functions as f};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The relative entropy of target rows with respect to the predicted distribution.",
        use_when: "It trains as categorical cross-entropy does, and is 0 where prediction and target agree: the \
                   measure for distillation, soft targets and comparing distributions.",
        formula: "sum(xlogy(y_true, y_true) - y_true*log_q)",
        params: &[Param::FROM_LOGITS, Param::AXIS],
        aliases: &["kl", "kld", "kullback_leibler_divergence"],
        target: Domain::Probability,
        link: Link::Softmax,
        start: Start::ClassProbabilities,
        relations: &[("categorical_cross_entropy", "it minus the entropy of the target row, with the same gradient")],
        source: "Kullback and Leibler 1951, doi:10.1214/aoms/1177729694",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, t: R::Scalar, log_q: R) -> R {
        (log_q - f::log(t)).weighted(-t)
    }
}
