//! Ordinal logistic: classes that have an order, told by how many thresholds a score is above.

use crate::families::{Columns, Likelihood, Point, distance, log_share};
use crate::loss::{CONSTANTS, Cost, Curvature, Domain, Info, Link, Param, Value};

pub struct Loss;

impl Columns<1, 3> for Loss {
    const INFO: Info = Info {
        summary: "The negative log-likelihood of a class of an order, which a score and logistic noise put between two thresholds.",
        use_when: "Classes have an order, such as ratings: one score for all of them pulls towards the interval of the class, \
                   and by no more than 1 however far it is off. Thresholds are fixed; with the logits of the \
                   cumulative shares of the classes, the score 0 predicts these shares.",
        formula: "-log(sigmoid(above - y_pred) - sigmoid(below - y_pred))",
        params: &[
            Param::thresholds(
                &[-1.0, 1.0],
                "The scores at which a class is as likely as not to be exceeded: one fewer than there are classes.",
            ),
            Param::IGNORE_INDEX,
        ],
        aliases: &["ordinal", "proportional_odds"],
        target: Domain::ClassIndex,
        link: Link::CumulativeLogit,
        relations: &[
            ("binary_cross_entropy", "equal to it at thresholds=[0.0]"),
            (
                "aft",
                "the loss of a time between two bounds under the logistic distribution, of which it knows the logarithms",
            ),
            ("sparse_categorical_cross_entropy", "for classes without an order, with a score for each"),
        ],
        // The slopes of two sigmoids, each ¼ at most.
        curvature: Curvature::UNKNOWN.bounded(|params| match &params[0] {
            Value::List(thresholds) if thresholds.len() > 1 => Some(0.5),
            _ => Some(0.25),
        }),
        cost: Cost::Heaviest,
        source: "McCullagh 1980, doi:10.1111/j.2517-6161.1980.tb01109.x",
        ..Info::DEFAULT
    };

    /// The thresholds below and above a class, and the logarithm of what their distance leaves of the probability.
    fn of_classes(params: &[Value]) -> Vec<[f64; 3]> {
        let Value::List(thresholds) = &params[0] else { return Vec::new() };
        let below = [-f64::INFINITY].into_iter().chain(thresholds.iter().copied());
        let above = thresholds.iter().copied().chain([f64::INFINITY]);
        below.zip(above).map(|(below, above)| [below, above, log_share(below, above)]).collect()
    }

    #[inline(always)]
    fn at(_: &[f64; CONSTANTS], [below, above, log]: [f64; 3], [score]: [f64; 1]) -> Point<1> {
        let Likelihood { value, first, second } =
            Likelihood::between(distance(below, score), distance(above, score), log);
        Point { value, first: [first], second: [second], expected: [second] }
    }
}
