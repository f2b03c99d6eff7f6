//! Binary focal: cross-entropy that fades where the prediction is right already.

use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Formula, Info, Link, Param, Value};
use crate::loss::{Label, constants};
use crate::number::functions::{Excess, Exponential, fading};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const FROM_LOGITS: usize = Loss::INFO.form("from_logits");
const HARD: usize = Loss::INFO.hard_form();

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Cross-entropy times a power of the probability of being wrong, so that easy examples fade.",
        use_when: "Examples that are classified right already are faded out, so rare and hard ones lead the training, \
                   as among the many easy negatives of object detection; probabilities are no longer calibrated.",
        formula: "where(from_logits, \
                  where(alpha is None, 1, alpha)*y_true*sigmoid(-y_pred)**gamma*softplus(-y_pred) \
                  + where(alpha is None, 1, 1 - alpha)*(1 - y_true)*sigmoid(y_pred)**gamma*softplus(y_pred), \
                  -where(alpha is None, 1, alpha)*(1 - y_pred)**gamma*xlogy(y_true, y_pred) \
                  - where(alpha is None, 1, 1 - alpha)*y_pred**gamma*xlog1py(1 - y_true, -y_pred))",
        params: &[
            Param::non_negative("gamma", 2.0, "How fast easy examples fade; 0 is cross-entropy."),
            Param::optional_unit(
                "alpha",
                "The weight of positive labels, 1 − alpha that of negative ones; None: 1 and 1.",
            ),
            Param::FROM_LOGITS,
            Param::LABEL_SMOOTHING,
        ],
        aliases: &[
            "focal",
            "focal_loss",
            "sigmoid_focal",
            "binary_focal_crossentropy",
            "binary_focal_cross_entropy",
            "sigmoid_focal_loss",
        ],
        target: Domain::SoftLabel,
        link: Link::Logit,
        relations: &[
            ("binary_cross_entropy", "equal to it at gamma=0"),
            ("categorical_focal", "that of two classes with the scores 0 and y_pred"),
        ],
        convex: false,
        hard_labels: true,
        curvature: Curvature::AFFINE,
        source: "Lin et al. 2017, doi:10.1109/ICCV.2017.324",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 2;

    /// The smoothing and the exponent, each in two parts, and the weights of the two labels.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let (positive, negative) = if let Value::Number(alpha) = params[1] { (alpha, 1.0 - alpha) } else { (1.0, 1.0) };
        constants([params[3].number(), 0.0, params[0].number(), 0.0, positive, negative])
    }

    const ARMS: usize = 3;
    const SINGLE_ARMS: usize = 4;
    const ARMED: usize = FROM_LOGITS;

    fn arm<T: Float>([_, _, gamma, ..]: &[T; CONSTANTS]) -> usize {
        fading::of(*gamma)
    }

    #[inline(always)]
    fn exponential<const FORM: usize, const ARM: usize, T: Float>(x: T) -> [T; 3] {
        if FORM & FROM_LOGITS == 0 { [T::ZERO; 3] } else { fading::exponential::<T, ARM>(x) }
    }

    #[inline(always)]
    fn of_label<const FORM: usize, const ARM: usize, R: Real>(
        [_, _, gamma, gamma_low, of_positive, of_negative]: Constants<R>,
        label: Label<R::Scalar>,
        x: R,
        [a, b, c]: [R::Scalar; 3],
    ) -> R {
        let one = R::Scalar::ONE;
        if FORM & FROM_LOGITS == 0 {
            let p = x.primal().abs(); // no −0
            let (q, [log_p, log_q]) = (one - p, f::logs(p));
            let [positive, negative] = label.weighted([of_positive, of_negative]);
            let gamma = (gamma, gamma.to_f64() + gamma_low.to_f64());
            let hit = (-x).chain(f::faded_log(positive, gamma, (q, log_q), (p, log_p)));
            let miss = x.chain(f::faded_log(negative, gamma, (p, log_p), (q, log_q)));
            return hit + miss;
        }
        if ARM == fading::NONE {
            let (weights, excess) = ([of_positive, of_negative], Excess { excess: a, raised: b });
            return match FORM & HARD {
                0 => label.cross_entropy::<false, R>(weights, x, excess),
                _ => label.cross_entropy::<true, R>(weights, x, excess),
            };
        }
        let (gamma, exponential) = ((gamma, gamma_low), Exponential { high: a, low: b, raised: c });
        if FORM & HARD == 0 {
            let hit = (-x).chain(f::faded_softplus::<_, ARM>(gamma, -x.primal(), exponential));
            let miss = x.chain(f::faded_softplus::<_, ARM>(gamma, x.primal(), exponential));
            label.mean(hit.weighted(of_positive * label.yes), (of_positive, hit), (of_negative, miss))
        } else {
            let is_positive = label.yes > R::Scalar::ZERO;
            let wrong = x * select(is_positive, -one, one);
            let faded = wrong.chain(f::faded_softplus::<_, ARM>(gamma, wrong.primal(), exponential));
            faded.weighted(select(is_positive, of_positive, of_negative))
        }
    }
}
