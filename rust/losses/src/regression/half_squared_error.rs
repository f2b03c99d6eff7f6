//! Half the squared error: curvature exactly 1, the form that boosters call squared error.

use crate::loss::{Constants, Cost, Formula, Info};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Half the squared difference: its gradient is the residual, its Hessian 1.",
        formula: "0.5*(y_pred - y_true)**2",
        aliases: &["l2_loss", "half_mse"],
        cost: Cost::Light,
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
