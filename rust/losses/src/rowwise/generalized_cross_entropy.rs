//! Generalized cross-entropy: from cross-entropy (power towards 0) to the absolute error of the probability (power 1).

use crate::loss::{
    CONSTANTS, Constants, Curvature, Domain, Family, Formula, Info, Link, Param, Share, Value, constants,
};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "One minus a power of the true class's probability, over the power.",
        use_when: "Labels are noisy: a row whose label is thought impossible pulls less than in cross-entropy, the less the \
                   larger the power, at the price of slower learning.",
        formula: "sum(-y_true*expm1(power*log_q)/power)",
        params: &[
            Param::up_to_one("power", 0.7, "The exponent of the probability; towards 0 this is cross-entropy.")
                .special(&[1.0]),
            Param::FROM_LOGITS,
            Param::LABEL_SMOOTHING,
            Param::CLASS_WEIGHT,
            Param::IGNORE_INDEX,
            Param::AXIS,
        ],
        aliases: &["gce", "generalized_crossentropy", "lq_loss"],
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        relations: &[
            ("categorical_cross_entropy", "its limit as the power goes to 0, for rows"),
            ("sparse_categorical_cross_entropy", "its limit as the power goes to 0, for class indices"),
            ("total_variation", "equal to it at power=1, for class indices"),
        ],
        convex: false,
        curvature: Curvature::AFFINE,
        source: "Zhang and Sabuncu 2018, arXiv:1805.07836",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 1;

    /// The exponent in two parts.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants([params[0].number()])
    }

    const SHARES: bool = true;
    const IN_Q: bool = true;

    /// By hand: with power = ½ and q = ¼, 2·(1 − ½) = 1.
    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [power, power_low, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        let (one, zero, infinity) = (R::Scalar::ONE, R::Scalar::ZERO, R::Scalar::INFINITY);
        let (q, log_q) = (share.q.primal(), share.log_q.primal());
        let exponent = power.to_f64() + power_low.to_f64();
        // A subnormal q has lost digits that its logarithm has.
        let (lost, none) = (q < R::Scalar::MIN_POSITIVE, q == zero);
        let (log, log_low) = f::log_of_base(q);
        let log = select(lost, (log_q.to_f64(), 0.0), (log, log_low));
        let raised = f::Power::new(log, exponent).times(one);
        let slope = f::Power::new(log, select(lost, exponent - 1.0, exponent)).over(select(lost, one, q));
        let bend = slope.over(select(none, one, q)).times(one - power);
        let endless = none & (power < one);
        let finite = log_q.max(-R::Scalar::MAX);
        let value = (zero - f::expm1(power.mul_add(finite, power_low * finite))) / power;
        let in_q = [select(endless, -infinity, -slope.times(one)), select(endless, infinity, bend)];
        share.term(value, [-raised, -(power * raised)], in_q).weighted(t)
    }
}
