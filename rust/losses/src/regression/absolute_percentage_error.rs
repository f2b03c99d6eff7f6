//! Absolute percentage error: the absolute error in units of the target.

use crate::loss::{Constants, Cost, Formula, Info, Param};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The absolute difference relative to the target; a fraction, not times 100.",
        use_when: "Small targets pull hardest, so the fit leans towards low predictions: 50 for 100 costs 1/2, 100 for \
                   50 costs 1.",
        formula: "abs(r)/maximum(abs(y_true), floor)",
        params: &[Param::positive("floor", f64::EPSILON, "The least magnitude that is divided by.")],
        aliases: &["mape", "mean_absolute_percentage_error"],
        kinks: "the gradient is 0 where prediction and target are equal; the Hessian is 0 everywhere",
        cost: Cost::Light,
        source: "Armstrong 1985, Long-Range Forecasting, ch. 13",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([floor, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let r = x - y;
        let (p, zero) = (r.primal(), R::Scalar::ZERO);
        let unit = y.abs().max(floor);
        let slope = R::Scalar::ONE / unit;
        // An infinite target makes everything of no weight but itself.
        let value = select(p == zero, zero, p.abs() / unit.min(R::Scalar::MAX));
        r.chain((value, select(p == zero, zero, slope.copysign(p)), zero))
    }
}
