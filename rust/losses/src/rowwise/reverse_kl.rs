//! Reverse Kullback–Leibler divergence: what is lost by taking the target distribution for the prediction.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The relative entropy of the predicted distribution with respect to target rows.",
        use_when: "The prediction may leave out what the target has, but not add to it: it settles on some of the target's \
                   modes. A target of 0 makes it infinite wherever there is probability.",
        formula: "sum(q*(log_q - log(y_true)) - q + y_true)",
        params: &[Param::FROM_LOGITS, Param::AXIS],
        aliases: &["reverse_kl_divergence", "reverse_kullback_leibler_divergence", "rkl"],
        target: Domain::Probability,
        link: Link::Softmax,
        relations: &[
            ("kl_divergence", "it with target and prediction exchanged"),
            ("jensen_shannon", "its limit over 1 - beta as beta goes to 1"),
        ],
        convex: false,
        source: "Kullback and Leibler 1951, doi:10.1214/aoms/1177729694; Minka 2005, Divergence measures and message passing",
        zero_share_is_nothing: false,
        ..Info::DEFAULT
    };

    const SHARES: bool = true;
    const IN_Q: bool = true;

    /// A class's term is q·log(q/t) − q + t, which is at least 0 and keeps its digits where q is near t; the terms t − q that it has more
    /// than q·log(q/t) add up to 0 where the target row adds up to 1.
    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(_: Constants<R>, t: R::Scalar, share: Share<R>) -> R {
        let (q, log_q) = (share.q.primal(), share.log_q.primal());
        let d = share.beyond(t);
        let log = f::log_quotient(q, log_q, t, d);
        let value = f::divergence(q, t, f::log(t), -d);
        let (zero, one) = (R::Scalar::ZERO, R::Scalar::ONE);
        // Where the target is 0, any probability has an infinite slope, which is all that bends the loss of a row.
        let bend = select(t == zero, zero, one / q);
        share.term(value, [share.times(log), share.times(log + one)], [log, bend])
    }
}
