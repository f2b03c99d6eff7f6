//! The minimax discriminator: binary cross-entropy of telling real samples from fakes.

use crate::loss::{CONSTANTS, Constants, Curvature, Family, Formula, Info, Param, Side, Start, Value, constants};
use crate::number::{Float, Real, select};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Real, Side::Fake]),
        summary: "How badly a discriminator tells real samples (high scores) from fakes (low scores).",
        use_when: "The discriminator learns high scores for real samples and low ones for fakes; label_smoothing keeps \
                   it from being certain, which would leave the generator without a gradient.",
        formula: "(1 - label_smoothing)*softplus(-real_scores) + label_smoothing*softplus(real_scores) \
                  + softplus(fake_scores)",
        params: &[Param::unit(
            "label_smoothing",
            0.0,
            "One-sided: the target of real samples is 1 minus this; that of fakes stays 0.",
        )],
        aliases: &["gan_discriminator", "minimax_discriminator_loss", "modified_discriminator_loss"],
        start: Start::None,
        relations: &[
            ("minimax_generator", "the other player of the game"),
            ("binary_cross_entropy", "the sum of it for real scores with label 1 and for fake scores with label 0"),
        ],
        curvature: Curvature::UNKNOWN.bounded(|_| Some(0.25)),
        source: "Goodfellow et al. 2014, arXiv:1406.2661",
        ..Info::DEFAULT
    };

    /// How far the target of real samples is from that of fakes, and from 1.
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        let smoothing = params[0].number();
        constants([1.0 - smoothing, smoothing])
    }

    #[inline(always)]
    fn value<R: Real>([trust, doubt, ..]: Constants<R>, real: R::Scalar, score: R) -> R {
        let doubt = select(real > R::Scalar::ZERO, doubt, R::Scalar::ONE);
        (-score).softplus().weighted(real * trust) + score.softplus().weighted(doubt)
    }
}
