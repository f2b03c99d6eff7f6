//! Power error: the absolute difference to a power, between absolute and squared error and beyond.

use crate::loss::{CONSTANTS, Constants, Formula, Info, Param, Value, constants};
use crate::number::{Float, Real, functions as f, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "A power of the absolute difference.",
        use_when: "The higher the power, the more do the largest errors decide.",
        formula: "abs(r)**power",
        params: &[Param::at_least("power", 1.0, 1.5, "1 is the absolute error, 2 the squared error.")
            .special(&[1.0, 2.0, 3.0])],
        aliases: &["lq", "lp_error"],
        kinks: "where prediction and target are equal the gradient is 0; the Hessian there is infinite for powers \
                between 1 and 2, and 0 for power 1",
        source: "Rice and White 1964, doi:10.1137/1006061",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 1;

    /// The power in two parts, and what it has more than 1.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let power = params[0].number();
        constants([power, 0.0, power - 1.0])
    }

    /// By hand: Power 3: r = −2 costs 8 and pulls with −12.
    #[inline(always)]
    fn value<R: Real>([power, low, more, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, zero, one) = (r.primal(), r.primal().abs(), R::Scalar::ZERO, R::Scalar::ONE);
        // What the difference lost in rounding, relatively: a power multiplies it, as long as that is a small part.
        let lost = select(a > zero && a < R::Scalar::INFINITY, f::lost(x.primal(), y) / p, zero);
        let (log, power_of_r) = (f::log_of_base(a), power.to_f64() + low.to_f64());
        let raised = |less: f64, factor: R::Scalar| {
            let exponent = power_of_r - less;
            let part = R::Scalar::lit(exponent) * lost;
            f::Power::new(log, exponent).times(select(part.abs() < one, factor * (one + part), factor))
        };
        let slope = select(a == zero, zero, raised(1.0, power.copysign(p)));
        let bend = select(more == zero, zero, raised(2.0, power * more));
        r.chain((raised(0.0, one), slope, bend))
    }
}
