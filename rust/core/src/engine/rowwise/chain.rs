//! The chain rule where every class has a share: from f′ and f″ of the classes to derivatives of the row.
//!
//! What a class gets from the others is a sum without its own term. Taken as a difference, it would be lost wherever one class has
//! nearly all of the sum, so the largest terms are kept apart ([`Parted`]), as the maximum's is in softmax.

use super::super::blocks::LANES;
use super::softmax::{others_parts, over_sum_parts};
use crate::number::real::times_or_nan;
use crate::number::{Float, select};

/// A sum with its largest terms kept apart.
#[derive(Clone, Copy)]
pub(super) struct Parted<T> {
    /// The largest magnitude.
    largest: T,
    /// The sum of the terms of that magnitude.
    high: T,
    /// The sum of the others.
    low: T,
}

impl<T: Float> Parted<T> {
    /// Of nothing.
    pub const NONE: Self = Parted { largest: T::ZERO, high: T::ZERO, low: T::ZERO };

    /// The sum.
    #[inline(always)]
    pub fn all(self) -> T {
        self.high + self.low
    }
    /// The sum of all terms but one.
    #[inline(always)]
    pub fn but(self, term: T) -> T {
        let largest = term.abs() == self.largest;
        select(largest, self.low + (self.high - term), self.high + (self.low - term))
    }
}

/// The sums of 64 rows side by side.
#[repr(C, align(64))]
pub(super) struct PartedLanes<T> {
    largest: [T; LANES],
    high: [f64; LANES],
    low: [f64; LANES],
}

impl<T: Float> PartedLanes<T> {
    /// Of nothing yet.
    pub const NONE: Self = PartedLanes { largest: [T::ZERO; LANES], high: [0.0; LANES], low: [0.0; LANES] };

    /// Over blocks of 64 rows.
    #[inline(always)]
    pub fn of(blocks: &[[T; LANES]]) -> Self {
        let mut sums = PartedLanes::NONE;
        sums.see(blocks);
        sums.add(blocks);
        sums
    }
    /// Looks for the largest terms; all blocks are seen before any is added.
    #[inline(always)]
    pub fn see(&mut self, blocks: &[[T; LANES]]) {
        let mut largest = self.largest;
        for block in blocks {
            for i in 0..LANES {
                largest[i] = largest[i].max(block[i].abs());
            }
        }
        self.largest = largest;
    }
    /// Makes the lanes pieces of one row.
    #[inline(always)]
    pub fn join(&mut self) {
        self.largest = [fold(self.largest, T::max); LANES];
    }
    /// Adds blocks.
    #[inline(always)]
    pub fn add(&mut self, blocks: &[[T; LANES]]) {
        let PartedLanes { largest, high, low } = self;
        for block in blocks {
            for i in 0..LANES {
                let (term, apart) = (block[i], block[i].abs() == largest[i]);
                high[i] += select(apart, term, T::ZERO).to_f64();
                low[i] += select(apart, T::ZERO, term).to_f64();
            }
        }
    }
    /// A row's sum.
    #[inline(always)]
    pub fn lane(&self, i: usize) -> Parted<T> {
        Parted { largest: self.largest[i], high: T::lit(self.high[i]), low: T::lit(self.low[i]) }
    }
    /// All lanes together.
    #[inline(always)]
    pub fn fold(&self) -> Parted<T> {
        let (high, low) = (fold(self.high, |a, b| a + b), fold(self.low, |a, b| a + b));
        Parted { largest: self.largest[0], high: T::lit(high), low: T::lit(low) }
    }
}

/// All lanes joined, halves first.
#[inline(always)]
pub(super) fn fold<T: Copy, const N: usize>(mut lanes: [T; N], join: impl Fn(T, T) -> T) -> T {
    let mut width = N / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] = join(lanes[i], lanes[i + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// What the chain rule needs of a row.
#[derive(Clone, Copy)]
pub(super) struct Row<T> {
    /// The maximum.
    pub m: T,
    /// The sum of the terms but the maximum's own.
    pub rest: T,
    /// What rounding took from that.
    low: T,
    /// One over the sum of the terms, and what rounding took from that.
    inverse: T,
    inverse_low: T,
}

impl<T: Float> Row<T> {
    #[inline(always)]
    pub fn new(m: T, rest: T, low: T) -> Self {
        let (inverse, inverse_low) = over_sum_parts(T::ONE, rest, low);
        Row { m, rest, low, inverse, inverse_low }
    }

    /// A number over the sum of the terms.
    #[inline(always)]
    fn over_sum(self, number: T) -> T {
        let low = select(number.abs() < T::INFINITY, number * self.inverse_low, T::ZERO);
        number.mul_add(self.inverse, low)
    }

    /// S − e: rest itself for the maximum.
    #[inline(always)]
    fn others(self, e: T) -> T {
        super::softmax::others(e, self.rest)
    }

    /// A class's gradient from its prediction and term, its f′ and the sum of these.
    #[inline(always)]
    pub fn grad<const RAW: bool>(self, x: T, e: T, first: T, firsts: Parted<T>) -> T {
        let pull = firsts.but(first);
        let (others, low) = others_parts(e, self.rest, self.low);
        if RAW {
            let lost = select(first.abs() < T::INFINITY, first * low, T::ZERO);
            self.over_sum(first.mul_add(others, e.mul_add(-pull, lost)))
        } else {
            self.over_sum(times_or_nan(first, others / x)) - times_or_nan(pull, self.inverse / self.m)
        }
    }

    /// A class's second derivative, likewise.
    #[inline(always)]
    pub fn hess<const RAW: bool>(self, x: T, e: T, first: T, firsts: Parted<T>, second: T, seconds: Parted<T>) -> T {
        let (others, bend) = (self.others(e), seconds.but(second));
        if RAW {
            let own = others * others.mul_add(second, -(e * firsts.all()));
            // A square alone might underflow.
            e.mul_add(e * bend, own) * self.inverse * self.inverse
        } else {
            let whole = self.inverse / self.m;
            let (apart, both) = (others * self.inverse / x, T::ONE / x + whole);
            let bent = times_or_nan(second, apart) - times_or_nan(first, both);
            // Either may be 0 where the other is infinite.
            let own = select(apart == T::ZERO, apart, times_or_nan(bent, apart));
            let bend = bend + firsts.but(first);
            let pull = times_or_nan(times_or_nan(bend, whole), whole);
            // Where both are beyond the largest number, their sum has the sign of what they are multiples of whole² of.
            let ratio = (T::ONE + self.rest) * self.m / x;
            let apart = others * self.inverse * ratio;
            let sign = times_or_nan(times_or_nan(second, apart) - times_or_nan(first, ratio + T::ONE), apart) + bend;
            let beyond = (own.abs() == T::INFINITY) & (pull.abs() == T::INFINITY);
            select(beyond, sign * T::INFINITY, own + pull)
        }
    }
}
