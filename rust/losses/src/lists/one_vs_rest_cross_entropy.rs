//! One-vs-rest cross-entropy: of each class whether it is the one, with no word on the others.

use crate::families::Terms;
use crate::loss::{Curvature, Domain, Family, Info, Label, Link, Param, Start};
use crate::number::functions::Excess;
use crate::number::{Jet, Real};

pub struct Loss;

impl Terms for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The sum over the classes of a row of the binary cross-entropies of each against all others.",
        use_when: "Classes do not exclude each other, as with several labels a sample, or none of them may be right: each \
                   has a probability of its own, and scores of one do not move those of others.",
        formula: "sum(where(from_logits, y_true*softplus(-y_pred) + (1 - y_true)*softplus(y_pred), \
                  -xlogy(y_true, y_pred) - xlog1py(1 - y_true, -y_pred)))",
        params: &[Param::FROM_LOGITS, Param::CLASS_WEIGHT, Param::IGNORE_INDEX, Param::AXIS],
        aliases: &[
            "one_vs_all_cross_entropy",
            "multiclassova",
            "multi_class_one_vs_all",
            "multi_logloss",
            "multi_cross_entropy",
            "multilabel_cross_entropy",
            "multi_label_soft_margin",
            "multilabel_soft_margin_loss",
            "multi_label_soft_margin_loss",
            "ovr",
        ],
        target: Domain::ClassIndexOrProbability,
        link: Link::Logit,
        start: Start::Mean,
        relations: &[
            ("binary_cross_entropy", "its sum over the classes of a row"),
            ("sparse_categorical_cross_entropy", "makes probabilities that add up to 1 from the scores of a row"),
        ],
        curvature: Curvature::UNKNOWN.bounded(|params| params[0].is_on().then(|| 0.25 * params[1].largest())),
        source: "Rifkin and Klautau 2004, JMLR 5, 101-141",
        ..Info::DEFAULT
    };

    /// By hand: a score of 0 costs log 2 whatever the target, and pulls with 1/2 where the target is 0.
    #[inline(always)]
    fn term<const RAW: bool>(y: f64, x: f64, weight: f64) -> Jet<f64> {
        let (label, variable, weights) = (Label::of(y), Jet::variable(x), [weight; 2]);
        if RAW {
            label.cross_entropy::<false, _>(weights, variable, Excess::of(x))
        } else {
            label.cross_entropy_of(weights, variable)
        }
    }
}
