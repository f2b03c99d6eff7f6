//! Total variation: half of the absolute differences of two distributions.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::{Float, Real, select};

pub struct Loss;

const FROM_LOGITS: usize = Loss::INFO.form("from_logits");

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "Half of the sum of the absolute differences of target and predicted probabilities.",
        use_when: "Labels are noisy or targets are a teacher's: every class pulls with the same force however wrong it is, \
                   so nothing dominates; hopeless rows are nearly left alone.",
        formula: "sum(0.5*abs(y_true - q))",
        params: &[Param::FROM_LOGITS, Param::IGNORE_INDEX, Param::AXIS],
        aliases: &["tv", "tvd", "total_variation_distance"],
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        relations: &[
            ("generalized_cross_entropy", "equal to it at power=1, for class indices"),
            ("absolute_error", "half of it, summed over the classes' probabilities"),
        ],
        kinks: "slope 0 in a class whose probability is its target",
        convex: false,
        zero_share_is_nothing: false,
        source: "Ghosh et al. 2017, arXiv:1712.09482; Levin and Peres 2017, Markov Chains and Mixing Times, chapter 4",
        ..Info::DEFAULT
    };

    const SHARES: bool = true;
    const IN_Q: bool = true;

    /// By hand: with t = 1 and q = ¼, 3/8.
    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(_: Constants<R>, t: R::Scalar, share: Share<R>) -> R {
        let (half, one, zero) = (R::Scalar::HALF, R::Scalar::ONE, R::Scalar::ZERO);
        let (q, others) = (share.q.primal(), share.others.primal());
        // Near 1, logits know both by what they lack.
        let by_others = (FORM & FROM_LOGITS != 0) & (q > half) & (t > half);
        let d = select(by_others, (one - t) - others, share.beyond(t));
        // At an end there is only one side.
        let end = select(q == zero, half, select(others == zero, -half, zero));
        let slope = select(d == zero, end, half.copysign(d));
        share.term(half * d.abs(), [slope * q, slope * q], [slope, zero])
    }
}
