//! Sums in two parts: the rounded one, and what rounding took from it.

use super::float::Float;

/// a + b and its rounding error.
#[inline(always)]
#[must_use]
pub fn two_sum<T: Float>(a: T, b: T) -> (T, T) {
    let sum = a + b;
    let back = sum - a;
    (sum, (a - (sum - back)) + (b - back))
}

/// a + b and its rounding error, for |a| ≥ |b| or a = 0.
#[inline(always)]
#[must_use]
pub fn fast_two_sum<T: Float>(a: T, b: T) -> (T, T) {
    let sum = a + b;
    (sum, b - (sum - a))
}

/// A sum in two parts and one more term.
#[inline(always)]
#[must_use]
pub fn plus<T: Float>((sum, low): (T, T), term: T) -> (T, T) {
    let (sum, error) = two_sum(sum, term);
    (sum, low + error)
}

/// A sum in two parts as one number. What is infinite has lost nothing: its low part is no number.
#[inline(always)]
#[must_use]
pub fn whole<T: Float>((sum, low): (T, T)) -> T {
    if low.is_nan() { sum } else { sum + low }
}

/// A sum of terms in two parts each.
#[inline(always)]
#[must_use]
pub fn sum<T: Float>(terms: &[(T, T)]) -> (T, T) {
    terms.iter().fold((T::ZERO, T::ZERO), |(sum, low), &(term, term_low)| plus((sum, low + term_low), term))
}

/// The sum of two normalised double-doubles, normalised.
#[inline(always)]
#[must_use]
pub fn add_double(a: (f64, f64), b: (f64, f64)) -> (f64, f64) {
    let (high, error) = two_sum(a.0, b.0);
    let (low, low_error) = two_sum(a.1, b.1);
    let (high, error) = fast_two_sum(high, error + low);
    fast_two_sum(high, error + low_error)
}
