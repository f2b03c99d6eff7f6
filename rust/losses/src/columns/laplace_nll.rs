//! Laplace negative log-likelihood: a location and how sure it is, with heavier tails than the normal distribution's.

use crate::families::{Columns, Point};
use crate::loss::{CONSTANTS, Curvature, Family, Info, Param, Value, constants};
use crate::number::functions as f;
use crate::number::real::times;
use crate::number::select;

pub struct Loss;

impl Columns<2> for Loss {
    const INFO: Info = Info {
        family: Family::Columns,
        summary: "The negative log-likelihood of a double exponential distribution, of which location and logarithm of the scale are \
                  predicted.",
        use_when: "The spread differs from sample to sample and there are outliers: the location is a median, and the scale the mean \
                   distance from it.",
        formula: "log_scale + abs(location - y_true)*exp(-log_scale) + where(full, log(2), 0)",
        params: &[Param::FULL],
        columns: &["location", "log_scale"],
        aliases: &["laplace_nll_loss"],
        relations: &[
            ("absolute_error", "that of the location where the log-scale is 0"),
            ("gaussian_nll", "that of a normal distribution"),
        ],
        kinks: "where location and target are equal, the gradient by the location is 0",
        convex: false,
        curvature: Curvature::AFFINE,
        source: "Laplace 1774, doi:10.1214/ss/1177013621 (translation)",
        ..Info::DEFAULT
    };

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants([if params[0].is_on() { std::f64::consts::LN_2 } else { 0.0 }])
    }

    #[inline(always)]
    fn at([rest, ..]: &[f64; CONSTANTS], [y]: [f64; 1], [location, log_scale]: [f64; 2]) -> Point<2> {
        // 1 over the root of the scale, twice: 1 over the scale may leave the range where the distance in scales does not.
        let (r, root) = (location - y, f::exp(-0.5 * log_scale));
        let (distance, precise) = (times(times(r.abs(), root), root), root * root);
        let value = select(distance == f64::INFINITY, distance, log_scale + distance + rest);
        let slope = select(r == 0.0, 0.0, precise.copysign(r));
        Point {
            value,
            first: [select(r.is_nan(), r, slope), 1.0 - distance],
            second: [select(r.is_nan(), r, 0.0), distance],
            expected: [precise * precise, 1.0],
        }
    }
}
