//! Symmetric cross-entropy: cross-entropy and the same with the roles exchanged, for noisy labels.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "A weighted sum of cross-entropy and reverse cross-entropy.",
        use_when: "The reverse term, which no row can make large, lets mislabelled rows pull less; the first keeps hard classes learning.",
        formula: "sum(-alpha*y_true*log_q - beta*q*where(y_true > 0, log(y_true), log_floor))",
        params: &[
            Param::non_negative("alpha", 0.1, "The factor of cross-entropy.").special(&[0.0]),
            Param::non_negative("beta", 1.0, "The factor of reverse cross-entropy.").special(&[0.0]),
            Param::real("log_floor", -4.0, "What stands for log 0 in the reverse term."),
            Param::FROM_LOGITS,
            Param::AXIS,
        ],
        aliases: &["sce", "symmetric_ce"],
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        convex: false,
        zero_share_is_nothing: false,
        source: "Wang et al. 2019, doi:10.1109/ICCV.2019.00041",
        ..Info::DEFAULT
    };

    const SHARES: bool = true;

    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [alpha, beta, floor, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        let log = select(t > R::Scalar::ZERO, f::log(t), floor);
        share.log_q.weighted(-(alpha * t)) - share.q * (beta * log)
    }
}
