//! What is compiled once per loss: its terms, added up and differentiated, and the function of the sums.

use crate::families::{SUMS, Sums, Whole};
use crate::loss::CONSTANTS;
use crate::number::real::times;
use crate::number::wide::WAYS;
use crate::number::{Jet, Real, compensated, select};
use crate::simd::{self, Body, Level};
use std::marker::PhantomData;

/// Elements of a set: targets, predictions, and 1 minus predictions.
#[derive(Clone, Copy)]
pub struct Elements<'a> {
    /// Targets.
    pub y: &'a [f64],
    /// Predictions.
    pub x: &'a [f64],
    /// 1 minus predictions.
    pub rest: &'a [f64],
}

/// Sums in two parts each.
pub type Totals = [(f64, f64); SUMS];

/// First and second derivatives, by what is known of their set.
type Derivatives = fn(Level, &[f64; CONSTANTS], &Whole, Elements<'_>, [&mut [f64]; 2]);

/// The constants for a set that is computed in the other way, from those of the loss and its sums.
type Near = fn(&[f64; CONSTANTS], [f64; SUMS]) -> Option<[f64; CONSTANTS]>;

/// A loss's compiled code.
#[derive(Clone, Copy)]
pub struct Kernels {
    /// For sets in general.
    pub own: Code,
    /// For sets whose sums have lost what matters.
    pub near: Code,
    /// [`Sums::near`].
    pub constants_near: Near,
    /// [`Sums::SCALE_FREE`].
    pub scale_free: bool,
    /// [`Sums::faint`].
    pub faint: fn(&[f64; CONSTANTS]) -> bool,
}

/// What is compiled of a way of computing a loss.
#[derive(Clone, Copy)]
pub struct Code {
    /// Adds the terms of elements to the sums.
    pub add: fn(Level, &[f64; CONSTANTS], Elements<'_>, &mut Totals),
    /// The loss from the sums.
    pub whole: fn(Level, &[f64; CONSTANTS], [f64; SUMS]) -> Whole,
    /// The first and second derivatives of elements.
    pub derive: Derivatives,
    /// [`Sums::PEAKS`].
    peaks: bool,
}

impl Kernels {
    /// Those of a loss.
    #[must_use]
    pub const fn of<L: Sums>() -> Self {
        Kernels {
            own: Code::of::<L>(),
            near: Code::of::<L::Near>(),
            constants_near: L::near,
            scale_free: L::SCALE_FREE,
            faint: L::faint,
        }
    }
}

impl Code {
    const fn of<L: Sums>() -> Self {
        Code { add: add::<L>, whole: whole::<L>, derive: derive::<L>, peaks: L::PEAKS }
    }

    /// The sums of no elements.
    pub const fn nothing(&self) -> Totals {
        [(nothing(self.peaks), 0.0); SUMS]
    }

    /// The sums of more elements.
    pub fn join(&self, totals: &mut Totals, more: &Totals) {
        for (total, more) in totals.iter_mut().zip(more) {
            let sum = compensated::add_double(*total, compensated::fast_two_sum(more.0, more.1));
            let near = joined(self.peaks, total.0, more.0);
            *total = if self.peaks { (near, 0.0) } else { bounded(sum, near) };
        }
    }
}

/// What is found of no elements.
const fn nothing(peaks: bool) -> f64 {
    if peaks { f64::NEG_INFINITY } else { 0.0 }
}

/// What is found of two parts: their sum, or the larger, NaN where either is.
#[inline(always)]
fn joined(peaks: bool, a: f64, b: f64) -> f64 {
    if !peaks {
        a + b
    } else if (b > a) | b.is_nan() {
        b
    } else {
        a
    }
}

fn add<L: Sums>(level: Level, constants: &[f64; CONSTANTS], elements: Elements<'_>, totals: &mut Totals) {
    let found = simd::dispatch(level, Add::<L> { constants, elements, loss: PhantomData });
    for (total, sum) in totals.iter_mut().zip(found) {
        let near = joined(L::PEAKS, total.0, sum);
        *total = if L::PEAKS { (near, 0.0) } else { bounded(compensated::plus(*total, sum), near) };
    }
}

/// A sum in two parts, given what it is near to: alone where that is infinite, for the low part would be NaN.
fn bounded(sum: (f64, f64), near: f64) -> (f64, f64) {
    if near.is_finite() { sum } else { (near, 0.0) }
}

fn whole<L: Sums>(level: Level, constants: &[f64; CONSTANTS], sums: [f64; SUMS]) -> Whole {
    simd::dispatch(level, Solve::<L> { constants, sums, loss: PhantomData })
}

struct Solve<'a, L> {
    constants: &'a [f64; CONSTANTS],
    sums: [f64; SUMS],
    loss: PhantomData<L>,
}

impl<L: Sums> Body for Solve<'_, L> {
    type Output = Whole;
    const WIDEST: bool = false; // for the size of what there is of every loss

    #[inline(always)]
    fn run(self) -> Whole {
        L::whole(self.constants, self.sums)
    }
}

struct Add<'a, L> {
    constants: &'a [f64; CONSTANTS],
    elements: Elements<'a>,
    loss: PhantomData<L>,
}

