//! What is compiled once per loss: its formula over a segment.

use crate::families::{COLUMNS, Columns, Point};
use crate::loss::CONSTANTS;
use crate::simd::{self, Body, Level};
use std::marker::PhantomData;

/// A segment of elements: of each its target and, column by column, its predictions; and where the losses go, with their
/// derivatives, again column by column.
pub struct Points<'a> {
    /// Targets.
    pub y: &'a [f64],
    /// Predictions.
    pub x: [&'a [f64]; COLUMNS],
    /// Losses.
    pub value: &'a mut [f64],
    /// First derivatives.
    pub first: [&'a mut [f64]; COLUMNS],
    /// Second derivatives.
    pub second: [&'a mut [f64]; COLUMNS],
}

/// A loss's compiled code: with the expected second derivatives where `expected`.
pub type Kernel = fn(Level, &[f64; CONSTANTS], bool, Points<'_>);

/// That of a loss.
pub fn kernel<L: Columns>(level: Level, constants: &[f64; CONSTANTS], expected: bool, points: Points<'_>) {
    simd::dispatch(level, Run::<L> { constants, expected, points, loss: PhantomData });
}

struct Run<'a, L> {
    constants: &'a [f64; CONSTANTS],
    expected: bool,
    points: Points<'a>,
    loss: PhantomData<L>,
}

impl<L: Columns> Body for Run<'_, L> {
    type Output = ();
    const WIDEST: bool = false; // for the size of what there is of every loss

    #[inline(always)]
    fn run(self) {
        let Run {
            constants, expected, points: Points { y, x: [a, b], value, first: [da, db], second: [ea, eb] }, ..
        } = self;
        let n = y.len();
        let (a, b, value) = (&a[..n], &b[..n], &mut value[..n]);
        let (da, db, ea, eb) = (&mut da[..n], &mut db[..n], &mut ea[..n], &mut eb[..n]);
        for i in 0..n {
            let Point { value: loss, first, second, expected: fisher } = L::at(constants, y[i], [a[i], b[i]]);
            let lost = y[i].is_nan() | a[i].is_nan() | b[i].is_nan();
            let or_nan = |number: f64| if lost { f64::NAN } else { number };
            value[i] = or_nan(loss);
            (da[i], db[i]) = (or_nan(first[0]), or_nan(first[1]));
            (ea[i], eb[i]) = if expected { (fisher[0], fisher[1]) } else { (second[0], second[1]) };
            (ea[i], eb[i]) = (or_nan(ea[i]), or_nan(eb[i]));
        }
    }
}
