//! Negative log-likelihood: the log-probability of the true class, as it was predicted.

use crate::families::Terms;
use crate::loss::{Cost, Domain, Family, Info, Param, Start};
use crate::number::real::times;
use crate::number::{Jet, Real};

pub struct Loss;

impl Terms for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The negative log-probability that is predicted for the true class.",
        use_when: "Log-probabilities come from elsewhere, such as a log-softmax or a mixture: nothing makes them add up to 1 \
                   here, and each pulls with a constant force. From scores, take a cross-entropy.",
        formula: "-sum(y_true*y_pred)",
        params: &[Param::CLASS_WEIGHT, Param::IGNORE_INDEX, Param::AXIS],
        aliases: &["nll_loss", "negative_log_likelihood"],
        target: Domain::ClassIndexOrProbability,
        start: Start::None,
        relations: &[("sparse_categorical_cross_entropy", "it of the log-softmax of scores")],
        cost: Cost::Light,
        source: "Good 1952, doi:10.1111/j.2517-6161.1952.tb00104.x",
        ..Info::DEFAULT
    };

    /// By hand: a log-probability of −2 costs 2 where it is that of the class, and nothing elsewhere.
    #[inline(always)]
    fn term<const RAW: bool>(y: f64, x: f64, weight: f64) -> Jet<f64> {
        let slope = 0.0 - y * weight;
        Jet::variable(x).chain((times(slope, x), slope, 0.0))
    }
}
