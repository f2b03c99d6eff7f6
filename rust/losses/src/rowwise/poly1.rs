//! Poly-1: cross-entropy with the first coefficient of its series in 1 − q changed.

use crate::loss::{
    CONSTANTS, Constants, Curvature, Domain, Family, Formula, Info, Link, Param, Share, Value, constants,
};
use crate::number::{Float, Real, functions as f, select};

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
        relations: &[
            ("categorical_cross_entropy", "equal to it at epsilon=0, for rows"),
            ("sparse_categorical_cross_entropy", "equal to it at epsilon=0, for class indices"),
        ],
        convex: false,
        curvature: Curvature::AFFINE,
        source: "Leng et al. 2022, arXiv:2204.12511",
        ..Info::DEFAULT
    };

    /// Epsilon, and what it has more than −1, where the two terms cancel.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let epsilon = params[0].number();
        constants([epsilon, 1.0 + epsilon])
    }

    const SHARES: bool = true;

    /// By hand: With epsilon = 2 and q = ½, log 2 + 1.
    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [epsilon, more, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        let (q, wrong, log_q) = (share.q.primal(), share.others.primal(), share.log_q.primal());
        // Near q = 1, −log q is 1 − q and what minus_log1p gives, without a difference.
        let near = more.mul_add(wrong, f::minus_log1p(-wrong));
        let value = select(wrong < R::Scalar::HALF, near, epsilon.mul_add(wrong, -log_q));
        share.log_q.chain((value, -more.mul_add(q, wrong), -(epsilon * q))).weighted(t)
    }
}
