//! Accelerated failure time: the logarithm of a time that may be known by bounds only.

use crate::families::{Columns, Lifetime, Point};
use crate::loss::{CONSTANTS, Cost, Curvature, Domain, Family, Info, Param};

pub struct Loss;

impl Columns<1, 2> for Loss {
    const INFO: Info = Info {
        family: Family::Columns,
        summary: "The negative log-likelihood of a time that is known, or known to lie between two bounds, given the \
                  location of its logarithm.",
        use_when: "Times to an event are predicted and some are censored: a known time has both bounds the same, one \
                   that is not over an infinite upper bound, one that is over before the first look a lower bound of \
                   0. Unlike XGBoost's, neither probabilities nor derivatives are clipped.",
        formula: "where(lower == upper, log(scale*lower) - log(density((log(lower) - log_time)/scale)), \
                  -log(cdf((log(upper) - log_time)/scale) - cdf((log(lower) - log_time)/scale)))",
        params: &[
            Param::choice(
                "distribution",
                &["normal", "logistic", "extreme"],
                "The distribution of the logarithm: that of a normal, a logistic, or the least of many numbers.",
            ),
            Param::between("scale", (1e-9, 1e9), 1.0, "The scale of the distribution: how far times scatter."),
        ],
        columns: &["log_time"],
        target_columns: &["lower", "upper"],
        aliases: &["accelerated_failure_time", "survival_aft"],
        target: Domain::Interval,
        relations: &[
            ("half_squared_error", "its form for known times with scale=1, of their logarithms, up to a constant"),
            ("probit", "the loss of one bound under the normal distribution"),
            ("binary_cross_entropy", "the loss of one bound under the logistic distribution"),
        ],
        curvature: Curvature::UNKNOWN.bounded(|params| {
            let (distribution, scale) = (&params[0], params[1].number());
            let bound = [Some(1.0), Some(0.5), None][distribution.number() as usize];
            bound.map(|bound| bound / (scale * scale))
        }),
        cost: Cost::Heaviest,
        source: "Wei 1992, doi:10.1002/sim.4780111409",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn at([distribution, scale, ..]: &[f64; CONSTANTS], bounds: [f64; 2], [location]: [f64; 1]) -> Point<1> {
        let time = Lifetime::new(bounds, location, *scale);
        let likelihood = if *distribution == 0.0 {
            time.normal()
        } else if *distribution == 1.0 {
            time.logistic()
        } else {
            time.extreme()
        };
        let by = time.inverse_scale();
        let second = [likelihood.second * by * by];
        Point { value: likelihood.value, first: [likelihood.first * by], second, expected: second }
    }
}
