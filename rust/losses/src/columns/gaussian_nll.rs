//! Gaussian negative log-likelihood: a mean and how sure it is.

use crate::families::{Columns, Point};
use crate::loss::{CONSTANTS, Curvature, Family, Info, Param, Value, constants};
use crate::number::functions as f;
use crate::number::real::times;
use crate::number::select;

pub struct Loss;

impl Columns<2> for Loss {
    const INFO: Info = Info {
        family: Family::Columns,
        summary: "The negative log-likelihood of a normal distribution, of which mean and logarithm of the variance are predicted.",
        use_when: "The spread differs from sample to sample and is to be predicted with the mean: samples that are thought noisy pull \
                   less on it.",
        formula: "0.5*(log_variance + (mean - y_true)**2*exp(-log_variance)) + where(full, 0.5*log(2*pi), 0)",
        params: &[Param::FULL],
        columns: &["mean", "log_variance"],
        aliases: &["gaussian_nll_loss", "normal_nll", "heteroscedastic"],
        relations: &[
            ("half_squared_error", "that of the mean where the log-variance is 0"),
            ("laplace_nll", "that of a double exponential distribution"),
        ],
        convex: false,
        curvature: Curvature::AFFINE,
        source: "Nix and Weigend 1994, doi:10.1109/ICNN.1994.374138",
        ..Info::DEFAULT
    };

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        // log(2π)/2
        constants([if params[0].is_on() { 0.918_938_533_204_672_8 } else { 0.0 }])
    }

    #[inline(always)]
    fn at([rest, ..]: &[f64; CONSTANTS], [y]: [f64; 1], [mean, log_variance]: [f64; 2]) -> Point<2> {
        // The distance in deviations, by 1 over the root of one, twice: its square or 1 over the variance alone may leave the range.
        let root = f::exp(-0.25 * log_variance);
        let precise = root * root;
        let distance = times(times(mean - y, root), root);
        let square = distance * distance;
        let value = select(square == f64::INFINITY, square, 0.5 * (log_variance + square) + rest);
        let precision = precise * precise;
        Point {
            value,
            first: [times(times(distance, root), root), 0.5 * (1.0 - square)],
            second: [precision, 0.5 * square],
            expected: [precision, 0.5],
        }
    }
}
