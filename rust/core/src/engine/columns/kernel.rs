//! What is compiled once per loss: its formula over a segment.

use crate::families::{Columns, MOST, Point};
use crate::loss::{CONSTANTS, Value};
use crate::simd::{self, Body, Level};
use std::array;
use std::marker::PhantomData;

/// Elements that are computed side by side; segments are so many times some whole number.
pub const LANES: usize = 16;

/// A segment of elements, column by column: what is given of each, what predicts it, and where the losses go with their
/// derivatives. There are as many as losses, or more of them; columns that a loss does not have may hold anything.
pub struct Points<'a> {
    /// Targets.
    pub y: [&'a [f64]; MOST],
    /// Predictions.
    pub x: [&'a [f64]; MOST],
    /// Losses.
    pub value: &'a mut [f64],
    /// First derivatives.
    pub first: [&'a mut [f64]; MOST],
    /// Second derivatives.
    pub second: [&'a mut [f64]; MOST],
}

/// What is compiled of a loss.
#[derive(Clone, Copy)]
pub struct Kernels {
    /// Its formula.
    pub kernel: Kernel,
    of_classes: fn(&[Value]) -> Vec<[f64; MOST]>,
}

impl Kernels {
    /// That of a loss.
    #[must_use]
    pub const fn of<L: Columns<P, Q>, const P: usize, const Q: usize>() -> Kernels {
        Kernels { kernel: kernel::<L, P, Q>, of_classes: of_classes::<L, P, Q> }
    }

    /// What the formula is given of each class, from the parameters.
    #[must_use]
    pub fn of_classes(&self, params: &[Value]) -> Vec<[f64; MOST]> {
        (self.of_classes)(params)
    }
}

fn of_classes<L: Columns<P, Q>, const P: usize, const Q: usize>(params: &[Value]) -> Vec<[f64; MOST]> {
    let room = |numbers: [f64; Q]| array::from_fn(|i| numbers.get(i).copied().unwrap_or_default());
    L::of_classes(params).into_iter().map(room).collect()
}

/// A loss's compiled formula: with the expected second derivatives where `expected`.
pub type Kernel = fn(Level, &[f64; CONSTANTS], bool, Points<'_>);

fn kernel<L: Columns<P, Q>, const P: usize, const Q: usize>(
    level: Level,
    constants: &[f64; CONSTANTS],
    expected: bool,
    points: Points<'_>,
) {
    simd::dispatch(level, Run::<L, P, Q> { constants, expected, points, loss: PhantomData });
}

/// What is to be done for each of the first so many columns, written out: a loop of few turns keeps the one around it from becoming
/// vector code.
macro_rules! each {
    ($count:expr, $c:ident => $body:block) => {{
        const { assert!(MOST == 4) };
        if $count > 0 {
            let $c = 0;
            $body
        }
        if $count > 1 {
            let $c = 1;
            $body
        }
        if $count > 2 {
            let $c = 2;
            $body
        }
        if $count > 3 {
            let $c = 3;
            $body
        }
    }};
}

struct Run<'a, L, const P: usize, const Q: usize> {
    constants: &'a [f64; CONSTANTS],
    expected: bool,
    points: Points<'a>,
    loss: PhantomData<L>,
}

impl<L: Columns<P, Q>, const P: usize, const Q: usize> Body for Run<'_, L, P, Q> {
    type Output = ();
    const WIDEST: bool = false; // for the size of what there is of every loss

    #[inline(always)]
    fn run(self) {
        let Run { constants, expected, points, .. } = self;
        for start in (0..points.value.len()).step_by(LANES) {
            // In arrays of a known length the loop below becomes vector code.
            let (mut y, mut x) = ([[0.0; LANES]; Q], [[0.0; LANES]; P]);
            let (mut value, mut first, mut second) = ([0.0; LANES], [[0.0; LANES]; P], [[0.0; LANES]; P]);
            for c in 0..Q {
                y[c].copy_from_slice(&points.y[c][start..start + LANES]);
            }
            for c in 0..P {
                x[c].copy_from_slice(&points.x[c][start..start + LANES]);
            }
            for i in 0..LANES {
                let (mut given, mut predicted, mut lost) = ([0.0; Q], [0.0; P], false);
                each!(Q, c => {
                    given[c] = y[c][i];
                    lost |= given[c].is_nan();
                });
                each!(P, c => {
                    predicted[c] = x[c][i];
                    lost |= predicted[c].is_nan();
                });
                let point: Point<P> = L::at(constants, given, predicted);
                value[i] = if lost { f64::NAN } else { point.value };
                each!(P, c => {
                    first[c][i] = if lost { f64::NAN } else { point.first[c] };
                    let bend = if expected { point.expected[c] } else { point.second[c] };
                    second[c][i] = if lost { f64::NAN } else { bend };
                });
            }
            points.value[start..start + LANES].copy_from_slice(&value);
            for c in 0..P {
                points.first[c][start..start + LANES].copy_from_slice(&first[c]);
                points.second[c][start..start + LANES].copy_from_slice(&second[c]);
            }
        }
    }
}
