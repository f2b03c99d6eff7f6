//! Jensen–Shannon divergence: how far two distributions are from their mixture.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The mean relative entropy of target and prediction with respect to their mixture.",
        use_when: "A bounded, smooth distance between distributions, finite also where one of them has no mass at all.",
        formula: "sum(beta*xlogy(y_true, y_true) + (1 - beta)*xlogy(q, q) - xlogy(beta*y_true + (1 - beta)*q, beta*y_true + (1 - beta)*q))",
        params: &[
            Param::inside_unit("beta", 0.5, "The share of the target in the mixture."),
            Param::FROM_LOGITS,
            Param::AXIS,
        ],
        aliases: &["jsd", "js_divergence"],
        target: Domain::Probability,
        link: Link::Softmax,
        convex: false,
        zero_share_is_nothing: false,
        source: "Lin 1991, doi:10.1109/18.61115",
        ..Info::DEFAULT
    };

    const SHARES: bool = true;

    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [beta, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        // With d = q − t the mixture is t + (1 − β)d = q − βd, and both relative entropies have the form p·h(u) with
        // h(u) = u − log(1 + u) ≥ 0, which keeps its digits where q is near t.
        let (zero, one) = (R::Scalar::ZERO, R::Scalar::ONE);
        let (q, rest) = (share.q.primal(), one - beta);
        let d = q - t;
        let (of_t, of_q) = (rest * d / t, -(beta * d) / q);
        let first = select(t == zero, rest * q, t * f::minus_log1p(of_t));
        let second = select(q == zero, beta * t, q * f::minus_log1p(of_q));
        let log = select(q == zero, zero, -f::log1p(of_q));
        let mixture = beta.mul_add(t, rest * q);
        let share_of_t = select(mixture == zero, zero, beta * t / mixture);
        let slope = rest * times(q, log);
        share.log_q.chain((beta * first + rest * second, slope, slope + rest * (q * share_of_t)))
    }
}
