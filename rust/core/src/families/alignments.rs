//! A loss of sequences of frames against shorter sequences of labels: a sum over their alignments ([`Alignments`]).

use crate::loss::{CONSTANTS, Domain, Info, Value, formula_constants};

/// A state that an alignment passes through, for one frame or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The class whose probability a frame in this state counts.
    pub class: usize,
    /// Whether it may follow on the last but one state, with the one between left out.
    pub skips: bool,
}

/// A loss that is −log Σ Π q over all ways of going through states in their order, one step a frame at most, q being the softmax of
/// each frame. The states that may follow on a state are of different classes, so that a path of classes is one alignment at most. An alignment begins in the first or the second state and ends in the last or the last but one.
pub trait Alignments: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// The states for a sequence of labels.
    fn states(constants: &[f64; CONSTANTS], labels: &[usize]) -> Vec<State>;

    /// The label that is padding; negative ones are too.
    fn filler(constants: &[f64; CONSTANTS]) -> f64;

    /// What a target may be.
    #[must_use]
    fn target(_params: &[Value]) -> Domain {
        Self::INFO.target
    }

    /// Why there is no such loss.
    #[must_use]
    fn refusal(_params: &[Value]) -> Option<&'static str> {
        None
    }

    /// The constants, from the parameters. By default the numbers among them, in order.
    #[must_use]
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        formula_constants(Self::INFO.params, params)
    }
}
