//! What was asked for, and what comes back.

use super::entry::{Entry, Settings};
use super::memory::{Sink, View};
use super::wanted::Wanted;
use crate::simd::Level;

/// How the losses of the elements become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reduction {
    /// Not at all: w·l.
    None,
    /// Σ w·l.
    Sum,
    /// Σ w·l / number of valid elements.
    Mean,
    /// Σ w·l / Σ w.
    WeightedMean,
}

/// One evaluation of a loss. Its arrays have matching sizes: whoever makes it has checked.
pub struct Request<'a> {
    /// The loss.
    pub entry: &'a Entry,
    /// Its parameters.
    pub settings: &'a Settings,
    /// Row-wise: how many classes a row of `x` has. Otherwise 1.
    pub classes: usize,
    /// Targets. Row-wise: rows of shares like `x`, or one class index a row.
    pub y: View<'a>,
    /// Predictions; row-wise, rows of classes.
    pub x: View<'a>,
    /// Weights of the unreduced losses.
    pub weight: Option<View<'a>>,
    /// Which unreduced losses count (0: not).
    pub mask: Option<View<'a>>,
    /// How the losses become one number.
    pub reduction: Reduction,
    /// What to compute.
    pub wanted: Wanted,
    /// Where unreduced values go; there exactly when values are wanted and the reduction is `None`.
    pub value: Option<Sink<'a>>,
    /// Whether unreduced values are added to what is there.
    pub accumulate: bool,
    /// Where first derivatives go, in the shape of `x`.
    pub grad: Option<Sink<'a>>,
    /// Where second derivatives go, in the shape of `x`.
    pub hess: Option<Sink<'a>>,
    /// Whether an output is `x` itself, so that no block of `x` may be borrowed. An error must leave the predictions as they are,
    /// so everything is checked first.
    pub in_place: bool,
    /// Whether outputs are the caller's arrays: only into them it pays to stream, for the pages of a fresh array come through the
    /// caches anyway when the system clears them.
    pub outputs_given: bool,
    /// A floor under second derivatives, before weights.
    pub min_hessian: Option<f64>,
    /// How many threads may work, the caller among them.
    pub threads: usize,
    /// Which instructions to use.
    pub level: Level,
    /// What the arguments are called in errors: the target's name and the prediction's.
    pub names: (&'static str, &'static str),
}
