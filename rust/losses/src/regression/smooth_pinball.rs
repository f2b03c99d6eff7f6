//! Smooth pinball: the tilted absolute error with its kink rounded off.

use crate::loss::{CONSTANTS, Constants, Curvature, Even, Formula, Info, Param, Value, constants, inverse};
use crate::number::compensated::two_sum;
use crate::number::real::Scaled;
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The absolute error, weighted by side, with a rounded kink.",
        use_when: "Quantiles for trainers that need a curvature: it is that of a logistic distribution around the \
                   target, as wide as the bandwidth.",
        formula: "-quantile*r + bandwidth*softplus(r/bandwidth)",
        params: &[
            Param::inside_unit("quantile", 0.5, "Which quantile the best prediction is, as the bandwidth goes to 0."),
            Param::positive("bandwidth", 0.1, "How far the kink is rounded off."),
        ],
        aliases: &["smooth_quantile"],
        curvature: Curvature {
            even_concave: |params| if params[0].number() == 0.5 { Even::InResidual } else { Even::Not },
            bound: |params| Some(0.25 / params[1].number()),
            ..Curvature::UNKNOWN
        },
        source: "Zheng 2011, doi:10.1007/s00180-010-0213-9",
        ..Info::DEFAULT
    };

    const PAIRS: usize = 2;

    /// The inverse of the bandwidth, and the quantile, in two parts each; the bandwidth.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let (quantile, bandwidth) = (params[0].number(), params[1].number());
        let [inverse, low] = inverse(bandwidth);
        constants([inverse, low, quantile, 0.0, bandwidth])
    }

    #[inline(always)]
    fn value<R: Real>([inverse, low, below, below_low, bandwidth, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        // softplus(u) = max(u, 0) + softplus(−|u|): its linear part joins the tilt, and nothing cancels.
        let (r, u) = (x - y, Scaled::new(x, y, (inverse, low)));
        let (above, lost) = two_sum(R::Scalar::ONE, -below);
        let (above, above_low) = two_sum(above, lost - below_low);
        let positive = r.primal() > R::Scalar::ZERO;
        let side = select(positive, -R::Scalar::ONE, R::Scalar::ONE);
        let tilt = (select(positive, above, below), select(positive, above_low, below_low));
        u.mirrored(positive).tilted_softplus_of_width(r * side, tilt, inverse, bandwidth)
    }
}
