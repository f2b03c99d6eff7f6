//! Functions of 1 + x², in which nothing overflows before the result does and nothing cancels near 0.

use super::super::compensated::{fast_two_sum, two_sum};
use super::super::float::{Float, select};
use super::log::{log, log_parts, log1p_unit};

/// x over a scale of at least 0: 0 where x is 0, infinite where x is, whatever the scale.
#[inline(always)]
pub fn ratio<T: Float>(x: T, scale: T) -> T {
    select(x == T::ZERO || x.abs() == T::INFINITY, x, x / scale)
}

/// (√(1 + x²) − 1, 1/√(1 + x²)), ≤ 3 and 2 ULP.
#[inline(always)]
pub fn hypot1<T: Float>(x: T) -> (T, T) {
    let a = x.abs();
    // So far out that 1 is nothing beside the square, which might overflow.
    let far = a > T::lit(1e10);
    let root = select(far, a, a.mul_add(a, T::ONE).sqrt());
    (select(far, a - T::ONE, a * (a / (T::ONE + root))), T::ONE / root)
}

/// log(1 + x²), 1/(1 + x²) and x²/(1 + x²), ≤ 2 ULP each.
#[inline(always)]
pub fn log1p_square<T: Float>(x: T) -> (T, T, T) {
    let a = x.abs();
    // By t = min(|x|, 1/|x|): log(1 + x²) = 2 log|x| + log(1 + t²) far out.
    let far = a > T::ONE;
    let t = select(far, T::ONE / a, a);
    let square = t * t;
    let share = T::ONE / (T::ONE + square);
    let beyond = select(far, log(a), T::ZERO);
    let (small, large) = (square * share, share);
    (log1p_unit(square) + (beyond + beyond), select(far, small, large), select(far, large, small))
}

/// log(1 + u²) for u = x/scale ≥ 0, which may be beyond the largest number; with it min(u, 1/u), and whether u is above 1.
#[inline(always)]
pub fn log1p_square_ratio<T: Float>(x: T, scale: T) -> (T, T, bool) {
    // A power of two almost as small as there are, and what its logarithm lacks.
    let exponent: i32 = if T::SINGLE { 110 } else { 1000 };
    let (shrink, shrunk) =
        (T::power_of_two(T::ROUNDER - T::lit(exponent.into())), T::lit(f64::from(exponent) * std::f64::consts::LN_2));
    let u = ratio(x, scale);
    let (far, beyond) = (u > T::ONE, u == T::INFINITY);
    // Not 1/u, which is 0 too early.
    let t = select(far, scale / x, u);
    let log = log(select(beyond, ratio(x * shrink, scale), u)) + select(beyond, shrunk, T::ZERO);
    (log1p_unit(t * t) + select(far, log + log, T::ZERO), t, far)
}

/// log(1 + u²) in two parts for u = (a + lost)·(inverse + low) ≥ 0, which may be beyond the largest number; before it u, and u² in two parts.
#[inline(always)]
pub fn log1p_square_parts<T: Float>((a, lost): (T, T), (inverse, low): (T, T)) -> (T, (T, T), (T, T)) {
    let u = a * inverse;
    let u_low = a.mul_add(inverse, -u) + a.mul_add(low, lost * inverse);
    let s = u * u;
    let s_low = u.mul_add(u, -s) + (u + u) * u_low;
    let (w, w_low) = two_sum(T::ONE, s);
    // Where 1 is nothing beside u², twice log u; of a u beyond the largest number that of one shrunk twice.
    let (far, beyond, places) = (u > T::lit(1e9), u == T::INFINITY, T::lit(if T::SINGLE { 80.0 } else { 540.0 }));
    let shrink = T::power_of_two(T::ROUNDER - places);
    let of = select(far, select(beyond, (a * shrink) * (inverse * shrink), u), w);
    let relative = select(beyond, T::ZERO, select(far, u_low, w_low + s_low) / of);
    let shrunk = select(beyond, places + places, T::ZERO);
    let (log, log_low) = log_parts(of);
    let (log, log_lost) = two_sum(log, shrunk * T::LN_2_SHORT);
    let rest = shrunk.mul_add(T::LN_2_SHORT_LOW, log_lost) + relative * relative.mul_add(-T::HALF, T::ONE);
    let (twice, low) = (select(far, T::TWO, T::ONE), select(log < T::INFINITY, log_low + rest, T::ZERO));
    (u, (s, s_low), fast_two_sum(log * twice, low * twice))
}
