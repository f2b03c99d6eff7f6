//! Categorical focal: softmax cross-entropy that fades where the prediction is right already.

use crate::loss::constants;
use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Family, Formula, Info, Link, Param, Role, Share, Value};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "Cross-entropy over classes, each term times a power of the probability of being wrong.",
        use_when: "Rows that are classified right already are faded out, so rare classes and hard rows lead the \
                   training; probabilities are no longer calibrated.",
        formula: "-sum(y_true*(1 - q)**gamma*log_q)",
        params: &[
            Param::non_negative("gamma", 2.0, "How fast easy examples fade; 0 is cross-entropy."),
            Param {
                name: "alpha",
                kind: crate::loss::Kind::PerClass { scalar: true },
                doc: "A factor on the terms: one number for all classes or one per class; None: 1.",
                role: Role::ClassWeight,
                ..Param::CLASS_WEIGHT
            },
            Param::FROM_LOGITS,
            Param::LABEL_SMOOTHING,
            Param::AXIS,
        ],
        aliases: &["categorical_focal_crossentropy", "categorical_focal_cross_entropy", "softmax_focal"],
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        relations: &[
            ("categorical_cross_entropy", "equal to it at gamma=0, for rows"),
            ("sparse_categorical_cross_entropy", "equal to it at gamma=0, for class indices"),
            ("binary_focal", "equal to it for two classes with the scores 0 and y_pred"),
        ],
        convex: false,
        curvature: Curvature::AFFINE,
        source: "Lin et al. 2017, doi:10.1109/ICCV.2017.324",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 1;

    /// The exponent in two parts.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants([params[0].number()])
    }

    const SHARES: bool = true;

    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [gamma, gamma_low, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        // In odds q/(1 − q) no power below zero appears. The odds of a class that is certain stay finite, and so does the
        // logarithm of an impossible one, so that 0·log 0 is 0 in every derivative.
        let (one, zero, least) = (R::Scalar::ONE, R::Scalar::ZERO, R::Scalar::MIN_POSITIVE);
        let Share { log_q, q, others, .. } = share;
        let (q, wrong, l) = (q.primal(), others.primal(), log_q.primal().max(R::Scalar::lit(-1e30)));
        // The second derivative is the odds times what may be thousands, so they come as factors that are never subnormal.
        let root = f::exp(l * R::Scalar::HALF);
        let (a, b) = (select(q < least, root, q), select(q < least, root, one));
        let part = a / wrong.max(least);
        let fade = f::Power::of(wrong, gamma.to_f64() + gamma_low.to_f64());
        let loss = select(wrong == zero, one, b * part * -l);
        let bend = gamma * (gamma * loss - loss + l + R::Scalar::TWO);
        let (value, slope) = (fade.times(-log_q.primal()), -fade.times(gamma.mul_add(loss, one)));
        log_q.chain((value, slope, fade.over(wrong.max(least)).times(a * (b * bend)))).weighted(t)
    }
}
