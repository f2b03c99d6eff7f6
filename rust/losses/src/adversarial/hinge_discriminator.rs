//! The hinge discriminator: real samples above 1, fakes below −1.

use crate::loss::{Constants, Cost, Family, Formula, Info, Side};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Real, Side::Fake]),
        summary: "How far scores fall short of 1 for real samples and of -1 for fakes.",
        use_when: "Only samples within the margin pull, so the discriminator does not grow ever surer of what it knows.",
        formula: "maximum(0, 1 - real_scores) + maximum(0, 1 + fake_scores)",
        aliases: &["gan_hinge_discriminator", "hinge_discriminator_loss", "wasserstein_hinge_discriminator_loss"],
        kinks: "the gradient is 0 at the margins themselves; the Hessian is 0 everywhere",
        cost: Cost::Light,
        source: "Lim and Ye 2017, arXiv:1705.02894",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, real: R::Scalar, score: R) -> R {
        let side = select(real > R::Scalar::ZERO, -R::Scalar::ONE, R::Scalar::ONE);
        (score * side + R::Scalar::ONE).at_least(R::Scalar::ZERO)
    }
}
