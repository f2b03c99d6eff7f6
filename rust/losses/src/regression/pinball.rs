//! Pinball: the tilted absolute error that quantiles minimise.

use crate::loss::{CONSTANTS, Constants, Cost, Curvature, Formula, Info, Param, Rule, Start, Value, constants};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The absolute error, weighted by side; its best constant is the quantile.",
        use_when: "Residuals pull with a constant force that is larger on one side, so the fit settles where the \
                   wanted fraction of the targets lies below it; several quantiles make prediction intervals.",
        formula: "where(y_true >= y_pred, quantile*(y_true - y_pred), (1 - quantile)*(y_pred - y_true))",
        params: &[Param::inside_unit("quantile", 0.5, "Which quantile the best prediction is.")],
        aliases: &["quantile", "quantile_loss", "check_loss", "pinball_loss", "mean_pinball_loss"],
        start: Start::Quantile,
        relations: &[("absolute_error", "half of it at quantile=0.5")],
        kinks: "where prediction and target are equal the gradient is that of the less steep side, \
                0 for the median; the Hessian is 0 everywhere",
        cost: Cost::Light,
        curvature: Curvature::UNKNOWN.ruled(&[("lightgbm", Rule::Unit)]),
        source: "Koenker and Bassett 1978, doi:10.2307/1913643",
        ..Info::DEFAULT
    };

    /// The slopes above, below and at the target.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let quantile = params[0].number();
        let (above, below) = (1.0 - quantile, -quantile);
        let at = match quantile.total_cmp(&0.5) {
            std::cmp::Ordering::Less => below,
            std::cmp::Ordering::Equal => 0.0,
            std::cmp::Ordering::Greater => above,
        };
        constants([above, below, at])
    }

    #[inline(always)]
    fn value<R: Real>([above, below, at, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        let (r, zero) = (x - y, R::Scalar::ZERO);
        let sign = r.primal();
        let slope = select(sign > zero, above, select(sign < zero, below, at));
        r * slope + zero // so that no loss is −0
    }
}
