//! What is compiled once per loss: which states there are.

use crate::families::{Alignments, State};
use crate::loss::CONSTANTS;

/// The states of a loss's alignments.
#[derive(Clone, Copy)]
pub struct Topology {
    /// For a sequence of labels.
    pub states: fn(&[f64; CONSTANTS], &[usize]) -> Vec<State>,
    /// The label that is padding.
    pub filler: fn(&[f64; CONSTANTS]) -> f64,
}

impl Topology {
    /// That of a loss.
    #[must_use]
    pub const fn of<L: Alignments>() -> Self {
        Topology { states: L::states, filler: L::filler }
    }
}
