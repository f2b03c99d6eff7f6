//! tanh and log cosh from exp(−2|x|) and exp(−2|x|) − 1, exact near 0 where the textbook forms cancel.

use super::super::compensated::fast_two_sum;
use super::super::float::{Float, select};
use super::exp::exp_and_expm1_negative;

/// tanh(x), ≤ 1.2 ULP (float32 1).
#[inline(always)]
pub fn tanh<T: Float>(x: T) -> T {
    let (_, t, low) = exp_and_expm1_negative(x.abs() * -T::TWO);
    tanh_magnitude(t, low, T::ONE / (T::TWO + t)).copysign(x)
}

/// −t/(2 + t) for t + low = exp(−2a) − 1, given 1/(2 + t) nearly. The quotient is at least half of −t, so its remainder
/// is exact.
#[inline(always)]
fn tanh_magnitude<T: Float>(t: T, low: T, by: T) -> T {
    let q = -t * by;
    let remainder = (-t).mul_add(q, -t - (q + q)) - low * (T::ONE + q);
    remainder.mul_add(by, q)
}

/// (log cosh x, tanh x, sech² x) from one exponential and one division; ≤ 2, 1.2 and 3 ULP.
#[inline(always)]
pub fn log_cosh<T: Float>(x: T) -> (T, T, T) {
    let a = x.abs();
    let (e, t, low) = exp_and_expm1_negative(a * -T::TWO);
    // near 0: ½ log(1 + sinh² a) = atanh(t²/(8 e + t²)); far: a − ln 2 + 2 atanh(e/(2 + e)). Both arguments are ≤ 1/3,
    // and both denominators are something plus the numerator.
    let near = a < T::lit(0.875);
    let square = t * t;
    let square_low = t.mul_add(t, -square) + (t + t) * low;
    // Where a − ln 2 is all there is, powers of e would be below the least normal number, which processors are slow at.
    let seen = select(a < T::lit(if T::SINGLE { 14.0 } else { 40.0 }), e, T::ZERO);
    let (numerator, numerator_low) = (select(near, square, seen), select(near, square_low, T::ZERO));
    let (one_plus_t, lost) = fast_two_sum(T::ONE, t);
    let base = select(near, T::lit(8.0) * one_plus_t, T::TWO);
    let base_low = select(near, T::lit(8.0) * (lost + low), T::ZERO);
    let (denominator, lost) = fast_two_sum(base, numerator);
    let denominator_low = lost + (numerator_low + base_low);
    // The other denominator, of tanh and sech², shares the division.
    let one_plus_e = T::TWO + t;
    let inverse = T::ONE / (denominator * one_plus_e);
    let by = one_plus_e * inverse;
    let s = numerator * by;
    let remainder = (-s).mul_add(denominator, numerator) + (-s).mul_add(denominator_low, numerator_low);
    let s_low = remainder * by;
    let twice = s + s;
    let square = twice * twice;
    let rest = (twice * square).mul_add(T::atanh_wide(square), s_low + s_low);
    let value = select(near, rest.mul_add(T::HALF, s), (a - T::LN_2) + ((twice + rest) - T::LN_2_LOW));
    let by = denominator * inverse;
    let q = e * by;
    let small = (-q).mul_add(e, e - q).mul_add(by, q);
    (value, tanh_magnitude(t, low, by).copysign(x), T::lit(4.0) * (small * (T::ONE - small)))
}
