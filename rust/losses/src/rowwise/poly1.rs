//! Poly-1: cross-entropy with the first coefficient of its series in 1 − q changed.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "Cross-entropy plus a multiple of the probability of being wrong.",
        use_when: "With a positive epsilon, rows that are nearly right pull harder than in cross-entropy; with a negative one, less.",
        formula: "sum(y_true*(epsilon*(1 - q) - log_q))",
        params: &[
            Param::real("epsilon", 1.0, "The factor of the probability of being wrong; 0 is cross-entropy.")
                .special(&[0.0]),
            Param::FROM_LOGITS,
            Param::LABEL_SMOOTHING,
            Param::CLASS_WEIGHT,
            Param::IGNORE_INDEX,
            Param::AXIS,
        ],
        aliases: &["poly_loss", "poly1_cross_entropy", "poly_loss_cross_entropy"],
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        convex: false,
        source: "Leng et al. 2022, arXiv:2204.12511",
        ..Info::DEFAULT
    };

    const SHARES: bool = true;

    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [epsilon, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        (share.others * epsilon - share.log_q).weighted(t)
    }
}
