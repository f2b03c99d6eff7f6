//! Reverse Kullback–Leibler divergence: what is lost by taking the target for the predicted distribution.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The relative entropy of the predicted distribution with respect to target rows.",
        use_when: "It drives predictions to where targets have mass and lets them leave other modes out, where KL covers them all.",
        formula: "sum(q*log_q - xlogy(q, y_true) - q + y_true)",
        params: &[Param::FROM_LOGITS, Param::AXIS],
        aliases: &["reverse_kullback_leibler", "reverse_kld"],
        target: Domain::Probability,
        link: Link::Softmax,
        convex: false,
        zero_share_is_nothing: false,
        source: "Kullback and Leibler 1951, doi:10.1214/aoms/1177729694",
        ..Info::DEFAULT
    };

    const SHARES: bool = true;

    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(_: Constants<R>, t: R::Scalar, share: Share<R>) -> R {
        // A class's term is q·h((t − q)/q) with h(u) = u − log(1 + u) ≥ 0, which keeps its digits where q is near t.
        let (zero, one) = (R::Scalar::ZERO, R::Scalar::ONE);
        let (q, log_q) = (share.q.primal(), share.log_q.primal());
        let u = (t - q) / q;
        let near = u > -R::Scalar::HALF && u < R::Scalar::lit(1e3);
        let log = select(near, -f::log1p(u), log_q - f::log(t));
        let value = select(near, q * f::minus_log1p(u), (t - q) + times(q, log));
        // The probabilities of a row always add up to 1, so that of the term −q only the curvature is left.
        share.log_q.chain((select(q == zero, t, value), times(q, log), times(q, log + one)))
    }
}
