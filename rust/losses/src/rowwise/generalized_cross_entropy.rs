//! Generalized cross-entropy: between cross-entropy and the absolute error of the probability, for noisy labels.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::{Real, functions as f};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "One minus a power of the true class's probability, over that power.",
        use_when: "Rows with a hopeless label, which are often mislabelled, pull less than in cross-entropy: by the power of their probability.",
        formula: "sum(y_true*(1 - q**power)/power)",
        params: &[
            Param::up_to_one(
                "power",
                0.7,
                "The exponent; towards 0 this is cross-entropy, at 1 the probability of being wrong.",
            )
            .special(&[1.0]),
            Param::FROM_LOGITS,
            Param::LABEL_SMOOTHING,
            Param::CLASS_WEIGHT,
            Param::IGNORE_INDEX,
            Param::AXIS,
        ],
        aliases: &["gce", "categorical_generalized_cross_entropy"],
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        convex: false,
        source: "Zhang and Sabuncu 2018, arXiv:1805.07836",
        ..Info::DEFAULT
    };

    const SHARES: bool = true;

    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [power, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        let (log_q, steep) = (share.log_q, f::pow(share.q.primal(), power));
        let value = -f::expm1(power * log_q.primal()) / power;
        log_q.chain((value, -steep, -(power * steep))).weighted(t)
    }
}
