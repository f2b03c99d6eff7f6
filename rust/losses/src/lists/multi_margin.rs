//! Multi-class margin: the margins between the true class and each of the others.

use crate::families::{List, Lists, Row};
use crate::loss::{CONSTANTS, Cost, Curvature, Domain, Family, Info, Param, Start};
use crate::number::wide::Lanes;

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "How much the score of the true class lacks to be above each of the others by a margin, over the number of classes.",
        use_when: "The true class is to come before every other by a margin, with no probabilities in it: each rival within the \
                   margin pushes, not only the strongest as with categorical_hinge.",
        formula: "sum(y_true*sum(maximum(0, margin + other - y_pred)**power for other in others))/K",
        params: &[
            Param::between(
                "power",
                (1.0, 2.0),
                1.0,
                "The power of what is lacking: 1, or 2 for squares, or anything between.",
            )
            .special(&[2.0]),
            Param::non_negative(
                "margin",
                1.0,
                "By how much the true class is to be above another, for that to cost nothing.",
            ),
            Param::CLASS_WEIGHT,
            Param::IGNORE_INDEX,
            Param::AXIS,
        ],
        aliases: &["multi_margin_loss", "multimargin", "weston_watkins"],
        target: Domain::ClassIndexOrProbability,
        start: Start::None,
        relations: &[
            ("categorical_hinge", "counts the strongest rival only, and does not divide by the number of classes"),
            ("hinge", "twice it, of two classes with the scores 0 and y_pred"),
            ("squared_hinge", "twice it at power=2, of two classes with the scores 0 and y_pred"),
        ],
        kinks: "at the margin slope 0 with power=1; the Hessian is 0 there for every power",
        curvature: Curvature::UNKNOWN.bounded(|params| (params[0].number() == 2.0).then(|| 2.0 * params[2].largest())),
        cost: Cost::Light,
        source: "Weston and Watkins 1999, ESANN, 219-224",
        ..Info::DEFAULT
    };

    const NUMBERS: usize = 3;

    /// By hand: scores 3, 2.5 and 0 with the class 0 cost 1/6, and 1/12 with power=2.
    #[inline(always)]
    fn list([power, margin, ..]: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        list.margins_to_all(*margin, *power)
    }

    fn mixed([power, margin, ..]: &[f64; CONSTANTS], list: &List<'_>, at: usize, row: Row<'_>) {
        list.margins_between(*margin, *power, at, row);
    }

    const BESIDE: bool = true;

    #[inline(always)]
    fn beside([power, margin, ..]: &[f64; CONSTANTS], lists: List<'_>) -> Lanes {
        lists.all_margins(*margin, *power)
    }
}
