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
    const ARMS: usize = 2;
    const ARMED: usize = FROM_LOGITS;

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants([params[0].number(), 0.0, params[1].number(), 0.0, params[2].number(), 0.0])
    }

    /// Whether something is taken from the probability of a negative.
    fn arm<T: Float>(&[.., clip, clip_low]: &[T; CONSTANTS]) -> usize {
        usize::from(clip + clip_low > T::ZERO)
    }

    #[inline(always)]
    fn in_arm<const FORM: usize, const ARM: usize, R: Real>(constants: Constants<R>, y: R::Scalar, x: R) -> R {
        let [positive, positive_low, negative, negative_low, clip, clip_low] = constants;
        let (zero, one) = (R::Scalar::ZERO, R::Scalar::ONE);
        if FORM & FROM_LOGITS == 0 {
            let p = x.primal().abs(); // no −0
            let [log_p, log_q] = f::logs(p);
            let gamma = (positive, positive.to_f64() + positive_low.to_f64());
            let hit = (-x).chain(f::faded_log(y, gamma, (one - p, log_q), (p, log_p)));
            let (wrong, right) = ((p - clip - clip_low).max(zero), (one - p) + clip + clip_low);
            let [log_wrong, log_right] = shifted_logs(wrong, right);
            let gamma = (negative, negative.to_f64() + negative_low.to_f64());
            let miss = x.chain(f::faded_log(one - y, gamma, (wrong, log_wrong), (right, log_right)));
            return hit + R::select(wrong == zero && clip > zero, R::constant(zero), miss);
        }
        let exponential = Exponential::of(x.primal());
        let hit = f::faded_softplus::<_, { f::fading::ANY }>((positive, positive_low), -x.primal(), exponential);
        let miss = if ARM == 0 {
            f::faded_softplus::<_, { f::fading::ANY }>((negative, negative_low), x.primal(), exponential)
        } else {
            // With t = p − clip, L = −log(1 − t) and u = p·q/(q + clip): what multiplies t^(gamma − 1), the parts of the second derivative
            // combined over q + clip, for they would cancel where q is far above the clip.
            let l = f::logistic_of(x.primal(), exponential);
            let (t, q, turn) = (l.sigmoid_less(clip, clip_low).max(zero), l.sigmoid_neg, l.turn());
            let right = q + clip + clip_low;
            let [log_t, log_right] = shifted_logs(t, right);
            let (power, loss) =
                (f::Power::new(log_t, negative.to_f64() + negative_low.to_f64()), R::Scalar::lit(-log_right.0));
            let (u, ratio) = (l.slope / right, loss / t);
            let bend = turn * loss + (u + u) + (negative - one) * (l.slope * ratio);
            let own = t * (q.mul_add(q, clip * turn) / right);
            // What subnormal slopes have lost of their digits would be enlarged.
            let (lifted, unlift) = l.lifted;
            let (slope, back) = select(l.slope < R::Scalar::MIN_POSITIVE, (lifted, unlift), (l.slope, one));
            let (u, pull) = (slope / right, power.over(t));
            let first = pull.times(t.mul_add(u, negative * (slope * loss))) * back;
            let second = pull.times(own.mul_add(u, negative * (slope * bend))) * back;
            let nothing = t == zero;
            (select(nothing, zero, power.times(loss)), select(nothing, zero, first), select(nothing, zero, second))
        };
        (-x).chain(hit).weighted(y).plus_weighted(one - y, x.chain(miss))
    }
}

/// The logarithms of a probability less the clip, and of 1 minus that.
#[inline(always)]
fn shifted_logs<T: Float>(wrong: T, right: T) -> [(f64, f64); 2] {
    let [log_wrong, log_near] = f::logs(wrong.min(T::ONE));
    let log_far = f::log_of_base(right);
    let near = wrong < T::HALF;
    [log_wrong, (select(near, log_near.0, log_far.0), select(near, log_near.1, log_far.1))]
}
