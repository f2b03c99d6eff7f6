//! Symmetric cross-entropy: cross-entropy, and cross-entropy with target and prediction exchanged.

use crate::loss::{Constants, Domain, Family, Formula, Info, Link, Param, Share};
use crate::number::real::{over, times};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "A multiple of cross-entropy plus a multiple of reverse cross-entropy, in which the logarithm of 0 is a \
                  number.",
        use_when: "Labels are noisy: the reverse term is bounded and does not learn wrong labels by heart, cross-entropy \
                   keeps the learning quick.",
        formula: "sum(-alpha*y_true*log_q - beta*q*log(where(y_true > 0, y_true, exp(log_floor))))",
        params: &[
            Param::non_negative("alpha", 0.1, "The factor of cross-entropy."),
            Param::non_negative("beta", 1.0, "The factor of reverse cross-entropy."),
            Param::between(
                "log_floor",
                (f64::NEG_INFINITY, 0.0),
                -4.0,
                "The logarithm of a target of 0 in reverse cross-entropy.",
            ),
            Param::FROM_LOGITS,
            Param::LABEL_SMOOTHING,
            Param::CLASS_WEIGHT,
            Param::IGNORE_INDEX,
            Param::AXIS,
        ],
        aliases: &["sce", "symmetric_crossentropy", "symmetric_cross_entropy_loss"],
        target: Domain::ClassIndexOrProbability,
        link: Link::Softmax,
        relations: &[
            ("categorical_cross_entropy", "equal to it at alpha=1 and beta=0, for rows"),
            ("sparse_categorical_cross_entropy", "equal to it at alpha=1 and beta=0, for class indices"),
        ],
        convex: false,
        zero_share_is_nothing: false,
        source: "Wang et al. 2019, doi:10.1109/ICCV.2019.00041",
        ..Info::DEFAULT
    };

    const SHARES: bool = true;
    const IN_Q: bool = true;

    /// By hand: for the true class of a one-hot row with q = ½, 0.1·log 2; for another class with q = ½, 4·½.
    #[inline(always)]
    fn of_share<const FORM: usize, const ARM: usize, R: Real>(
        [alpha, beta, log_floor, ..]: Constants<R>,
        t: R::Scalar,
        share: Share<R>,
    ) -> R {
        let (zero, q) = (R::Scalar::ZERO, share.q.primal());
        let (forward, reverse) = (alpha * t, -(beta * select(t > zero, f::log(t), log_floor)));
        let pull = share.times(reverse);
        let slope = over(forward, q);
        let value = pull - times(forward, share.log_q.primal());
        share.term(value, [pull - forward, pull], [reverse - slope, over(slope, q)])
    }
}
