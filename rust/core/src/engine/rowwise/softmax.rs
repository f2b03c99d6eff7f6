//! Softmax of a row as terms e = exp(z − max) (or p/max), with the sum of all of them but one of the maximum's own.
//!
//! That sum, `rest`, is all that is left of 1 − q where a row is confident, so it must never meet the maximum's 1: with S = 1 + rest,
//! ℓ = log e − log1p(rest), q = e/S and 1 − q = (S − e)/S, which is rest/S exactly for the maximum. Sums are kept in float64 and,
//! of float64 terms, with their rounding errors.

use crate::number::float::two_sum;
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

/// S − e with what rounding takes from it, `low` being what it took from rest.
#[inline(always)]
pub(super) fn others_parts<T: Float>(e: T, rest: T, low: T) -> (T, T) {
    let less = rest - e;
    let back = less - rest;
    let error = (rest - (less - back)) - (e + back);
    let sum = T::ONE + less;
    let back = sum - T::ONE;
    let error = error + ((T::ONE - (sum - back)) + (less - back));
    let own = e == T::ONE;
    (select(own, rest, sum), select(own, low, error + low))
}

/// a/(1 + rest), with neither the rounding of 1 + rest nor that of rest.
#[inline(always)]
pub(super) fn over_sum<T: Float>(a: T, rest: T, low: T) -> T {
    let sum = T::ONE + rest;
    let back = sum - T::ONE;
    let low = low + ((T::ONE - (sum - back)) + (rest - back));
    let inverse = T::ONE / sum;
    let quotient = a * inverse;
    let remainder = (-quotient).mul_add(low, (-quotient).mul_add(sum, a));
    select(remainder.abs() < T::INFINITY, remainder.mul_add(inverse, quotient), quotient)
}

/// Sums of terms in lanes side by side.
#[repr(C, align(64))]
pub(super) struct Terms<T, const L: usize> {
    /// Those below 1.
    high: [f64; L],
    /// The rounding errors, of float64 terms; those of float32 terms do not matter in float64.
    low: [f64; L],
    /// How many are 1.
    ones: [T; L],
}

impl<T: Float, const L: usize> Terms<T, L> {
    pub const NONE: Self = Terms { high: [0.0; L], low: [0.0; L], ones: [T::ZERO; L] };

    /// Adds terms, each to the lane of its index modulo the lanes.
    #[inline(always)]
    pub fn add<const N: usize>(&mut self, e: &[T; N]) {
        let Terms { high, low, ones } = self;
        let mut below = [T::ZERO; N];
        for i in 0..N {
            below[i] = select(e[i] == T::ONE, T::ZERO, e[i]);
        }
        for i in 0..L {
            for j in (i..N).step_by(L) {
                ones[i] = ones[i] + select(e[j] == T::ONE, T::ONE, T::ZERO);
            }
        }
        for i in 0..L {
            for j in (i..N).step_by(L) {
                let value = below[j].to_f64();
                if T::SINGLE {
                    high[i] += value;
                } else {
                    let (sum, error) = two_sum(high[i], value);
                    high[i] = sum;
                    low[i] += error;
                }
            }
        }
    }

    /// A lane's sum.
    #[inline(always)]
    pub fn lane(&self, i: usize) -> Sum {
        Sum { high: self.high[i], low: self.low[i], ones: self.ones[i].to_f64() }
    }

    /// All lanes together.
    #[inline(always)]
    pub fn fold(self) -> Sum {
        let Terms { mut high, mut low, mut ones } = self;
        let mut width = L / 2;
        while width > 0 {
            for i in 0..width {
                let (sum, error) = two_sum(high[i], high[i + width]);
                high[i] = sum;
                low[i] += low[i + width] + error;
                ones[i] = ones[i] + ones[i + width];
            }
            width /= 2;
        }
        Sum { high: high[0], low: low[0], ones: ones[0].to_f64() }
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
    /// Of nothing yet.
    pub const ZERO: Sum = Sum { high: 0.0, low: 0.0, ones: 0.0 };
    /// Of the maximum alone.
    pub const ONE: Sum = Sum { ones: 1.0, ..Sum::ZERO };

    /// Adds the terms of another part, against the same maximum.
    #[inline(always)]
    pub fn plus(self, other: Sum) -> Sum {
        let (high, error) = two_sum(self.high, other.high);
        Sum { high, low: self.low + other.low + error, ones: self.ones + other.ones }
    }
    /// The sum without one of the maximum's own terms, and what rounding takes from it.
    ///
    /// NaN where the row has no softmax.
    #[inline(always)]
    pub fn rest<T: Float, const RAW: bool>(self, m: T) -> (T, T) {
        let sum = if T::SINGLE {
            (self.high + (self.ones - 1.0), 0.0)
        } else {
            let (high, error) = two_sum(self.high, self.ones - 1.0);
            two_sum(high, self.low + error)
        };
        let rest = T::lit(sum.0);
        let void = is_void::<T, RAW>(m, T::lit(self.ones));
        (select(void, T::NAN, rest), T::lit(sum.0 - rest.to_f64() + sum.1))
    }
}

/// Whether a row with that maximum, so many times, has no softmax: several infinite logits, or probabilities that are all 0.
#[inline(always)]
fn is_void<T: Float, const RAW: bool>(m: T, times: T) -> bool {
    let infinite = (m.abs() == T::INFINITY) & (times > T::ONE);
    if RAW { infinite } else { infinite | (m == T::ZERO) }
}

/// The terms of K classes, at least two, and [`Sum::rest`] of them.
#[inline(always)]
pub(super) fn few_terms<T: Float, const RAW: bool, const K: usize>(x: [T; K], m: T) -> ([T; K], (T, T)) {
    let mut e = [T::ZERO; K];
    for k in 0..K {
        e[k] = term::<T, RAW>(x[k], m);
    }
    let mut left_out = e[0] == T::ONE;
    let (mut high, mut low) = (select(left_out, T::ZERO, e[0]), T::ZERO);
    for k in 1..K {
        let own = (e[k] == T::ONE) & !left_out;
        let (sum, error) = two_sum(high, select(own, T::ZERO, e[k]));
        (high, low, left_out) = (sum, low + error, left_out | own);
    }
    let rest = high + low;
    (e, (select(is_void::<T, RAW>(m, T::ONE + rest), T::NAN, rest), low - (rest - high)))
}