impl<L: Sums> Body for Add<'_, L> {
    type Output = [f64; SUMS];
    const WIDEST: bool = false; // as above

    #[inline(always)]
    fn run(self) -> [f64; SUMS] {
        let Elements { y, x, rest } = self.elements;
        let mut sums = [[nothing(L::PEAKS); WAYS]; SUMS];
        let ((y, y_last), (x, x_last), (rest, rest_last)) = (y.as_chunks(), x.as_chunks(), rest.as_chunks());
        for ((y, x), rest) in y.iter().zip(x).zip(rest) {
            add_each::<L>(self.constants, y, x, rest, &mut sums);
        }
        for (i, ((y, x), rest)) in y_last.iter().zip(x_last).zip(rest_last).enumerate() {
            let terms = L::terms::<f64>(self.constants, *y, *x, *rest);
            for (sum, term) in sums.iter_mut().zip(terms) {
                sum[i] = joined(L::PEAKS, sum[i], term);
            }
        }
        let [a, b, c] = &sums;
        [all::<L>(a), all::<L>(b), all::<L>(c)]
    }
}

// The loops below are over arrays of a known length, each with results of its own: that is what makes vector code of them.

/// All lanes together.
#[inline(always)]
fn all<L: Sums>(lanes: &[f64; WAYS]) -> f64 {
    let mut halves = [0.0; WAYS / 2];
    for i in 0..WAYS / 2 {
        halves[i] = joined(L::PEAKS, lanes[i], lanes[i + WAYS / 2]);
    }
    let [a, b, c, d] = halves;
    joined(L::PEAKS, joined(L::PEAKS, a, b), joined(L::PEAKS, c, d))
}

#[inline(always)]
fn add_each<L: Sums>(
    constants: &[f64; CONSTANTS],
    y: &[f64; WAYS],
    x: &[f64; WAYS],
    rest: &[f64; WAYS],
    sums: &mut [[f64; WAYS]; SUMS],
) {
    let [a, b, c] = sums;
    for i in 0..WAYS {
        let terms = L::terms::<f64>(constants, y[i], x[i], rest[i]);
        a[i] = joined(L::PEAKS, a[i], terms[0]);
        b[i] = joined(L::PEAKS, b[i], terms[1]);
        c[i] = joined(L::PEAKS, c[i], terms[2]);
    }
}

fn derive<L: Sums>(
    level: Level,
    constants: &[f64; CONSTANTS],
    whole: &Whole,
    elements: Elements<'_>,
    [first, second]: [&mut [f64]; 2],
) {
    simd::dispatch(level, Derive::<L> { constants, whole: *whole, elements, first, second, loss: PhantomData });
}

struct Derive<'a, L> {
    constants: &'a [f64; CONSTANTS],
    whole: Whole,
    elements: Elements<'a>,
    first: &'a mut [f64],
    second: &'a mut [f64],
    loss: PhantomData<L>,
}

impl<L: Sums> Body for Derive<'_, L> {
    type Output = ();
    const WIDEST: bool = false; // as above

    #[inline(always)]
    fn run(self) {
        let Derive { constants, whole, elements: Elements { y, x, rest }, first, second, .. } = self;
        let ((y, y_last), (x, x_last), (rest, rest_last)) = (y.as_chunks(), x.as_chunks(), rest.as_chunks());
        let ((first, first_last), (second, second_last)) = (first.as_chunks_mut(), second.as_chunks_mut());
        for ((((y, x), rest), first), second) in y.iter().zip(x).zip(rest).zip(first).zip(second) {
            [*first, *second] = derive_each::<L>(constants, &whole, [y, x, rest]);
        }
        let mut last = [[0.0; WAYS]; 3];
        for (block, few) in last.iter_mut().zip([y_last, x_last, rest_last]) {
            block[..few.len()].copy_from_slice(few);
        }
        let [first, second] = derive_each::<L>(constants, &whole, last.each_ref());
        first_last.copy_from_slice(&first[..first_last.len()]);
        second_last.copy_from_slice(&second[..second_last.len()]);
    }
}

#[inline(always)]
fn derive_each<L: Sums>(
    constants: &[f64; CONSTANTS],
    Whole { slope, turn, bend, .. }: &Whole,
    [y, x, rest]: [&[f64; WAYS]; 3],
) -> [[f64; WAYS]; 2] {
    let (mut first, mut second) = ([0.0; WAYS], [0.0; WAYS]);
    for i in 0..WAYS {
        let variable = Jet::variable(x[i]);
        let [a, b, c] = L::terms(constants, y[i], variable, variable.chain((rest[i], -1.0, 0.0)));
        let along = |by: &[f64; SUMS]| 0.0 + times(a.first, by[0]) + times(b.first, by[1]) + times(c.first, by[2]);
        let bent = |term: Jet<f64>, m: usize| times(term.second, slope[m]) + times(term.first, term.first * bend[m]);
        let (own, turned, bent) = (along(slope), along(turn), 0.0 + bent(a, 0) + bent(b, 1) + bent(c, 2));
        // Enormous prices turn without bound where there is nothing to turn.
        (first[i], second[i]) = (own, select(own == 0.0, bent, turned.mul_add(own, bent)));
    }
    [first, second]
}
