//! Functions of a difference, where subtracting first would lose what matters.

use super::super::float::{Float, select, two_sum};
use super::exp::{exp_and_expm1_negative, exp_negative_sum, exp_parts};
use super::log::{log_sum, split};

/// exp(z − m) for z ≤ m with the rounding error of the difference carried, ≤ 0.8 ULP; exactly 1 for z = m.
#[inline(always)]
pub fn exp_difference<T: Float>(z: T, m: T) -> T {
    let (difference, lost) = two_sum(z, -m);
    select(z == m, T::ONE, exp_negative_sum(difference, lost))
}

/// exp(x) − y, ≤ 1 ULP of it and 0.15 of a unit of exp(x), which is what shows where the two are close.
#[inline(always)]
pub fn exp_minus<T: Float>(x: T, y: T) -> T {
    let (high, low) = exp_parts(x);
    (high - y) + low
}

/// log(1 − exp(−a)) for a ≥ 0, ≤ 2 ULP; log(−expm1(−a)) near 0, log1p(−exp(−a)) far away (Mächler 2012).
#[inline(always)]
pub fn log1mexp<T: Float>(a: T) -> T {
    let (e, t, low) = exp_and_expm1_negative(-a);
    let y = log_sum(-low, -e, split(-t));
    select(a > T::ZERO, y, select(a == T::ZERO, -T::INFINITY, T::NAN))
}
