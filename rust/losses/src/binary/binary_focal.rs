//! Binary focal: cross-entropy that fades where the prediction is right already.

use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Formula, Info, Link, Param, Value, constants};
use crate::number::functions::Exponential;
use crate::number::real::{Rule, times};
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
        aliases: &["focal", "focal_loss", "sigmoid_focal", "binary_focal_crossentropy", "binary_focal_cross_entropy"],
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

    /// The exponent and the weights of the two labels.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let (positive, negative) = if let Value::Number(alpha) = params[1] { (alpha, 1.0 - alpha) } else { (1.0, 1.0) };
        constants([params[0].number(), positive, negative])
    }

    const ARMS: usize = 2;
    const SINGLE_ARMS: usize = 3;
    const ARMED: usize = FROM_LOGITS;

    fn arm<T: Float>([gamma, ..]: &[T; CONSTANTS]) -> usize {
        f::fading(*gamma)
    }

    #[inline(always)]
    fn in_arm<const FORM: usize, const ARM: usize, R: Real>(constants: Constants<R>, y: R::Scalar, x: R) -> R {
        if FORM & FROM_LOGITS == 0 {
            let ([gamma, of_positive, of_negative, ..], one) = (constants, R::Scalar::ONE);
            let p = x.primal().abs(); // no −0
            let q = one - p;
            let hit = (-x).chain(from_probability(gamma, q, p, -f::log(p)));
            let miss = x.chain(from_probability(gamma, p, q, -f::log1p(-p)));
            hit.weighted(of_positive * y) + miss.weighted(of_negative * (one - y))
        } else {
            Self::of_exponential::<FORM, ARM, R>(constants, y, x, Exponential::of(x.primal()))
        }
    }

    const EXPONENTIAL: Option<usize> = Some(FROM_LOGITS);

    #[inline(always)]
    fn of_exponential<const FORM: usize, const ARM: usize, R: Real>(
        [gamma, of_positive, of_negative, ..]: Constants<R>,
        y: R::Scalar,
        x: R,
        exponential: Exponential<R::Scalar>,
    ) -> R {
        let (is_positive, one) = (y > R::Scalar::ZERO, R::Scalar::ONE);
        let faded = |z: R| z.chain(f::faded_softplus::<_, ARM>(gamma, z.primal(), exponential));
        if FORM & HARD == 0 {
            faded(-x).weighted(of_positive * y) + faded(x).weighted(of_negative * (one - y))
        } else {
            let wrong = x * select(is_positive, -one, one);
            faded(wrong).weighted(select(is_positive, of_positive, of_negative))
        }
    }
}

/// wrong^gamma·loss, where loss = −log right and wrong + right = 1.
#[inline(always)]
fn from_probability<T: Float>(gamma: T, wrong: T, right: T, loss: T) -> Rule<T> {
    let (power, steep) = (f::pow(wrong, gamma), f::pow(wrong, gamma - T::ONE));
    let slope = T::ONE / right;
    let ratio = select(wrong == T::ZERO, T::ONE, loss / wrong).min(T::MAX);
    let bend = times(gamma, (gamma - T::ONE) * ratio + slope + slope);
    // An enormous exponent is infinite times nothing.
    let faded = |x: T| select(power == T::ZERO, T::ZERO, power * x);
    let bent = select(steep == T::ZERO, T::ZERO, times(bend, steep));
    (power * loss, faded(times(gamma, ratio) + slope), bent + faded(slope * slope))
}
