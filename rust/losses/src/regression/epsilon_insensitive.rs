//! Epsilon-insensitive: the absolute error beyond a tube.

use crate::loss::{Constants, Cost, Formula, Info, Param};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "The absolute error beyond a tube in which nothing is lost.",
        use_when: "Samples within the tube do not pull at all, so the fit rests on the few outside: the support \
                   vectors.",
        formula: "maximum(0, abs(r) - epsilon)",
        params: &[Param::non_negative("epsilon", 0.1, "The half width of the tube.").special(&[0.0])],
        aliases: &["svr", "epsilon_insensitive_loss"],
        kinks: "the gradient is 0 on the edges of the tube; the Hessian is 0 everywhere",
        cost: Cost::Light,
        source: "Vapnik 1995, doi:10.1007/978-1-4757-2440-0",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([epsilon, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        ((x - y).abs() - epsilon).at_least(R::Scalar::ZERO)
    }
}
