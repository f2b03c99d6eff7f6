//! Squared epsilon-insensitive: the squared error beyond a tube.

use crate::loss::{Constants, Cost, Curvature, Formula, Info, Param};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The squared error beyond a tube in which nothing is lost.",
        use_when: "Samples within the tube do not pull at all; outside, the pull grows with the distance from its edge.",
        formula: "maximum(0, abs(r) - epsilon)**2",
        params: &[Param::non_negative("epsilon", 0.1, "The half width of the tube.").special(&[0.0])],
        aliases: &["squared_epsilon_insensitive_loss"],
        kinks: "the Hessian jumps from 0 to 2 at the edges of the tube, where it is 0",
        curvature: Curvature::UNKNOWN.bounded(|_| Some(2.0)),
        cost: Cost::Light,
        source: "Lee, Hsieh and Huang 2005, doi:10.1109/TKDE.2005.77",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([epsilon, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        ((x - y).abs() - epsilon).at_least(R::Scalar::ZERO).square()
    }
}
