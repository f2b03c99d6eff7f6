//! Power error: the absolute difference to a power, between absolute and squared error and beyond.

use crate::loss::{Constants, Formula, Info, Param};
use crate::number::real::times;
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

    /// By hand: Power 3: r = −2 costs 8 and pulls with −12.
    #[inline(always)]
    fn value<R: Real>([power, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, a, one) = (r.primal(), r.primal().abs(), R::Scalar::ONE);
        // What the difference lost in rounding, relatively: a power multiplies it, as long as that is a small part.
        let lost = select(a > R::Scalar::ZERO && a < R::Scalar::INFINITY, f::lost(x.primal(), y) / p, R::Scalar::ZERO);
        let raised = |exponent: R::Scalar| {
            let (w, part) = (f::pow(a, exponent), exponent * lost);
            select(part.abs() < one, w + times(part, w.min(R::Scalar::MAX)), w)
        };
        let sign = select(a == R::Scalar::ZERO, R::Scalar::ZERO, one.copysign(p));
        let bend = times(power - one, times(raised(power - one - one), power));
        r.chain((raised(power), times(sign, times(raised(power - one), power)), bend))
    }
}
