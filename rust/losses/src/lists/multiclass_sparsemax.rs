//! Multi-class sparsemax: the loss whose probabilities are the nearest ones to the scores, many of them exactly 0.

use crate::families::{List, Lists, Row};
use crate::loss::{CONSTANTS, Curvature, Domain, Family, Info, Param, Start};
use crate::number::wide::Lanes;

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The Fenchel–Young loss of sparsemax: what cross-entropy is to softmax.",
        use_when: "Few classes are to have any probability, as in attention or with many labels that cannot be: rows whose true class is \
                   ahead by 1 are done with. The probabilities p of the gradient p - y_true are sparsemax(y_pred).",
        formula: "0.5*sum((p - y_true)**2) + sum((p - y_true)*(y_pred - p))",
        params: &[Param::IGNORE_INDEX, Param::AXIS],
        aliases: &["sparsemax", "multiclass_sparsemax_loss"],
        target: Domain::ClassIndexOrProbability,
        start: Start::Mean,
        relations: &[
            ("binary_sparsemax", "that of two classes with the scores 0 and y_pred"),
            ("sparse_categorical_cross_entropy", "the loss of softmax, which leaves every class some probability"),
        ],
        kinks: "the Hessian jumps where a class enters the support; there it is that of the support without it",
        curvature: Curvature::UNKNOWN.bounded(|_| Some(1.0)),
        source: "Martins and Astudillo 2016, arXiv:1602.02068; Blondel, Martins and Niculae 2020, JMLR 21",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = 1;

    /// By hand: of equal scores of two classes each has 1/2, and a class costs 1/4 and pulls with 1/2.
    #[inline(always)]
    fn list(_: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.sparsemax_divergence()
    }

    fn mixed(_: &[f64; CONSTANTS], list: &List<'_>, at: usize, row: Row<'_>) {
        list.within_support(at, row);
    }

    const BESIDE: bool = true;

    #[inline(always)]
    fn beside(_: &[f64; CONSTANTS], lists: List<'_>) -> Lanes {
        lists.sparsemax_divergences()
    }
}
