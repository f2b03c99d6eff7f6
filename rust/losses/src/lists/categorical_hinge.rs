//! Categorical hinge: the margin between the true class and the best of the others.

use crate::families::{List, Lists};
use crate::loss::{CONSTANTS, Cost, Domain, Family, Info, Param, Start};
use crate::number::wide::Lanes;

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "How much the score of the true class lacks to be above all others by a margin.",
        use_when: "Only which class has the highest score matters, not its probability: rows that are right by the margin are done \
                   with, and of those that are wrong only the true class and its strongest rival are moved.",
        formula: "sum(y_true*maximum(0, margin + highest_other - y_pred))",
        params: &[
            Param::non_negative(
                "margin",
                1.0,
                "By how much the true class is to be above all others, for that to cost nothing.",
            ),
            Param::CLASS_WEIGHT,
            Param::IGNORE_INDEX,
            Param::AXIS,
        ],
        aliases: &[
            "crammer_singer",
            "multiclass_hinge",
            "multiclass_hinge_loss",
            "multiclass_svm",
            "multiclass_perceptron",
        ],
        target: Domain::ClassIndexOrProbability,
        start: Start::None,
        relations: &[
            ("hinge", "that of two classes with the scores 0 and y_pred"),
            ("perceptron", "that of two classes with the scores 0 and y_pred, at margin=0"),
            ("multi_margin", "counts every rival within the margin, not only the strongest"),
        ],
        kinks: "0 for each of several rivals with the highest score; at the margin slope 0",
        cost: Cost::Light,
        source: "Crammer and Singer 2001, JMLR 2, 265-292",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = 1;

    /// By hand: scores 3, 2.5 and 0 with the class 0 cost 1/2, and move the first two only; a row of one class costs nothing.
    #[inline(always)]
    fn list([margin, ..]: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.margin_to_strongest(*margin)
    }

    const BESIDE: bool = true;

    #[inline(always)]
    fn beside([margin, ..]: &[f64; CONSTANTS], lists: List<'_>) -> Lanes {
        lists.margins_to_strongest(*margin)
    }
}
