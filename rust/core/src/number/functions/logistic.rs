//! The logistic family from one exponential and one division.
//!
//! Everything is derived from e = exp(−|x|) ≤ 1, so nothing overflows, x and −x give mirrored bits, and what a caller
//! does not use is never computed.

use super::super::float::{Float, select};
use super::exp::exp_negative_parts;

/// softplus(x) = log(1 + exp(x)), sigmoid(x) = 1/(1 + exp(−x)), and their mirror images.
#[derive(Clone, Copy, Debug)]
pub struct Logistic<T> {
    /// softplus(x), ≤ 1 ULP.
    pub softplus: T,
    /// softplus(−x) = −log sigmoid(x), ≤ 1 ULP.
    pub softplus_neg: T,
    /// sigmoid(x), ≤ 1 ULP.
    pub sigmoid: T,
    /// sigmoid(−x) = 1 − sigmoid(x), ≤ 1 ULP.
    pub sigmoid_neg: T,
    /// sigmoid(x) sigmoid(−x), the derivative of sigmoid, ≤ 2 ULP.
    pub slope: T,
}

/// All of [`Logistic`] at x.
#[inline(always)]
pub fn logistic<T: Float>(x: T) -> Logistic<T> {
    let a = x.abs();
    let (e, e_low) = exp_negative_parts(-a);
    // Both quotients below come from one division and are at least half of e, so e − quotient is exact,
    // and with it the remainder that corrects them.
    let half = e * T::HALF;
    let (u, v) = (T::ONE + e, T::ONE + half);
    let inverse = T::ONE / (u * v);
    let (by_u, by_v) = (v * inverse, u * inverse);
    let e_low = e_low * by_u;
    // e/(1 + e)
    let q = e * by_u;
    let remainder = (-q).mul_add(e, e - q);
    let small = (remainder + e_low).mul_add(by_u, q);
    let large = T::ONE - small;
    // log(1 + e) = 2 atanh(t/2), t = 2e/(2 + e)
    let t = e * by_v;
    let remainder = (-t).mul_add(half, e - t);
    let t2 = t * t;
    let rest = (t * t2).mul_add(T::atanh_wide(t2), remainder.mul_add(by_v, e_low));
    let below = t + rest;
    let above = a.max(t) + (a.min(t) + rest);
    let positive = x >= T::ZERO;
    Logistic {
        softplus: select(positive, above, below),
        softplus_neg: select(positive, below, above),
        sigmoid: select(positive, large, small),
        sigmoid_neg: select(positive, small, large),
        slope: small * large,
    }
}

/// log(1 + exp(x)), ≤ 1 ULP.
#[inline(always)]
pub fn softplus<T: Float>(x: T) -> T {
    logistic(x).softplus
}

/// 1/(1 + exp(−x)), ≤ 1 ULP.
#[inline(always)]
pub fn sigmoid<T: Float>(x: T) -> T {
    logistic(x).sigmoid
}
