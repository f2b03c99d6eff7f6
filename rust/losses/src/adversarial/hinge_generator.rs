//! The hinge generator: fakes high, as for a Wasserstein critic.

use crate::loss::{Constants, Cost, Family, Formula, Info, Side};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Fake]),
        summary: "Minus the score of fakes, for a discriminator with hinge loss.",
        use_when: "Every fake pulls alike, however bad.",
        formula: "-fake_scores",
        aliases: &["gan_hinge_generator", "hinge_generator_loss", "wasserstein_hinge_generator_loss"],
        cost: Cost::Light,
        source: "Lim and Ye 2017, arXiv:1705.02894",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, _real: R::Scalar, score: R) -> R {
        -score
    }
}
