//! The logarithm of the normal distribution function.

use super::super::float::{Float, select};
use super::exp::exp_negative_lifted;
use super::log::{log, log1p};

/// ½ log 2π, and 1/√(2π).
const HALF_LOG_2_PI: f64 = 0.9189385332046727;
const DENSITY_AT_0: f64 = 0.3989422804014327;

/// log Φ(x) with its first derivative φ/Φ and its second; ≤ 3, 4 and 6 ULP.
///
/// Everything comes from one function of t = |x|: what the hazard φ(t)/Φ(−t) exceeds t by.
#[inline(always)]
pub fn log_ndtr<T: Float>(x: T) -> (T, T, T) {
    let t = x.abs().min(T::lit(1e30));
    let (shifted, four) = (t + T::lit(4.0), T::lit(4.0));
    let scaled = T::hazard(T::ONE - (four + four) / shifted);
    let excess = scaled / shifted;
    let hazard = x.abs() + excess;
    let square = t * t;
    let half = T::HALF;
    // On the left: log Φ(−t) = −t²/2 − ½ log 2π − log hazard.
    let left = -((x * half) * x + (log(hazard) + T::lit(HALF_LOG_2_PI)));
    // On the right: log(1 − Φ(−t)). Its second derivative is t times the density, which may be subnormal.
    let low = t.mul_add(t, -square);
    let low = select(low.abs() < T::lit(0.125), low, T::ZERO);
    let (lifted, unlift) = exp_negative_lifted(square * -half, low * -half);
    let density = lifted * T::lit(DENSITY_AT_0);
    let tail = density * unlift / hazard;
    let inside = T::ONE / (T::ONE - tail);
    let slope = density * inside;
    let negative = x < T::ZERO;
    (
        select(negative, left, log1p(-tail)),
        select(negative, hazard, slope * unlift),
        -select(negative, scaled * ((t + excess) / shifted), slope * (slope * unlift + t) * unlift),
    )
}
