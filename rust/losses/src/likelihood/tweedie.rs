//! Tweedie: the quasi-likelihood whose variance is a power of the mean; Poisson at power 1, gamma at power 2.

use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Formula, Info, Link, Param, Start, Value, variance};
use crate::number::{Real, functions as f};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative quasi-log-likelihood with variance mean**power, up to terms of the target.",
        use_when: "The power says how fast the spread of the targets grows with their mean, and so how little a large \
                   target weighs: from 1 to 2 for amounts with exact zeros, such as claims or rainfall.",
        formula: "where(log_input, boxcox_exp(2 - power, y_pred) - y_true*boxcox_exp(1 - power, y_pred), \
                  boxcox_pow(2 - power, y_pred) - y_true*boxcox_pow(1 - power, y_pred))",
        params: &[variance::POWER, Param::LOG_INPUT],
        aliases: &["half_tweedie", "half_tweedie_loss"],
        target: Domain::NonNegative,
        link: Link::Log,
        start: Start::Mean,
        relations: &[
            ("poisson", "equal to it at power=1"),
            ("gamma", "equal to it at power=2"),
            ("half_squared_error", "that of the mean at power=0, up to a term of the target"),
        ],
        convex: false, // only for powers from 1 to 2
        curvature: Curvature::AFFINE,
        source: "Jørgensen 1987, doi:10.1111/j.2517-6161.1987.tb01685.x",
        ..Info::DEFAULT
    };

    const PAIRS: usize = variance::PAIRS;

    fn target(params: &[Value]) -> Domain {
        variance::target(params)
    }

    fn refusal(params: &[Value]) -> Option<&'static str> {
        variance::refusal(params)
    }

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        variance::constants_of(params)
    }

    const ANEW: bool = true;

    #[inline(always)]
    fn told<const FORM: usize, const HOW: u8, R: Real>(
        [a, a_low, b, b_low, power, ..]: Constants<R>,
        y: R::Scalar,
        x: R,
    ) -> R {
        x.chain(f::quasi_likelihood::<_, HOW>(FORM & LOG_INPUT != 0, [a, a_low, b, b_low, power], y, x.primal()))
    }
}
