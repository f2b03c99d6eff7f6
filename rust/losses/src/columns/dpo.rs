//! Direct preference optimisation: of two answers the chosen one is to gain more on a reference than the rejected one.

use crate::families::{Columns, Point};
use crate::loss::{CONSTANTS, Curvature, Family, Info, Param, Start};
use crate::number::compensated::plus;
use crate::number::functions as f;
use crate::number::real::times;

pub struct Loss;

impl Columns<2> for Loss {
    const INFO: Info = Info {
        family: Family::Columns,
        summary: "How little a model's log-probabilities of two answers differ in favour of the chosen one, compared with a reference's.",
        use_when: "A language model is tuned to preferences without a model of rewards: y_true is the log-probability that the reference \
                   gives the chosen answer less that of the rejected one, and beta says how much it costs to leave the reference.",
        formula: "(1 - label_smoothing)*softplus(-beta*(chosen - rejected - y_true)) \
                  + label_smoothing*softplus(beta*(chosen - rejected - y_true))",
        params: &[
            Param::positive(
                "beta",
                0.1,
                "How strongly a difference counts: the less, the farther the model may leave the reference.",
            ),
            Param::unit("label_smoothing", 0.0, "Which part of the pairs is taken to be labelled the wrong way round."),
        ],
        columns: &["chosen", "rejected"],
        aliases: &["dpo_loss", "direct_preference_optimization"],
        start: Start::None,
        relations: &[("binary_cross_entropy", "that of the score beta*(chosen - rejected - y_true) with label 1")],
        curvature: Curvature::UNKNOWN.bounded(|params| Some(0.25 * params[0].number() * params[0].number())),
        source: "Rafailov et al. 2023, arXiv:2305.18290",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn at([beta, doubt, ..]: &[f64; CONSTANTS], [y]: [f64; 1], [chosen, rejected]: [f64; 2]) -> Point<2> {
        // The margin beta·(chosen − rejected − y) in two parts: an exponential multiplies what it lacks by its size.
        let (gain, lost) = plus(plus((chosen, 0.0), -rejected), -y);
        let margin = beta * gain;
        let l = f::logistic_sum(-margin, -(beta * lost + beta.mul_add(gain, -margin)));
        let trust = 1.0 - doubt;
        let value = times(trust, l.softplus) + times(*doubt, l.softplus_neg);
        let slope = beta * (times(*doubt, l.sigmoid_neg) - times(trust, l.sigmoid));
        let bend = beta * (beta * l.slope);
        Point { value, first: [slope, -slope], second: [bend; 2], expected: [bend; 2] }
    }
}
