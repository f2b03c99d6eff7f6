//! Log-cosh: a smooth absolute error.

use crate::loss::{Constants, Curvature, Formula, Info};
use crate::number::real::Scaled;
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The logarithm of the hyperbolic cosine of the difference: r²/2 near zero, |r| − log 2 in the tails.",
        use_when: "It acts as Huber's loss with delta 1, but all its derivatives are continuous, so Newton steps and \
                   boosting see no jump of the curvature.",
        formula: "log(cosh(r))",
        aliases: &["logcosh", "log_cosh_loss"],
        relations: &[
            ("huber", "a smooth huber with delta=1"),
            ("half_squared_error", "less than it by r**4/12 near 0"),
            ("absolute_error", "less than it by log 2 in the tails"),
        ],
        curvature: Curvature::UNIT_IN_RESIDUAL,
        source: "Green 1990, doi:10.1109/42.52985",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        // In the tails the Hessian feels what the difference loses in rounding.
        Scaled::new(x, y, (R::Scalar::ONE, R::Scalar::ZERO)).log_cosh()
    }
}
