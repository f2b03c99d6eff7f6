//! Tweedie: the quasi-likelihood whose variance is a power of the mean; Poisson at power 1, gamma at power 2.

use crate::loss::{Constants, Domain, Formula, Info, Link, Param, Start, Value};
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
            ),
            Param::LOG_INPUT,
        ],
        aliases: &["half_tweedie"],
        target: Domain::NonNegative,
        link: Link::Log,
        start: Start::Mean,
        relations: &[
            ("poisson", "equal to it at power=1"),
            ("gamma", "equal to it at power=2"),
            ("half_squared_error", "that of the mean at power=0, up to a term of the target"),
        ],
        convex: false, // only for powers from 1 to 2
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

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>([power, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let (zero, one, two) = (R::Scalar::ZERO, R::Scalar::ONE, R::Scalar::TWO);
        let log_input = FORM & LOG_INPUT != 0;
        let (log, low) = if log_input { (x.primal(), zero) } else { f::log_parts(x.primal()) };
        // mean^(k − power); what is lost of the exponent would be multiplied by its size.
        let raised = |k: R::Scalar| {
            let exponent = k - power;
            let back = exponent - k;
            let lost = (k - (exponent - back)) - (power + back);
            let product = times(exponent, log);
            f::exp_sum(product, exponent.mul_add(low, exponent.mul_add(log, -product) + lost * log))
        };
        // A term that overflows alone is the limit: the first far above the target, the second far below.
        let difference = |first: R::Scalar, second: R::Scalar| {
            let (above, below) =
                (log > zero && first.abs() == R::Scalar::INFINITY, log < zero && second.abs() == R::Scalar::INFINITY);
            select(above, first, select(below, -second, first - second))
        };
        let (a, b) = (two - power, one - power);
        let (upper, lower) = (raised(two), raised(one));
        let integral =
            |exponent: R::Scalar, raised: R::Scalar| select(exponent == zero, log, raised * (one / exponent));
        let value = difference(integral(a, upper), times(y, integral(b, lower)));
        if log_input {
            let second = difference(times(a, upper), times(y, times(b, lower)));
            x.chain((value, difference(upper, times(y, lower)), second))
        } else {
            let (under, least) = (raised(zero), raised(-one));
            let second = difference(times(b, under), times(y, times(-power, least)));
            x.chain((value, difference(lower, times(y, under)), second))
        }
    }
}
