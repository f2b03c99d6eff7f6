//! Binary focal: cross-entropy that fades where the prediction is right already.

use crate::loss::{CONSTANTS, Domain, Formula, Info, Link, Param, Value};
use crate::number::{Float, Real, select};

pub struct Loss;

const FROM_LOGITS: usize = 1;
const HARD: usize = 2;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Cross-entropy times a power of the probability of being wrong, so that easy examples fade.",
        formula: "where(from_logits, alpha_pos*y_true*sigmoid(-y_pred)**gamma*softplus(-y_pred) \
                  + alpha_neg*(1 - y_true)*sigmoid(y_pred)**gamma*softplus(y_pred), \
                  -alpha_pos*(1 - y_pred)**gamma*xlogy(y_true, y_pred) \
                  - alpha_neg*y_pred**gamma*xlog1py(1 - y_true, -y_pred))",
        params: &[
            Param::non_negative("gamma", 2.0, "How fast easy examples fade; 0 is cross-entropy."),
            Param::optional_unit("alpha", "The weight of positive labels, 1 − alpha that of negative ones; None: 1 and 1."),
            Param::FROM_LOGITS,
            Param::LABEL_SMOOTHING,
        ],
        aliases: &["focal", "focal_loss", "sigmoid_focal", "binary_focal_crossentropy", "binary_focal_cross_entropy"],
        target: Domain::SoftLabel,
        link: Link::Logit,
        convex: false,
        hard_labels: true,
        source: "Lin et al. 2017, doi:10.1109/ICCV.2017.324",
        ..Info::DEFAULT
    };

    /// The exponent and the weights of the two labels.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let (positive, negative) = if let Value::Number(alpha) = params[1] { (alpha, 1.0 - alpha) } else { (1.0, 1.0) };
        [params[0].number(), positive, negative, 0.0]
    }

    #[inline(always)]
    fn value<const FORM: usize, R: Real>(
        [gamma, of_positive, of_negative, zero]: [R::Scalar; CONSTANTS],
        y: R::Scalar,
        x: R,
    ) -> R {
        let one = R::Scalar::ONE;
        let (positive, negative) = (of_positive * y, of_negative * (one - y));
        if FORM & FROM_LOGITS == 0 {
            // At a probability of exactly 1 (or 0) the power's infinite slope meets a logarithm of 0; the product is flat.
            let sure = |p: R::Scalar| p == zero && gamma > zero && gamma < one;
            let (p, q) = (x.primal(), one - x.primal());
            let hit = R::select(sure(q), R::constant(zero), (-x + one).powf(gamma) * x.log());
            let miss = R::select(sure(p), R::constant(zero), x.powf(gamma) * (-x).log1p());
            hit.weighted(-positive) + miss.weighted(-negative)
        } else if FORM & HARD == 0 {
            let hit = (-x).sigmoid_pow(gamma) * (-x).softplus();
            let miss = x.sigmoid_pow(gamma) * x.softplus();
            hit.weighted(positive) + miss.weighted(negative)
        } else {
            let wrong = x * select(y > zero, -one, one);
            (wrong.sigmoid_pow(gamma) * wrong.softplus()).weighted(positive + negative)
        }
    }
}
