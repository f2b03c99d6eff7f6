//! Tweedie: the quasi-likelihood whose variance is a power of the mean; Poisson at power 1, gamma at power 2.

use crate::loss::{CONSTANTS, Constants, Curvature, Domain, Formula, Info, Link, Param, Start, Value, constants};
use crate::number::real::times;
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

const LOG_INPUT: usize = Loss::INFO.form("log_input");

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative quasi-log-likelihood with variance mean**power, up to terms of the target.",
        use_when: "The power says how fast the spread of the targets grows with their mean, and so how little a large \
                   target weighs: from 1 to 2 for amounts with exact zeros, such as claims or rainfall.",
        formula: "where(log_input, boxcox_exp(2 - power, y_pred) - y_true*boxcox_exp(1 - power, y_pred), \
                  boxcox_pow(2 - power, y_pred) - y_true*boxcox_pow(1 - power, y_pred))",
        params: &[
            Param::real(
                "power",
                1.5,
                "The exponent of the variance: 1 Poisson, 2 gamma, 1 to 2 amounts with exact zeros.",
            )
            .special(&[0.0, 1.0, 2.0, 3.0]),
            Param::LOG_INPUT,
        ],
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

    /// Powers up to 0 are of distributions over all numbers, those below 2 have mass at 0, the others are of positive ones.
    fn target(params: &[Value]) -> Domain {
        match params[0].number() {
            power if power <= 0.0 => Domain::Real,
            power if power < 2.0 => Domain::NonNegative,
            _ => Domain::Positive,
        }
    }

    const PAIRS: usize = 2;

    fn refusal(params: &[Value]) -> Option<&'static str> {
        let power = params[0].number();
        let reason = "no distribution has a variance of mean**power with a power between 0 and 1; wanted 0 or less, or 1 or more";
        (power > 0.0 && power < 1.0).then_some(reason)
    }

    /// 2 − power and 1 − power in two parts, and the power.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let power = params[0].number();
        let (a, b) = (2.0 - power, 1.0 - power);
        constants([a, (2.0 - a) - power, b, (1.0 - b) - power, power])
    }

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>([a, a_low, b, b_low, power, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let (zero, one, infinity) = (R::Scalar::ZERO, R::Scalar::ONE, R::Scalar::INFINITY);
        let (p, log_input) = (x.primal(), FORM & LOG_INPUT != 0);
        let (log, log_low) = if log_input { (p, zero) } else { f::log_parts(p) };
        // factor·mean^exponent; what is lost of the exponent's product would be multiplied by its size.
        let raised = |factor: R::Scalar, exponent: R::Scalar, low: R::Scalar| {
            let high = times(exponent, log);
            let rest = exponent.mul_add(log_low, exponent.mul_add(log, -high) + low * log);
            f::exp_times(factor, high, rest)
        };
        // Where both terms overflow, the larger is the limit: the first above the target, the second below.
        let above = if log_input { p * R::Scalar::LOG2_E > f::log2_about(y) } else { p > y };
        let difference = |first: R::Scalar, second: R::Scalar| {
            let both = first.abs() == infinity && second.abs() == infinity;
            select(both, select(above, first, -second), first - second)
        };
        let (upper, lower) = (raised(one, a, a_low), raised(y, b, b_low));
        let of_upper = select(a == zero, log, upper.over(a));
        let of_lower = select(b == zero, times(y, log), lower.over(b));
        let value = difference(of_upper, of_lower);
        if log_input {
            // With d = f − log y: y·mean^(1 − power)·(exp(d) − 1), which keeps its digits near the optimum.
            let (d, near) = f::log_distance(p, y);
            let excess = f::expm1(d);
            let slope = select(near, lower.times(excess), difference(upper.product, lower.product));
            let far = difference(upper.times(a), lower.times(b));
            x.chain((value, slope, select(near, lower.times(a.mul_add(excess, one)), far)))
        } else {
            // mean^−power·(mean − y), and at the ends of the means what one term alone tends to.
            let (alone, end) = (raised(one, b, b_low).product, p == infinity);
            let (c, c_low) = (b - one, f::lost(b, one) + b_low);
            let slope = select(end || (p == zero && y == zero), alone, raised(p - y, c, c_low).product);
            // (b·mean + power·y)·mean^(−power − 1), the larger of the mean and 1 taken out of the first factor.
            let large = p > one;
            let factor = select(large, power.mul_add(y / p, b), b.mul_add(p, power * y));
            let (d, d_low) = (select(large, c, c - one), select(large, c_low, f::lost(c, one) + c_low));
            let bend = raised(factor, d, d_low).product;
            let alone = raised(one, c, c_low).times(b);
            x.chain((value, slope, select(end || (p == zero && power * y == zero), alone, bend)))
        }
    }
}
