//! Linex: exponential on one side, linear on the other.

use crate::loss::{CONSTANTS, Constants, Formula, Info, Param, Value, constants};
use crate::number::Real;
use crate::number::real::Scaled;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Exponential on the side of the sign of a, linear on the other.",
        use_when: "Near zero it is (a·r)²/2; on the dear side errors cost exponentially, so that predictions keep away \
                   from it.",
        formula: "expm1(a*r) - a*r",
        params: &[Param::real("a", 1.0, "The steepness; positive: overestimates are dear.").special(&[0.0])],
        aliases: &["linear_exponential"],
        source: "Varian 1975; Zellner 1986, doi:10.1080/01621459.1986.10478289",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 1;

    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        constants([params[0].number(), 0.0])
    }

    #[inline(always)]
    fn value<R: Real>([a, low, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        Scaled::new(x, y, (a, low)).expm1_minus()
    }
}
