//! The relativistic average generator: fakes are to seem more real than real samples on average.

use crate::families::Opposed;
use crate::loss::{Family, Info, Side, Start};

pub struct Loss;

impl Opposed for Loss {
    const INFO: Info = Info {
        family: Family::Adversarial(&[Side::Real, Side::Fake]),
        summary: "How badly fakes pass for more real than the average real sample, and real samples for less real than the average fake.",
        use_when: "Fakes are to score above real samples, and these below fakes: unlike in other games the generator takes both sides' scores, and it \
                   is pulled the stronger the better the discriminator tells them apart.",
        formula: "softplus(real_scores - mean(fake_scores)) + softplus(mean(real_scores) - fake_scores)",
        aliases: &["relativistic_average_generator", "ragan_generator", "relativistic_generator_loss"],
        start: Start::None,
        relations: &[
            ("relativistic_discriminator", "the other player of the game: the same with the sides exchanged"),
            ("minimax_generator", "sees scores as they are, not relative to the other side"),
        ],
        source: "Jolicoeur-Martineau 2018, arXiv:1807.00734",
        ..Info::DEFAULT
    };

    const ABOVE: Side = Side::Fake;
}
