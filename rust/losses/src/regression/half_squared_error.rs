//! Half the squared error: curvature exactly 1, the form that boosters call squared error.

use crate::loss::{Constants, Cost, Curvature, Formula, Info, Start};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Half the squared difference: its gradient is the residual, its Hessian 1.",
        use_when: "The gradient is the residual and the curvature 1, so a step of boosting is the mean of the \
                   residuals; large residuals pull hardest, and outliers dominate the fit.",
        formula: "0.5*(y_pred - y_true)**2",
        aliases: &["l2_loss", "half_mse", "regression", "regression_l2"],
        start: Start::Mean,
        relations: &[
            ("squared_error", "half of it"),
            ("huber", "the limit of huber as delta goes to infinity"),
            ("log_cosh", "log_cosh plus r**4/12 near 0"),
            ("tweedie", "tweedie of the mean at power=0, up to a term of the target"),
        ],
        cost: Cost::Light,
        curvature: Curvature::UNIT_IN_RESIDUAL,
        source: "Gauss 1809, Theoria motus corporum coelestium",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, one) = (r.primal(), R::Scalar::ONE);
        r.chain((p * R::Scalar::HALF * p, p, one)) // halved first, so that nothing overflows on the way
    }
}
