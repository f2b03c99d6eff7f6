//! What was asked for, and where it goes.

use super::curvature::Curve;
use super::entry::{Entry, Settings};
use super::memory::{Part, Sink, View};
use super::sums::Totals;
use super::wanted::Wanted;
use crate::simd::{self, Level};
use std::sync::Mutex;

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
    /// How many elements of `x` have one loss together: the classes of a row, the elements of a set, the frames of a sequence times
    /// their classes. Otherwise 1.
    pub classes: usize,
    /// Of sequences: how many classes a frame has, and which frames count (0: not).
    pub frame: (usize, Option<View<'a>>),
    /// Targets. Row-wise: rows of probabilities like `x`, or one class index a row.
    pub y: View<'a>,
    /// Whether `y` has one class index a row. Their numbers do not tell where a row is of one class.
    pub indices: bool,
    /// Predictions; row-wise, rows of classes. Where an output is `x` itself the view is [`View::replaced`]; an error must leave
    /// the predictions as they are, so everything is checked first.
    pub x: View<'a>,
    /// Weights of the unreduced losses.
    pub weight: Option<View<'a>>,
    /// Which unreduced losses count (0: not).
    pub mask: Option<View<'a>>,
    /// How the losses become one number.
    pub reduction: Reduction,
    /// What that is of, where these losses are a part of it: a mean is over all.
    pub whole: Option<&'a Totals>,
    /// What to compute.
    pub wanted: Wanted,
    /// Where it goes.
    pub outputs: Outputs<'a>,
    /// Whether unreduced values are added to what is there.
    pub accumulate: bool,
    /// Whether outputs are the caller's arrays, which stay as they are where there is an error. Only into them it pays to stream, for the
    /// pages of a fresh array come through the caches anyway when the system clears them.
    pub outputs_given: bool,
    /// What second derivatives are made from.
    pub curve: Curve,
    /// A floor under second derivatives, before weights.
    pub min_hessian: Option<f64>,
    /// How many threads may work, the caller among them.
    pub threads: usize,
    /// Which instructions to use.
    pub level: Level,
    /// What the arguments are called in errors: the target's name and the prediction's.
    pub names: (&'static str, &'static str),
}

impl<'a> Request<'a> {
    /// The mean of the values, on one thread; for `..Request::new(…)`.
    #[must_use]
    pub fn new(entry: &'a Entry, settings: &'a Settings, y: View<'a>, x: View<'a>) -> Self {
        Request {
            entry,
            settings,
            classes: 1,
            frame: (1, None),
            indices: y.len() != x.len(),
            y,
            x,
            weight: None,
            mask: None,
            reduction: Reduction::Mean,
            whole: None,
            wanted: Wanted::VALUE,
            outputs: Outputs::default(),
            accumulate: false,
            outputs_given: false,
            curve: Curve::EXACT,
            min_hessian: None,
            threads: 1,
            level: simd::active(),
            names: ("y_true", "y_pred"),
        }
    }

    /// How many unreduced losses there are.
    #[must_use]
    pub fn losses(&self) -> usize {
        self.x.len() / self.classes.max(1)
    }

    /// Whether an unreduced loss is neither masked nor of weight 0, which is a mask that stays in the count of a mean.
    #[must_use]
    pub fn counts(&self, loss: usize) -> bool {
        [&self.mask, &self.weight].into_iter().flatten().all(|view| {
            let mut number = [0.0];
            view.read(loss, &mut number);
            number[0] != 0.0
        })
    }
}

/// Where results go.
#[derive(Default)]
pub struct Outputs<'a> {
    /// Unreduced values; there exactly when values are wanted and the reduction is [`Reduction::None`].
    pub value: Option<Sink<'a>>,
    /// First derivatives, in the shape of the predictions.
    pub grad: Option<Sink<'a>>,
    /// Second derivatives, in the shape of the predictions.
    pub hess: Option<Sink<'a>>,
    /// What a reduction is made of, in the place of its value.
    pub totals: Option<&'a Mutex<Totals>>,
}

impl Outputs<'_> {
    /// The parts of tasks of so many losses, each of so many classes; without end where there is nothing to write.
    pub fn parts(&mut self, losses: usize, classes: usize) -> impl Iterator<Item = Parts<'_>> {
        let mut value = self.value.as_mut().map(|sink| sink.parts(losses));
        let mut grad = self.grad.as_mut().map(|sink| sink.parts(losses * classes));
        let mut hess = self.hess.as_mut().map(|sink| sink.parts(losses * classes));
        std::iter::repeat_with(move || Parts {
            value: value.as_mut().and_then(Iterator::next),
            grad: grad.as_mut().and_then(Iterator::next),
            hess: hess.as_mut().and_then(Iterator::next),
        })
    }
}

/// A task's parts of the outputs.
#[derive(Debug, Default)]
pub struct Parts<'a> {
    /// Of the unreduced values.
    pub value: Option<Part<'a>>,
    /// Of the first derivatives.
    pub grad: Option<Part<'a>>,
    /// Of the second derivatives.
    pub hess: Option<Part<'a>>,
}
