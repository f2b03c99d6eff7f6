//! Binary cross-entropy: the negative log-likelihood of a yes or no.

use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Even, Formula, Info, Link, Param, Start, Value};
use crate::loss::{Label, constants};
use crate::number::functions::Exponential;
use crate::number::real::{over, times};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const FROM_LOGITS: usize = Loss::INFO.form("from_logits");
const HARD: usize = Loss::INFO.hard_form();

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative log-likelihood of a label under the predicted probability.",
        use_when: "The gradient is the predicted probability minus the label: it fades where a prediction is right, \
                   stays where one is wrong however sure, and the best predictions are calibrated probabilities.",
        formula: "where(from_logits, pos_weight*y_true*softplus(-y_pred) + (1 - y_true)*softplus(y_pred), \
                  -xlogy(pos_weight*y_true, y_pred) - xlog1py(1 - y_true, -y_pred))",
        params: &[
            Param::FROM_LOGITS,
            Param::LABEL_SMOOTHING,
            Param::non_negative("pos_weight", 1.0, "A factor on the term of positive labels."),
        ],
        aliases: &[
            "bce",
            "binary_crossentropy",
            "log_loss",
            "logistic",
            "bce_loss",
            "bce_with_logits_loss",
            "binary_cross_entropy_with_logits",
            "sigmoid_binary_cross_entropy",
            "half_binomial_loss",
            "binary_log_loss",
            "soft_margin_loss",
            "binary",
        ],
        target: Domain::SoftLabel,
        link: Link::Logit,
        start: Start::Mean,
        relations: &[
            ("binary_focal", "equal to it at gamma=0"),
            ("categorical_cross_entropy", "that of two classes with the scores 0 and y_pred"),
            ("hinge", "a smooth hinge at margin=0"),
            ("exponential", "has twice the best score of it, and grows linearly where it grows exponentially"),
            ("minimax_discriminator", "a term of it: of real scores with label 1, of fake scores with label 0"),
            ("minimax_generator", "equal to it at saturating=False, for fake scores with label 1"),
        ],
        hard_labels: true,
        curvature: Curvature {
            // A weight on one label only keeps the linear part from vanishing at the target ½.
            even_concave: |params| if params[2].number() == 1.0 { Even::InScore } else { Even::Not },
            ..Curvature::AFFINE
        }
        .bounded(|params| params[0].is_on().then(|| 0.25 * params[2].number().max(1.0))),
        source: "Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 1;

    /// The smoothing in two parts, and the weight of positive labels.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants([params[1].number(), 0.0, params[2].number()])
    }

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(constants: Constants<R>, y: R::Scalar, x: R) -> R {
        if FORM & FROM_LOGITS == 0 {
            let [smoothing, low, pos_weight, ..] = constants;
            let label = Label::smoothed(y, smoothing, low);
            // The weights first: a reciprocal may overflow where the weighted one does not.
            let (p, q) = (x.primal().abs(), R::Scalar::ONE - x.primal()); // no −0
            let (positive, negative) = (pos_weight * label.yes, label.no);
            let (hit, miss) = (over(positive, p), over(negative, q));
            let value = times(-positive, f::log(p)) + times(-negative, f::log1p(-p));
            x.chain((value, miss - hit, over(hit, p) + over(miss, q)))
        } else {
            Self::of_exponential::<FORM, 0, R>(constants, y, x, Exponential::of(x.primal()))
        }
    }

    const EXPONENTIAL: Option<usize> = Some(FROM_LOGITS);

    #[inline(always)]
    fn of_exponential<const FORM: usize, const ARM: usize, R: Real>(
        [smoothing, low, pos_weight, ..]: Constants<R>,
        y: R::Scalar,
        x: R,
        exponential: Exponential<R::Scalar>,
    ) -> R {
        let (is_positive, one) = (y > R::Scalar::ZERO, R::Scalar::ONE);
        if FORM & HARD == 0 {
            let label = Label::smoothed(y, smoothing, low);
            let (hit, miss) = ((-x).softplus_of(exponential), x.softplus_of(exponential));
            let positive = (-x).weighted_softplus_of(pos_weight * label.yes, exponential);
            label.mean(positive, (pos_weight, hit), (one, miss))
        } else {
            let wrong = x * select(is_positive, -one, one);
            wrong.weighted_softplus_of(select(is_positive, pos_weight, one), exponential)
        }
    }
}
