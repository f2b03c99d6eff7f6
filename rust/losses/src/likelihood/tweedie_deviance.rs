//! Tweedie deviance: twice the quasi-likelihood's distance to the best there is, for any power.

use crate::loss::{CONSTANTS, Constants, Cost, Curvature, Domain, Formula, Info, Link, Start, Value};
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};
use crate::tweedie;

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
        params: tweedie::Loss::INFO.params,
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

    const PAIRS: usize = tweedie::Loss::PAIRS;

    fn target(params: &[Value]) -> Domain {
        tweedie::Loss::target(params)
    }

    fn refusal(params: &[Value]) -> Option<&'static str> {
        tweedie::Loss::refusal(params)
    }

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        tweedie::Loss::constants(params)
    }

    /// With a = 2 − power, b = 1 − power and d = log(mean/y), the half is y^a·(expm1(a·d)/a − expm1(b·d)/b). Either quotient is d and
    /// something that is never subtracted from the other's for powers from 1 to 2: near the optimum d is left out.
    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(constants: Constants<R>, y: R::Scalar, x: R) -> R {
        let [a, a_low, b, b_low, power, ..] = constants;
        let (zero, one, infinity) = (R::Scalar::ZERO, R::Scalar::ONE, R::Scalar::INFINITY);
        let (slope, bend) = tweedie::Loss::in_form::<FORM, R>(constants, y, x).derivatives();
        let p = x.primal();
        let (log, d) = if FORM & LOG_INPUT != 0 {
            ((p, zero), f::log_distance(p, y).0)
        } else {
            let (p, u) = (p.abs(), (p.abs() - y) / y); // no −0
            let near = u.abs() < R::Scalar::HALF;
            (
                f::log_parts(p),
                select(near, f::log1p(select(near, u, zero)), select(y == zero, infinity, -f::log_ratio(y, p))),
            )
        };
        let of_target = f::log_parts(y);
        let best = raised(one, a, a_low, of_target);
        let best = select(y > zero, best, select(power == zero, y * y, zero));
        let (in_a, in_b) = (times(a, d), times(b, d));
        let rest = select(in_a.abs() < R::Scalar::lit(FAR) && in_b.abs() < R::Scalar::lit(FAR), zero, d);
        let upper = excess(best, raised(one, a, a_low, log), a, in_a, rest);
        let lower = excess(best, raised(y, b, b_low, log), b, in_b, rest);
        let endless = upper.abs() == infinity || lower.abs() == infinity || (best == infinity && d != zero);
        let value = select(endless, infinity, upper - lower);
        let two = R::Scalar::TWO;
        x.chain((two * value, two * slope, two * bend))
    }
}

/// Exponents from here on are not small.
const FAR: f64 = 1.386;

/// factor·exp(exponent·log), both in two parts: what is lost of their product would be multiplied by its size.
#[inline(always)]
fn raised<T: Float>(factor: T, exponent: T, exponent_low: T, (log, log_low): (T, T)) -> T {
    let high = times(exponent, log);
    let rest = exponent.mul_add(log_low, exponent.mul_add(log, -high) + exponent_low * log);
    f::exp_times(factor, high, rest).product
}

/// best·((exp(u) − 1 − u)/c + rest), where best·exp(u) is `far`: (far − best)/c unless u is small.
#[inline(always)]
fn excess<T: Float>(best: T, far: T, c: T, u: T, rest: T) -> T {
    let small = u.abs() < T::lit(FAR);
    let over = times(f::expm1_minus(select(small, u, T::ZERO)), T::ONE / c);
    let near = times(over + rest, best);
    select(small, select(best == T::ZERO, T::ZERO, near), (far - best) / c)
}
