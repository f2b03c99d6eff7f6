//! Losses that are no compiled formulas but programs, made when they were defined: what is around the kernels of any other loss is
//! around theirs.

use super::columns::Points;
use super::kernel::Blocks;
use super::wanted::Wanted;
use crate::error::Error;
use crate::simd::Level;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

/// Why a program gave up: a number of its own, which it has words for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure(pub i32);

/// Whole rows of classes, all of which count and are within their domains. An output that is not wanted is empty.
pub struct Rows<'a, T> {
    /// How many classes a row has.
    pub classes: usize,
    /// The targets.
    pub y: Targets<'a, T>,
    /// The predictions.
    pub x: &'a [T],
    /// The values, one a row.
    pub value: &'a mut [T],
    /// The first derivatives, in the shape of the predictions.
    pub grad: &'a mut [T],
    /// The second derivatives, likewise: the diagonals.
    pub hess: &'a mut [T],
}

/// The targets of rows.
#[derive(Clone, Copy)]
pub enum Targets<'a, T> {
    /// The index of a class for each row.
    Indices(&'a [i64]),
    /// Rows like those of the predictions.
    Rows(&'a [T]),
}

/// What computes a loss in one type.
pub trait Interpreter<T>: Send + Sync {
    /// Computes blocks of elements: derivatives multiplied by the scale, and NaN wherever an input is.
    ///
    /// # Errors
    /// Where the program gives up.
    fn run(&self, level: Level, wanted: Wanted, scale: T, blocks: &mut Blocks<'_, T>) -> Result<(), Failure>;

    /// The same of arrays that no cache holds: what comes after the blocks is fetched meanwhile.
    ///
    /// # Errors
    /// Where the program gives up.
    fn run_far(&self, level: Level, wanted: Wanted, scale: T, blocks: &mut Blocks<'_, T>) -> Result<(), Failure>;

    /// Computes rows, of a row-wise loss.
    ///
    /// # Errors
    /// Where the program gives up, or is none of rows.
    fn run_rows(&self, rows: &mut Rows<'_, T>) -> Result<(), Failure>;
}

/// What computes a loss of columns.
pub trait OfColumns: Send + Sync {
    /// Computes columns in whole blocks: of what is wanted, NaN wherever an input is; the rest of the outputs may hold anything.
    fn run(&self, level: Level, wanted: Wanted, points: Points<'_>);
}

/// What a program sees at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sees {
    /// Elements.
    Elements,
    /// Classes of rows, with the logarithms of their probabilities for predictions: softmax is the engine's.
    Classes {
        /// Whether one without a share of the target adds nothing.
        zero_share_is_nothing: bool,
    },
    /// Elements with several numbers of a target, or several that predict it.
    Columns {
        /// How many of a target,
        targets: usize,
        /// and how many predict it.
        predictions: usize,
    },
    /// Whole rows.
    Rows,
}

/// A loss as a program for both types.
pub trait Interpreted: Debug + Send + Sync {
    /// What it sees at a time.
    fn sees(&self) -> Sees;
    /// For float32.
    fn single(&self) -> &dyn Interpreter<f32>;
    /// For float64.
    fn double(&self) -> &dyn Interpreter<f64>;
    /// Of classes, the same with derivatives with respect to their probabilities, for float32
    fn single_in_q(&self) -> Option<&dyn Interpreter<f32>> {
        None
    }
    /// and for float64.
    fn double_in_q(&self) -> Option<&dyn Interpreter<f64>> {
        None
    }
    /// Of columns, what computes them.
    fn of_columns(&self) -> Option<&dyn OfColumns> {
        None
    }
    /// Which derivatives it has: the first, and the second.
    fn derivatives(&self) -> [bool; 2];
    /// Why it gave up, in words.
    fn words(&self, failure: Failure) -> String;
}

/// A program that losses share; the same only as itself.
#[derive(Clone, Debug)]
pub struct Shared(pub Arc<dyn Interpreted>);

impl PartialEq for Shared {
    fn eq(&self, other: &Shared) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The first failure of a program, whichever task meets it.
#[derive(Default)]
pub struct Failures(Mutex<Option<(usize, Failure)>>);

impl Failures {
    /// Remembers a failure in what begins at that loss, where none comes before it.
    #[cold]
    #[inline(never)]
    pub fn record(&self, start: usize, failure: Failure) {
        let mut first = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if first.is_none_or(|(other, _)| start < other) {
            *first = Some((start, failure));
        }
    }

    /// The first one as an error, with the program's words.
    ///
    /// # Errors
    /// Where there was one.
    pub fn verdict(&self, program: Option<&Shared>) -> Result<(), Error> {
        let first = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (first, program) {
            (Some((_, failure)), Some(program)) => Err(Error::Failed(program.0.words(failure))),
            _ => Ok(()),
        }
    }
}
