//! Powers, through logarithms that keep the part below the last place: exp multiplies an error by its argument's size.
//!
//! float32 goes through float64, which is shorter than two parts and rounds once.

use super::super::compensated::two_sum;
use super::super::float::{Float, select};
use super::exp::{exp_negative_double, exp_sum, exp_wide};
use super::log::{log, log_double, log_wide, log1p_double};
use super::logistic::{Exponential, Logistic, logistic_of};
use super::polynomials::horner;

/// x^y for x ≥ 0, ≤ 1 ULP (float32 0.51); x⁰ = 1, NaN for negative x.
#[inline(always)]
pub fn pow<T: Float>(x: T, y: T) -> T {
    let (wide_x, wide_y) = (x.to_f64(), y.to_f64());
    let power = if T::SINGLE {
        T::lit(exp_wide(Float::min(log_wide(wide_x) * wide_y, 200.0)))
    } else {
        T::lit(exp_of_product(log_double(wide_x), wide_y))
    };
    let one = (y == T::ZERO && x >= T::ZERO) || (x == T::ONE && !y.is_nan());
    select(one, T::ONE, power)
}

/// sigmoid(x)^c = exp(−c·softplus(−x)) for 0 ≤ c ≤ 1e290, ≤ 3 ULP (float32 0.7); exactly 1 for c = 0.
#[inline(always)]
pub fn sigmoid_pow<T: Float>(x: T, c: T) -> T {
    if T::SINGLE {
        // A finite softplus: no power of it is 0·∞.
        T::lit(exp_wide(-c.to_f64() * softplus_wide((-x).min(T::MAX).to_f64())))
    } else {
        let power = T::lit(exp_of_product(softplus_double(-x.to_f64()), -c.to_f64()));
        select(c == T::ZERO && !x.is_nan(), T::ONE, power)
    }
}

/// How [`faded_softplus`] takes a power.
pub mod fading {
    /// Any.
    pub const ANY: usize = 0;
    /// The square, which costs no exponential.
    pub const SQUARE: usize = 1;
    /// Of float32 and at most 5: the rounding of the softplus may be multiplied by the exponent.
    pub const SMALL: usize = 2;
}

/// How [`faded_softplus`] takes that exponent.
pub fn fading<T: Float>(c: T) -> usize {
    match c {
        _ if c == T::TWO => fading::SQUARE,
        _ if T::SINGLE && c <= T::lit(5.0) => fading::SMALL,
        _ => fading::ANY,
    }
}

/// sigmoid(x)^c·softplus(x) for c ≥ 0, with its first and second derivative; ≤ 4, 6 and 8 ULP, the last beside the zero of
/// the derivative. A way for each [`fading`] of c. The exponential is that of x or −x.
#[inline(always)]
pub fn faded_softplus<T: Float, const FADING: usize>(c: T, x: T, exponential: Exponential<T>) -> (T, T, T) {
    let l = logistic_of(x, exponential);
    match FADING {
        fading::SQUARE => faded(c, l.sigmoid_squared(), l),
        fading::SMALL => faded(c, l.sigmoid_pow(c), l),
        _ => {
            // An enormous exponent is infinite times nothing.
            let power = sigmoid_pow(x, c);
            let (value, first, second) = faded(c, power, l);
            let none = power == T::ZERO;
            (select(none, T::ZERO, value), select(none, T::ZERO, first), select(none, T::ZERO, second))
        }
    }
}

/// power·softplus, where power = sigmoid^c, with the derivatives.
#[inline(always)]
fn faded<T: Float>(c: T, power: T, l: Logistic<T>) -> (T, T, T) {
    // So small that no product is 0·∞, so large that sigmoid(−x) is 0.
    let softplus = l.softplus.min(T::MAX.sqrt());
    let fading = c * l.sigmoid_neg;
    let first = fading.mul_add(softplus, l.sigmoid);
    let bend = power * (c * (fading - l.sigmoid)).mul_add(softplus, (c + c + T::ONE) * l.sigmoid);
    // The bend would enlarge what a subnormal sigmoid(−x) has lost of its digits.
    let (lifted, unlift) = l.lifted;
    let tiny = l.sigmoid_neg < select(c > T::ZERO, T::MIN_POSITIVE, T::ZERO);
    let second = select(tiny, lifted, l.sigmoid_neg) * bend * select(tiny, unlift, T::ONE);
    // An enormous exponent bends without bound where there is nothing to bend.
    let boundless = l.sigmoid_neg == T::ZERO && bend.abs() == T::INFINITY;
    (power * l.softplus, power * first, select(boundless, T::ZERO, second))
}

/// x log y, 0 where x is 0; ≤ 2.1 ULP.
#[inline(always)]
pub fn xlogy<T: Float>(x: T, y: T) -> T {
    select(x == T::ZERO && !y.is_nan(), T::ZERO, x * log(y))
}

/// exp((high + low)·c)
#[inline(always)]
fn exp_of_product((high, low): (f64, f64), c: f64) -> f64 {
    let product = high * c;
    exp_sum(product, low.mul_add(c, high.mul_add(c, -product)))
}

/// softplus(x) in double-double.
#[inline(always)]
fn softplus_double(x: f64) -> (f64, f64) {
    let (e, e_low) = exp_negative_double(-x.abs());
    let (l, l_low) = log1p_double(e, e_low);
    let (high, low) = two_sum(Float::max(x, 0.0), l);
    (high, low + l_low)
}

/// softplus(x) in float64 of a float32 number, relative error 2e-10. A polynomial of exp(−|x|) on all of [0, 1] is cheaper
/// than a float64 division.
#[inline(always)]
fn softplus_wide(x: f64) -> f64 {
    let e = exp_wide(-x.abs());
    let log1p_over_e = horner!(
        e,
        -0.0012806015892549954,
        0.009080972010212398,
        -0.030172553420574063,
        0.06400788133739087,
        -0.10124378346041368,
        0.13426549496072435,
        -0.1645287693736524,
        0.19965303721571767,
        -0.24996613454649158,
        0.33333160247202687,
        -0.4999999650095404,
        0.9999999998820291
    );
    e.mul_add(log1p_over_e, Float::max(x, 0.0))
}
