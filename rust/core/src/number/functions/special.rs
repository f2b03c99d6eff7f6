//! The logarithm of the gamma function.

use super::super::compensated::two_sum;
use super::super::float::{Float, select};
use super::log::{log, log_double, log_wide};
use super::polynomials::horner;
use super::power::xlogy;

/// 1 − γ, the slope of log Γ at 2.
const LINEAR: f64 = 0.42278433509846713;

/// ½ log 2π.
const HALF_LOG_TAU: f64 = 0.9189385332046728;

/// log Γ(x) for x > 0, ≤ 4 ULP (float32 0.51), also around its zeros 1 and 2; ∞ at 0, NaN below.
///
/// Below 8 the argument moves to 2 + y with |y| ≤ ½ by the recurrence: log Γ(2 + y) is y times a polynomial, so nothing
/// cancels at the zeros. From 8 on Stirling's series, its logarithm in two parts. float32 goes through float64.
#[inline(always)]
pub fn ln_gamma<T: Float>(x: T) -> T {
    let x = x.to_f64();
    let small = x < 8.0;
    let (y, factor, log_sign) = towards_two(x);
    let argument = select(small, factor, x);
    let (log, log_low) = if T::SINGLE { (log_wide(argument), 0.0) } else { log_double(argument) };
    // The linear term and the logarithm nearly cancel below 1½: they are added exactly.
    let linear = y * LINEAR;
    let linear_low = y.mul_add(LINEAR, -linear);
    let (sum, lost) = two_sum(linear, log_sign * log);
    let near = sum + (y * curvature(y) + (lost + linear_low + log_sign * log_low));
    let value = select(small, near, stirling(x, log, log_low));
    let outside = select((x == 0.0) | (x == f64::INFINITY), f64::INFINITY, f64::NAN);
    T::lit(select((x > 0.0) & (x < f64::INFINITY), value, outside))
}

/// log(y!) = log Γ(y + 1) for y ≥ 0: what rounding y + 1 takes from a small y, or one near 1, is added with the slope there.
#[inline(always)]
pub fn ln_factorial<T: Float>(y: T) -> T {
    let (next, lost) = two_sum(y, T::ONE);
    // The slope of log Γ(y + 1) at 0 and 1, and near enough to it between; of large numbers the loss is below the last place.
    let slope = T::lit(LINEAR - 1.0) + T::TWO * y / next;
    let value = ln_gamma(next);
    select(y < T::lit(8.0), lost.mul_add(slope, value), value)
}

/// log(y!) + y − y·log(y), what a Poisson count costs at least, for y ≥ 0: from 8 on Stirling's series, where nothing cancels.
#[inline(always)]
pub fn poisson_least<T: Float>(y: T) -> T {
    let y = y.to_f64();
    let (near, inverse) = (ln_factorial(y) + (y - xlogy(y, y)), 1.0 / y);
    let far = HALF_LOG_TAU + inverse.mul_add(stirling_series(inverse * inverse), 0.5 * log(y));
    T::lit(select(y < 8.0, near, far))
}

/// (y, factor, sign) with log Γ(x) = log Γ(2 + y) + sign·log(factor), for 0 < x < 8.
#[inline(always)]
fn towards_two(x: f64) -> (f64, f64, f64) {
    // No loop: one within the loop over elements would keep that from being vector code.
    let nearer = |(z, factor): (f64, f64)| {
        let above = z >= 2.5;
        (select(above, z - 1.0, z), select(above, factor * (z - 1.0), factor))
    };
    let (z, factor) = nearer(nearer(nearer(nearer(nearer(nearer((x, 1.0)))))));
    let below = select(x < 0.5, x * (1.0 + x), x);
    let y = select(x < 0.5, x, select(x < 1.5, x - 1.0, z - 2.0));
    (y, select(x < 1.5, below, factor), select(x < 1.5, -1.0, 1.0))
}

/// log Γ(2 + y)/y − `LINEAR` for |y| ≤ ½.
#[inline(always)]
fn curvature(y: f64) -> f64 {
    horner!(
        y,
        2.708245957688481e-07,
        -5.72865310850801e-07,
        9.282109272701004e-07,
        -1.982565620739196e-06,
        4.381261405000474e-06,
        -9.452938473714576e-06,
        2.0506356296054763e-05,
        -4.492443535898787e-05,
        9.945757753419642e-05,
        -0.00022315489463809116,
        0.0005096695221547781,
        -0.0011927539062598581,
        0.0028905103307878756,
        -0.0073855510287714685,
        0.020580808427784307,
        -0.06735230105319759,
        0.3224670334241132,
        4.942915152430645e-18
    )
}

/// (x − ½)(log x − 1) + ½(log 2π − 1) + 1/(12 x) − …, for x ≥ 8.
#[inline(always)]
fn stirling(x: f64, log: f64, log_low: f64) -> f64 {
    let inverse = 1.0 / x;
    let factor = x - 0.5;
    let product = factor * (log - 1.0);
    let low = factor.mul_add(log - 1.0, -product) + factor * log_low;
    let series = stirling_series(inverse * inverse);
    product + (0.4189385332046727 + inverse.mul_add(series, select(product < f64::INFINITY, low, 0.0)))
}

/// 1/12 − 1/(360 x²) + …, for x ≥ 8, by 1/x².
#[inline(always)]
fn stirling_series(square: f64) -> f64 {
    horner!(
        square,
        0.17964437236883057,
        -0.029550653594771242,
        0.00641025641025641,
        -0.0019175269175269176,
        0.0008417508417508417,
        -0.0005952380952380953,
        0.0007936507936507937,
        -0.002777777777777778,
        0.08333333333333333
    )
}
