//! Tweedie: the quasi-likelihood whose variance is a power of the mean; Poisson at power 1, gamma at power 2.

use crate::loss::{CONSTANTS, Domain, Formula, Info, Link, Param, Value};
use crate::number::{Float, Real};

pub struct Loss;

const LOG_INPUT: usize = 1;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The negative quasi-log-likelihood with variance mean**power, up to terms of the target.",
        formula: "where(log_input, boxcox_exp(2 - power, y_pred) - y_true*boxcox_exp(1 - power, y_pred), \
                  boxcox_pow(2 - power, y_pred) - y_true*boxcox_pow(1 - power, y_pred))",
        params: &[
            Param::real("power", 1.5, "The exponent of the variance: 1 Poisson, 2 gamma, 1 to 2 amounts with exact zeros."),
            Param::LOG_INPUT,
        ],
        aliases: &["half_tweedie"],
        target: Domain::NonNegative,
        link: Link::Log,
        source: "Jørgensen 1987, doi:10.1111/j.2517-6161.1987.tb01685.x",
        ..Info::DEFAULT
    };

    /// The two exponents and their reciprocals.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let power = params[0].number();
        let (a, b) = (2.0 - power, 1.0 - power);
        [a, b, a.recip(), b.recip()]
    }

    #[inline(always)]
    fn value<const FORM: usize, R: Real>([a, b, per_a, per_b]: [R::Scalar; CONSTANTS], y: R::Scalar, x: R) -> R {
        let zero = R::Scalar::ZERO;
        if FORM & LOG_INPUT != 0 {
            let upper = R::select(a == zero, x, (x * a).exp() * per_a);
            let lower = R::select(b == zero, x, (x * b).exp() * per_b);
            upper - lower.weighted(y)
        } else {
            let upper = R::select(a == zero, x.log(), x.powf(a) * per_a);
            let lower = R::select(b == zero, x.log(), x.powf(b) * per_b);
            upper - lower.weighted(y)
        }
    }
}
