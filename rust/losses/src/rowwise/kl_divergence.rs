//! Kullback–Leibler divergence: what is lost by taking the prediction for the target distribution.

use crate::loss::{Constants, Curvature, Domain, Family, Formula, Info, Link, Param, Share, Start};
use crate::number::{Float, Real, functions as f};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The relative entropy of target rows with respect to the predicted distribution.",
        use_when: "It trains as categorical cross-entropy does, and is 0 where prediction and target agree: the \
                   measure for distillation, soft targets and comparing distributions.",
        formula: "sum(xlogy(y_true, y_true) - y_true*log_q - y_true + q)",
        params: &[Param::FROM_LOGITS, Param::AXIS],
        aliases: &["kl", "kld", "kullback_leibler_divergence", "kl_div", "kl_div_loss"],
        target: Domain::Probability,
        link: Link::Softmax,
        start: Start::ClassProbabilities,
        relations: &[("categorical_cross_entropy", "it minus the entropy of the target row, with the same gradient")],
        curvature: Curvature::SOFTMAX,
        source: "Kullback and Leibler 1951, doi:10.1214/aoms/1177729694",
        zero_share_is_nothing: false,
        ..Info::DEFAULT
    };

    const SHARES: bool = true;

    /// A class's term is t·log(t/q) − t + q, which is at least 0 and keeps its digits where q is near t; the terms q − t that it has more
    /// than t·log(t/q) add up to 0 where the target row adds up to 1.
    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(_: Constants<R>, t: R::Scalar, share: Share<R>) -> R {
        let (q, log_q) = (share.q.primal(), share.log_q.primal());
        // The probabilities of a row always add up to 1, so that of q no derivative is left.
        share.log_q.chain((f::divergence(t, q, log_q, share.beyond(t)), -t, R::Scalar::ZERO))
    }
}
