//! What is compiled once per loss: the terms of scores of a side.

use super::super::blocks::SEGMENT;
use crate::families::Opposed;
use crate::loss::Side;
use crate::number::compensated::two_sum;
use crate::number::{select, wide};
use crate::simd::{self, Body, Level};
use std::marker::PhantomData;

/// Scores that are computed at a time.
pub const PIECE: usize = SEGMENT / 4;

/// Of each of some scores a loss and its two derivatives.
pub type Three = [[f64; PIECE]; 3];

/// Computes them of scores of a side, seen relative to a mean.
pub type Terms = fn(Level, Side, &[f64], (f64, f64), &mut Three);

/// [`Terms`] of a loss.
pub fn terms<L: Opposed>(level: Level, side: Side, x: &[f64], mean: (f64, f64), three: &mut Three) {
    simd::dispatch(level, Relative::<L> { terms: Term { side, mean, loss: PhantomData }, x, three });
}

struct Relative<'a, L> {
    terms: Term<L>,
    x: &'a [f64],
    three: &'a mut Three,
}

impl<L: Opposed> Body for Relative<'_, L> {
    type Output = ();
    const WIDEST: bool = false; // for the size of what there is of every loss

    #[inline(always)]
    fn run(self) {
        let [value, slope, bend] = self.three;
        let n = self.x.len();
        wide::each(&self.terms, [self.x; 3], [&mut value[..n], &mut slope[..n], &mut bend[..n]]);
    }
}

/// The term of a score, given the mean of the other side.
struct Term<L> {
    side: Side,
    mean: (f64, f64),
    loss: PhantomData<L>,
}

impl<L: Opposed> wide::Each for Term<L> {
    #[inline(always)]
    fn each(&self, [x, ..]: [f64; 3]) -> [f64; 3] {
        let (difference, lost) = two_sum(x, -self.mean.0);
        let low = lost - self.mean.1;
        L::term(self.side, (difference, select(low.abs() < f64::INFINITY, low, 0.0)))
    }
}
