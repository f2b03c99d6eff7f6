//! The relativistic average discriminator: real samples are to seem more real than fakes on average.

use crate::families::Opposed;
use crate::loss::{Family, Info, Side, Start};

pub struct Loss;

impl Opposed for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Real, Side::Fake]),
        summary: "How badly a discriminator tells real samples from the average fake, and fakes from the average real sample.",
        use_when: "The discriminator learns to score real samples above fakes, and only that: scores have no level of their own, and a discriminator \
                   that has won still has a gradient from both sides.",
        formula: "softplus(mean(fake_scores) - real_scores) + softplus(fake_scores - mean(real_scores))",
        aliases: &["relativistic_average_discriminator", "ragan_discriminator", "relativistic_discriminator_loss"],
        start: Start::None,
        relations: &[
            ("relativistic_generator", "the other player of the game: the same with the sides exchanged"),
            ("minimax_discriminator", "sees scores as they are, not relative to the other side"),
        ],
        source: "Jolicoeur-Martineau 2018, arXiv:1807.00734",
        ..Info::DEFAULT
    };

    const ABOVE: Side = Side::Real;
}
