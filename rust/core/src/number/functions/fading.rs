//! How [`faded_softplus`] takes a power.

use super::super::float::Float;
use super::cross_entropy::Excess;
use super::logistic::Exponential;

/// Any.
pub const ANY: usize = 0;
/// The square, which costs no exponential.
pub const SQUARE: usize = 1;
/// The power 0, which is no focus at all.
pub const NONE: usize = 2;
/// Of float32 and at most 5: the rounding of the softplus may be multiplied by the exponent.
pub const SMALL: usize = 3;

/// How it takes that exponent.
#[must_use]
pub fn of<T: Float>(c: T) -> usize {
    match c {
        _ if c == T::TWO => SQUARE,
        _ if c == T::ZERO => NONE,
        _ if T::SINGLE && c <= T::lit(5.0) => SMALL,
        _ => ANY,
    }
}

/// The exponential that it needs of x.
#[inline(always)]
#[must_use]
pub fn exponential<T: Float, const ARM: usize>(x: T) -> [T; 3] {
    if ARM == NONE {
        let Excess { excess, raised } = Excess::of(x);
        [excess, raised, T::ZERO]
    } else {
        let Exponential { high, low, raised } = Exponential::of(x);
        [high, low, raised]
    }
}
