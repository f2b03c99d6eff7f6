//! Generalized Kullback–Leibler divergence: of measures that need not add up to 1.

use crate::families::Terms;
use crate::loss::{Domain, Family, Info, Link, Param, Start};
use crate::number::{Jet, Real, functions as f};

pub struct Loss;

impl Terms for Loss {
    const INFO: Info = Info {
        family: Family::RowWise,
        summary: "The divergence from target to predicted amounts, which need not add up to 1, over a row.",
        use_when: "Rows are amounts, such as counts, intensities or attention without a softmax: how much there is in all is fitted \
                   too, and each class has its own scale.",
        formula: "sum(where(log_input, xlogy(y_true, y_true) - y_true*y_pred - y_true + exp(y_pred), \
                  xlogy(y_true, y_true) - xlogy(y_true, y_pred) - y_true + y_pred))",
        params: &[Param::LOG_INPUT, Param::AXIS],
        aliases: &["generalized_kl_divergence", "convex_kl_divergence", "i_divergence", "unnormalized_kl"],
        target: Domain::NonNegative,
        link: Link::Log,
        start: Start::Mean,
        relations: &[
            ("kl_divergence", "equal to it where both rows add up to 1"),
            ("poisson_deviance", "half of it, summed over the row"),
        ],
        source: "Csiszár 1991, doi:10.1214/aos/1176348385",
        ..Info::DEFAULT
    };

    /// By hand, of one class: log-amount 0 for a target of 1 costs nothing; for a target of 0 it costs 1 and pulls with 1.
    #[inline(always)]
    fn term<const RAW: bool>(y: f64, x: f64, weight: f64) -> Jet<f64> {
        Jet::variable(x).chain(f::poisson_divergence::<_, { f::ASKED }>(RAW, y, x)) * weight
    }

    const ANEW: bool = true;

    #[inline(always)]
    fn anew<const RAW: bool>(y: f64, x: f64, weight: f64) -> Jet<f64> {
        Jet::variable(x).chain(f::poisson_divergence::<_, { f::EXACT }>(RAW, y, x)) * weight
    }
}
