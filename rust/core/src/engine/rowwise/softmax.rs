//! Softmax of a row as terms e = exp(z − max) (or p/max), with the sum of all of them but one of the maximum's own.
//!
//! That sum, `rest`, is all that is left of 1 − q where a row is confident, so it must never meet the maximum's 1: with S = 1 + rest,
//! ℓ = log e − log1p(rest), q = e/S and 1 − q = (S − e)/S, which is rest/S exactly for the maximum. Sums are kept in float64 and,
//! of float64 terms, with their rounding errors.

use crate::number::{Float, functions as f, select};

/// z − m, 0 where they are equal, and its rounding error.
#[inline(always)]
fn difference<T: Float>(z: T, m: T) -> (T, T) {
    let d = z - m;
    let back = d - z;
    let lost = (z - (d - back)) - (m + back);
    (select(z == m, T::ZERO, d), select(lost.abs() < T::ONE, lost, T::ZERO))
}

/// The terms of some classes: their probabilities over the maximum's.
#[inline(always)]
pub(super) fn terms<T: Float, const RAW: bool, const N: usize>(x: &[T; N], m: &[T; N], e: &mut [T; N]) {
    for i in 0..N {
        e[i] = term::<T, RAW>(x[i], m[i]);
    }
}

/// A class's term.
#[inline(always)]
pub(super) fn term<T: Float, const RAW: bool>(x: T, m: T) -> T {
    if RAW { f::exp_difference(x, m) } else { select(x == m, T::ONE, x / m) }
}

/// The logarithm of a class's term, and what has to be added to it.
#[inline(always)]
fn log_term<T: Float, const RAW: bool>(x: T, m: T) -> (T, T) {
    if RAW {
        return difference(x, m);
    }
    // Far below the maximum, the quotient may lose digits to underflow unless it is lifted.
    let (lift, exponent) = T::LIFT;
    let far = x < m * (T::ONE / lift);
    let quotient = select(far, x * lift, x) / m;
    (select(x == m, T::ZERO, f::log(quotient)), select(far, -(exponent * T::LN_2), T::ZERO))
}

/// A class's log-probability, given log1p(rest).
#[inline(always)]
pub(super) fn log_probability<T: Float, const RAW: bool>(x: T, m: T, log1p_rest: T) -> T {
    let (high, low) = log_term::<T, RAW>(x, m);
    high + (low - log1p_rest)
}

/// S − e: rest itself for the maximum.
#[inline(always)]
pub(super) fn others<T: Float>(e: T, rest: T) -> T {
    select(e == T::ONE, rest, T::ONE + (rest - e))
}

/// a/(1 + rest), the rounding of 1 + rest corrected.
#[inline(always)]
pub(super) fn over_sum<T: Float>(a: T, rest: T) -> T {
    let sum = T::ONE + rest;
    let low = rest - (sum - T::ONE);
    let inverse = T::ONE / sum;
    let quotient = a * inverse;
    let remainder = (-quotient).mul_add(low, (-quotient).mul_add(sum, a));
    select(remainder.abs() < T::INFINITY, remainder.mul_add(inverse, quotient), quotient)
}

/// Lanes of a sum of terms.
pub(super) struct Terms<T, const N: usize> {
    /// The terms below 1, and the rounding errors.
    high: [f64; N],
    low: [f64; N],
    /// How many terms are 1.
    ones: [T; N],
}

impl<T: Float, const N: usize> Terms<T, N> {
    #[inline(always)]
    pub fn new() -> Self {
        Terms { high: [0.0; N], low: [0.0; N], ones: [T::ZERO; N] }
    }

    /// Adds a term to each lane but the first `skipped`.
    #[inline(always)]
    pub fn add<const SKIP: bool>(&mut self, e: &[T; N], skipped: usize) {
        let Terms { high, low, ones } = self;
        for i in 0..N {
            let one = e[i] == T::ONE;
            let out = SKIP && i < skipped;
            ones[i] = ones[i] + select(one & !out, T::ONE, T::ZERO);
            let value = select(one | out, T::ZERO, e[i]).to_f64();
            if T::SINGLE {
                high[i] += value;
            } else {
                let (sum, error) = two_sum(high[i], value);
                high[i] = sum;
                low[i] += error;
            }
        }
    }

    /// A lane's sum without one of the maximum's own terms.
    #[inline(always)]
    pub fn rest<const RAW: bool>(&self, lane: usize, m: T) -> T {
        rest::<T, RAW>(self.high[lane] + self.low[lane], self.ones[lane].to_f64(), m)
    }

    /// All lanes together.
    #[inline(always)]
    pub fn fold(mut self) -> Sum {
        let mut width = N / 2;
        while width > 0 {
            for i in 0..width {
                let (sum, error) = two_sum(self.high[i], self.high[i + width]);
                self.high[i] = sum;
                self.low[i] += self.low[i + width] + error;
                self.ones[i] = self.ones[i] + self.ones[i + width];
            }
            width /= 2;
        }
        Sum { high: self.high[0], low: self.low[0], ones: self.ones[0].to_f64() }
    }
}

/// The terms of a part of a row, against the maximum so far.
#[derive(Clone, Copy)]
pub(super) struct Sum {
    high: f64,
    low: f64,
    ones: f64,
}

impl Sum {
    pub const ZERO: Sum = Sum { high: 0.0, low: 0.0, ones: 0.0 };

    /// The sum against a maximum `factor` times larger: no term is the maximum's own any more.
    #[inline(always)]
    pub fn below(self, factor: f64) -> Sum {
        let (high, low) = two_sum(self.high, self.ones);
        Sum { high: high * factor, low: (low + self.low) * factor, ones: 0.0 }
    }
    /// Adds the terms of a later part, against the same maximum.
    #[inline(always)]
    pub fn plus(self, later: Sum) -> Sum {
        let (high, error) = two_sum(self.high, later.high);
        Sum { high, low: self.low + later.low + error, ones: self.ones + later.ones }
    }
    /// The sum without one of the maximum's own terms.
    #[inline(always)]
    pub fn rest<T: Float, const RAW: bool>(self, m: T) -> T {
        rest::<T, RAW>(self.high + self.low, self.ones, m)
    }
}

/// NaN where the row has no softmax: several infinite logits, or probabilities that are all 0.
#[inline(always)]
fn rest<T: Float, const RAW: bool>(below: f64, ones: f64, m: T) -> T {
    let infinite = (m.abs() == T::INFINITY) & (ones > 1.0);
    let void = if RAW { infinite } else { infinite | (m == T::ZERO) };
    select(void, T::NAN, T::lit(below + (ones - 1.0)))
}

#[inline(always)]
fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let sum = a + b;
    let back = sum - a;
    (sum, (a - (sum - back)) + (b - back))
}
