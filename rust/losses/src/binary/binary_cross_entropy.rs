//! Binary cross-entropy: the negative log-likelihood of a yes or no.

use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Even, Formula, Info, Link, Param, Start, Value};
use crate::loss::{Label, constants};
use crate::number::functions::Excess;
use crate::number::{Float, Real};

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

    /// The smoothing in two parts and the weights of the two labels, where focal loss has them: without focus it is the same code.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants([params[1].number(), 0.0, 0.0, 0.0, params[2].number(), 1.0])
    }

    #[inline(always)]
    fn exponential<const FORM: usize, const ARM: usize, T: Float>(x: T) -> [T; 3] {
        let Excess { excess, raised } = if FORM & FROM_LOGITS == 0 { Excess::NONE } else { Excess::of(x) };
        [excess, raised, T::ZERO]
    }

    #[inline(always)]
    fn of_label<const FORM: usize, const ARM: usize, R: Real>(
        [.., of_positive, of_negative]: Constants<R>,
        label: Label<R::Scalar>,
        x: R,
        [excess, raised, _]: [R::Scalar; 3],
    ) -> R {
        if FORM & FROM_LOGITS == 0 {
            label.cross_entropy_of([of_positive, of_negative], x)
        } else {
            let (weights, exponential) = ([of_positive, of_negative], Excess { excess, raised });
            if FORM & HARD == 0 {
                label.cross_entropy::<false, R>(weights, x, exponential)
            } else {
                label.cross_entropy::<true, R>(weights, x, exponential)
            }
        }
    }
}
