//! Products and quotients in which a zero decides, whatever stands beside it.

use super::{Float, select};

/// `a * b`, and zero where `a` is zero: a derivative that is not there stays away, even from an infinity.
#[inline(always)]
pub fn times<T: Float>(a: T, b: T) -> T {
    let product = a * b;
    if a == T::ZERO { T::ZERO } else { product }
}

/// `a * b + c`, and exactly `c` where `a` is zero.
#[inline(always)]
pub fn times_plus<T: Float>(a: T, b: T, c: T) -> T {
    let sum = a.mul_add(b, c);
    if a == T::ZERO { c } else { sum }
}

/// `a * b`, and zero where `a` is, unless `b` is NaN: a class without weight adds nothing, not even where it is impossible, but a
/// number that is none stays one. ([`times`] is for derivatives, where NaN beside a structural zero means nothing.)
#[inline(always)]
pub fn times_or_nan<T: Float>(a: T, b: T) -> T {
    let product = a * b;
    select((a == T::ZERO) & !b.is_nan(), T::ZERO, product)
}

/// `a / b`, and zero where `a` is.
#[inline(always)]
pub fn over<T: Float>(a: T, b: T) -> T {
    let quotient = a / b;
    if a == T::ZERO { T::ZERO } else { quotient }
}
