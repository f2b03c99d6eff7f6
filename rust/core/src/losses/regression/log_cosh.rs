//! Log-cosh: a smooth absolute error.

use crate::loss::{CONSTANTS, Formula, Info};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The logarithm of the hyperbolic cosine of the difference: r²/2 near zero, |r| − log 2 in the tails.",
        formula: "log(cosh(r))",
        aliases: &["logcosh"],
        source: "Green 1990, doi:10.1109/42.52985",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<const FORM: usize, R: Real>(_: [R::Scalar; CONSTANTS], y: R::Scalar, x: R) -> R {
        (x - y).log_cosh()
    }
}
