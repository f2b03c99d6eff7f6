//! The Wasserstein generator: fakes high.

use crate::loss::{Constants, Cost, Family, Formula, Info, Side};
use crate::number::Real;

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Fake]),
        summary: "Minus the score of fakes.",
        use_when: "Every fake pulls alike, however bad: gradients do not vanish where the critic is sure.",
        formula: "-fake_scores",
        aliases: &["wgan_generator", "wasserstein_generator_loss"],
        cost: Cost::Light,
        source: "Arjovsky, Chintala and Bottou 2017, arXiv:1701.07875",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>(_: Constants<R>, _real: R::Scalar, score: R) -> R {
        -score
    }
}
