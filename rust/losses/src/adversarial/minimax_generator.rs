//! The minimax generator: fool the discriminator, by the game's own loss or by the one that does not saturate.

use crate::loss::{Constants, Curvature, Family, Formula, Info, Param, Side, Start};
use crate::number::{Float, Real};

pub struct Loss;

const SATURATING: usize = Loss::INFO.form("saturating");

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Fake]),
        summary: "How badly fakes pass for real: log(1 − D) of the game itself, or −log D, which does not saturate.",
        use_when: "Fakes move to where the discriminator takes them for real; with saturating=False the gradient stays \
                   strong where all fakes are recognised, which is how such games are trained in practice.",
        formula: "where(saturating, -softplus(fake_scores), softplus(-fake_scores))",
        params: &[Param::switch(
            "saturating",
            true,
            "Whether to minimise log(1 − D), as the game says, or −log D, whose gradient survives a sure discriminator.",
        )],
        aliases: &["gan_generator", "minimax_generator_loss"],
        start: Start::None,
        relations: &[
            ("minimax_discriminator", "the other player of the game"),
            (
                "binary_cross_entropy",
                "at saturating=False that of fake scores with label 1, else minus that with label 0",
            ),
        ],
        convex: false,
        curvature: Curvature::UNKNOWN.bounded(|params| Some(if params[0].is_on() { 0.0 } else { 0.25 })),
        source: "Goodfellow et al. 2014, arXiv:1406.2661",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn in_form<const FORM: usize, R: Real>(_: Constants<R>, _real: R::Scalar, score: R) -> R {
        if FORM & SATURATING != 0 { R::constant(R::Scalar::ZERO) - score.softplus() } else { (-score).softplus() }
    }
}
