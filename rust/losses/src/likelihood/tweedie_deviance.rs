//! Tweedie deviance: twice the quasi-likelihood's distance to the best there is, for any power.

use crate::loss::{CONSTANTS, Constants, Cost, Curvature, Domain, Formula, Info, Link, Param, Start, Value, variance};
use crate::number::{Real, functions as f};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Twice the difference of a quasi-likelihood of variance mean**power to the best there is: 0 where the mean is the target.",
        use_when: "Trains as tweedie with every number doubled, and reads as a goodness of fit that can be compared between powers: \
                   it changes smoothly with them, also at 1 and 2.",
        formula: "where(log_input, \
                  where(power == 1, 2*(xlogy(y_true, y_true) - y_true*y_pred - y_true + exp(y_pred)), \
                  where(power == 2, 2*(y_true*exp(-y_pred) + y_pred - log(y_true) - 1), \
                  2*(where(power == 0, y_true**2, where(y_true > 0, y_true**(2 - power), 0))/((1 - power)*(2 - power)) \
                  - y_true*exp((1 - power)*y_pred)/(1 - power) + exp((2 - power)*y_pred)/(2 - power)))), \
                  where(power == 1, 2*(xlogy(y_true, y_true) - xlogy(y_true, y_pred) - y_true + y_pred), \
                  where(power == 2, 2*(y_true/y_pred + log(y_pred) - log(y_true) - 1), \
                  2*(where(power == 0, y_true**2, where(y_true > 0, y_true**(2 - power), 0))/((1 - power)*(2 - power)) \
                  - y_true*y_pred**(1 - power)/(1 - power) + y_pred**(2 - power)/(2 - power)))))",
        params: &[variance::POWER, Param::LOG_INPUT],
        aliases: &["mean_tweedie_deviance"],
        target: Domain::NonNegative,
        link: Link::Log,
        start: Start::Mean,
        relations: &[
            ("tweedie", "twice it, up to terms of the target"),
            ("poisson_deviance", "equal to it at power=1"),
            ("gamma_deviance", "equal to it at power=2"),
            ("squared_error", "that of the mean at power=0"),
        ],
        convex: false, // only for powers from 1 to 2
        curvature: Curvature::AFFINE,
        cost: Cost::Heaviest,
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
        x.chain(f::quasi_deviance::<_, HOW>(FORM & LOG_INPUT != 0, [a, a_low, b, b_low, power], y, x.primal()))
    }
}
