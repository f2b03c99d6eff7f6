//! Jensen–Shannon divergence: how far target and prediction are from their mixture.

use crate::loss::{CONSTANTS, Constants, Domain, Family, Formula, Info, Link, Param, Share, Value, constants};
use crate::number::real::over;
use crate::number::{Float, Real, functions as f};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The relative entropies of target and prediction with respect to their mixture, weighted like it.",
        use_when: "A distance between distributions that is bounded and forgiving of noise: rows far from their target pull \
                   less than in either relative entropy, the prediction may miss what the target has and the other way round.",
        formula: "sum(xlogy(beta*y_true, y_true/(beta*y_true + (1 - beta)*q)) \
                  + xlogy((1 - beta)*q, q/(beta*y_true + (1 - beta)*q)))",
        params: &[
            Param::inside_unit("beta", 0.5, "The weight of the target in the mixture; ½ is the symmetric divergence."),
            Param::FROM_LOGITS,
            Param::IGNORE_INDEX,
            Param::AXIS,
        ],
        aliases: &["js", "jsd", "jensen_shannon_divergence"],
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        relations: &[
            ("kl_divergence", "its limit over beta as beta goes to 0"),
            ("reverse_kl", "its limit over 1 - beta as beta goes to 1"),
        ],
        convex: false,
        zero_share_is_nothing: false,
        source: "Lin 1991, doi:10.1109/18.61115; Englesson and Azizpour 2021, arXiv:2105.04522",
        ..Info::DEFAULT
    };

    /// The weights of target and prediction.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let beta = params[0].number();
        constants([beta, 1.0 - beta])
    }

    const SHARES: bool = true;
    const IN_Q: bool = true;

    /// By hand: with beta = ½, t = 1 and q = ½, ½·log(4/3) + ¼·log(2/3).
    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [b, c, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        let (q, log_q) = (share.q.primal(), share.log_q.primal());
        let (value, log) = f::mixed_divergence([b, c], t, q, log_q, share.beyond(t));
        // The target's part of the mixture.
        let part = over(b * t, b.mul_add(t, c * q));
        let bend = c * over(part, q);
        share.term(value, [share.times(c * log), share.times(c * (log + part))], [c * log, bend])
    }
}
