//! The Wasserstein discriminator (critic): real samples high, fakes low.

use crate::loss::{Constants, Cost, Family, Formula, Info, Side};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Real, Side::Fake]),
        summary: "The score of fakes less that of real samples.",
        use_when: "The critic estimates a distance between distributions; it needs a constraint on its slope, such as a gradient penalty.",
        formula: "-real_scores + fake_scores",
        aliases: &["wgan_discriminator", "wasserstein_critic", "wasserstein_discriminator_loss"],
        cost: Cost::Light,
        source: "Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, real: R::Scalar, score: R) -> R {
        score * select(real > R::Scalar::ZERO, -R::Scalar::ONE, R::Scalar::ONE)
    }
}
