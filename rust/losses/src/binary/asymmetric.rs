//! Asymmetric: focal with an exponent for either label, and easy negatives left out.

use crate::loss::{CONSTANTS, Constants, Cost, Domain, Formula, Info, Link, Param, Value, constants};
use crate::number::functions::Exponential;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const FROM_LOGITS: usize = Loss::INFO.form("from_logits");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Cross-entropy that fades for positive and for negative labels each in its own way, and is 0 for negative ones of a \
                  probability up to the clip.",
        use_when: "Each sample has many labels of which few are positive: the many easy negatives fade faster than positives do, and the \
                   easiest, some of them wrongly labelled, are left out.",
        formula: "where(from_logits, y_true*sigmoid(-y_pred)**gamma_pos*softplus(-y_pred) \
                  - (1 - y_true)*maximum(sigmoid(y_pred) - clip, 0)**gamma_neg*log1p(-maximum(sigmoid(y_pred) - clip, 0)), \
                  -(1 - y_pred)**gamma_pos*xlogy(y_true, y_pred) \
                  - (1 - y_true)*maximum(y_pred - clip, 0)**gamma_neg*log1p(-maximum(y_pred - clip, 0)))",
        params: &[
            Param::non_negative("gamma_pos", 0.0, "How fast easy positives fade."),
            Param::non_negative("gamma_neg", 4.0, "How fast easy negatives fade."),
            Param::unit("clip", 0.05, "What is taken from the probability of a negative, which is 0 below it."),
            Param::FROM_LOGITS,
        ],
        aliases: &["asymmetric_loss", "asl"],
        target: Domain::SoftLabel,
        link: Link::Logit,
        relations: &[
            ("binary_focal", "equal to it for gamma_pos=gamma_neg and clip=0"),
            ("binary_cross_entropy", "equal to it for exponents and clip of 0"),
        ],
        kinks: "at a probability of clip, with gamma_neg up to 1, those of the flat side",
        convex: false,
        cost: Cost::Heaviest,
        source: "Ben-Baruch et al. 2021, doi:10.1109/ICCV48922.2021.00015",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 3;

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants([params[0].number(), 0.0, params[1].number(), 0.0, params[2].number(), 0.0])
    }

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(
        [positive, positive_low, negative, negative_low, clip, clip_low]: Constants<R>,
        y: R::Scalar,
        x: R,
    ) -> R {
        let (zero, one) = (R::Scalar::ZERO, R::Scalar::ONE);
        let exact = |high: R::Scalar, low: R::Scalar| high.to_f64() + low.to_f64();
        let (hit, plain, shifted, rest) = if FORM & FROM_LOGITS == 0 {
            let p = x.primal().abs(); // no −0
            let [log_p, log_q] = f::logs(p);
            let gamma = (positive, exact(positive, positive_low));
            let hit = (-x).chain(f::faded_log(one, gamma, (one - p, log_q), (p, log_p)));
            (hit, None, x.chain((p - clip - clip_low, one, zero)), one - p)
        } else {
            let exponential = Exponential::of(x.primal());
            let wrong = f::faded_softplus::<_, { f::fading::ANY }>((positive, positive_low), -x.primal(), exponential);
            // What is not shifted: of a shifted probability near 1, the parts of the derivatives would cancel.
            let plain = f::faded_softplus::<_, { f::fading::ANY }>((negative, negative_low), x.primal(), exponential);
            let l = f::logistic_of(x.primal(), exponential);
            let less = l.sigmoid_less(clip, clip_low);
            let shifted = x.chain((less, l.slope, l.slope * l.turn()));
            ((-x).chain(wrong), Some(x.chain(plain)), shifted, l.sigmoid_neg)
        };
        let wrong = shifted.primal().max(zero);
        let right = rest + clip + clip_low;
        let [log_wrong, log_near] = f::logs(wrong.min(one));
        let log_far = f::log_of_base(right);
        let near = wrong < R::Scalar::HALF;
        let log_right = (select(near, log_near.0, log_far.0), select(near, log_near.1, log_far.1));
        let gamma = (negative, exact(negative, negative_low));
        let miss = shifted.chain(f::faded_log(one, gamma, (wrong, log_wrong), (right, log_right)));
        let miss = R::select(wrong == zero && clip > zero, R::constant(zero), miss);
        let miss = if let Some(plain) = plain { R::select(clip == zero, plain, miss) } else { miss };
        hit.weighted(y).plus_weighted(one - y, miss)
    }
}
