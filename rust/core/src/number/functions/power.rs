//! Powers, through logarithms that keep the part below the last place: exp multiplies an error by its argument's size.
//!
//! float32 goes through float64, which is shorter than two parts and rounds once.

use super::super::compensated::{fast_two_sum, plus, two_sum};
use super::super::float::{Float, select};
use super::super::products::{over, times};
use super::exp::{exp_factors, exp_negative_double, exp_wide};
use super::fading;
use super::log::{log, log_double, log_wide, log1p_double, split};
use super::logistic::{Exponential, Logistic, logistic_of};
use super::polynomials::horner;

/// A power whose exponent of 2 is not applied yet. What multiplies it does so first: nothing is lost below the normal numbers
/// that a large factor would bring to light.
#[derive(Clone, Copy, Debug)]
pub struct Power<T> {
    significand: T,
    exponent: T,
    /// Of float32 all of it, in float64.
    wide: f64,
    /// Whether it is so small that no number makes it one.
    nothing: bool,
}

impl<T: Float> Power<T> {
    /// exp(c·log), for a logarithm in two parts as [`logs`] gives them; exactly 1 for c = 0.
    #[inline(always)]
    #[must_use]
    pub fn new((log, log_low): (f64, f64), c: f64) -> Self {
        let product = select(c == 0.0 && !log.is_nan(), 0.0, log * c);
        let low = log_low.mul_add(c, log.mul_add(c, -product));
        let (wide, (significand, exponent)) = if T::SINGLE {
            (exp_wide(Float::min(product, 200.0)), (1.0, 0.0))
        } else {
            (1.0, exp_factors(product, low))
        };
        let nothing = product < if T::SINGLE { -690.0 } else { -1500.0 };
        Power { significand: T::lit(significand), exponent: T::lit(exponent), wide, nothing }
    }

    /// x^c, for x ≥ 0.
    #[inline(always)]
    pub fn of(x: T, c: f64) -> Self {
        Power::new(log_of_base(x), c)
    }

    /// sigmoid(x)^c, for c ≥ 0.
    #[inline(always)]
    pub fn of_sigmoid(x: T, c: f64) -> Self {
        let minus = (-x).to_f64();
        let (high, low) = if T::SINGLE { (softplus_wide(minus), 0.0) } else { softplus_double(minus) };
        Power::new((-high, -low), c)
    }

    /// Over x > 0.
    #[inline(always)]
    #[must_use]
    pub fn over(self, x: T) -> Self {
        let (m, k) = if T::SINGLE { (T::ONE, T::ZERO) } else { split(x) };
        let significand = self.significand / m;
        Power { significand, exponent: self.exponent - k, wide: self.wide / x.to_f64(), ..self }
    }

    /// Times x, rounded once where it is float32 and twice otherwise; 0 where the power is nothing, whatever x is.
    #[inline(always)]
    #[must_use]
    pub fn times(self, x: T) -> T {
        // Three factors of a third of the exponent each reach as far as it may be.
        let rounded = self.exponent.mul_add(T::lit(1.0 / 3.0), T::ROUNDER);
        let third = rounded - T::ROUNDER;
        let (p, q) = (T::power_of_two(rounded), T::power_of_two((self.exponent - third - third) + T::ROUNDER));
        let product = if T::SINGLE { T::lit(self.wide * x.to_f64()) } else { self.significand * x * p * p * q };
        select(self.nothing, T::ZERO, product)
    }
}

/// x^y for x ≥ 0, ≤ 1 ULP (float32 0.51); x⁰ = 1, NaN for negative x.
#[inline(always)]
pub fn pow<T: Float>(x: T, y: T) -> T {
    let one = (y == T::ZERO && x >= T::ZERO) || (x == T::ONE && !y.is_nan());
    select(one, T::ONE, Power::of(x, y.to_f64()).times(T::ONE))
}

/// sigmoid(x)^c = exp(−c·softplus(−x)) for c ≥ 0, ≤ 3 ULP (float32 0.7); exactly 1 for c = 0.
#[inline(always)]
pub fn sigmoid_pow<T: Float>(x: T, c: T) -> T {
    Power::of_sigmoid(x, c.to_f64()).times(T::ONE)
}

/// The logarithms of p and of 1 − p for p from 0 to 1, each in two parts; of float32 the first says it all.
#[inline(always)]
pub fn logs<T: Float>(p: T) -> [(f64, f64); 2] {
    let p = p.to_f64();
    let (q, q_low) = fast_two_sum(1.0, -p);
    let (high, low) = log_in_parts::<T>(q);
    let rest = select(q > 0.0, q_low / q, 0.0);
    [log_in_parts::<T>(p), if T::SINGLE { (high + rest, 0.0) } else { plus((high, low), rest) }]
}

/// The logarithm of a number that is to be raised to powers.
#[inline(always)]
pub fn log_of_base<T: Float>(x: T) -> (f64, f64) {
    log_in_parts::<T>(x.to_f64())
}

#[inline(always)]
fn log_in_parts<T: Float>(x: f64) -> (f64, f64) {
    if T::SINGLE { (log_wide(x), 0.0) } else { log_double(x) }
}

/// sigmoid(x)^c·softplus(x) for c ≥ 0 in two parts, with its first and second derivative; ≤ 4, 6 and 8 ULP, the last beside the
/// zero of the derivative. A way for each [`fading`] of c. The exponential is that of x or −x.
#[inline(always)]
pub fn faded_softplus<T: Float, const FADING: usize>(
    (c, c_low): (T, T),
    x: T,
    exponential: Exponential<T>,
) -> (T, T, T) {
    let l = logistic_of(x, exponential);
    match FADING {
        fading::SQUARE => faded(c, l.sigmoid_squared(), l),
        fading::SMALL => faded(c, l.sigmoid_pow(c), l),
        _ => faded(c, Power::of_sigmoid(x, c.to_f64() + c_low.to_f64()), l),
    }
}

/// What multiplies. (A closure would be called where the losses are compiled for size, and a loop with calls does not vectorise.)
trait Factor<T>: Copy {
    fn times(self, x: T) -> T;
}

impl<T: Float> Factor<T> for T {
    #[inline(always)]
    fn times(self, x: T) -> T {
        self * x
    }
}

impl<T: Float> Factor<T> for Power<T> {
    #[inline(always)]
    fn times(self, x: T) -> T {
        Power::times(self, x)
    }
}

/// power·softplus, where power = sigmoid^c, with the derivatives.
#[inline(always)]
fn faded<T: Float>(c: T, power: impl Factor<T>, l: Logistic<T>) -> (T, T, T) {
    // So small that no product is 0·∞, so large that sigmoid(−x) is 0.
    let softplus = l.softplus.min(T::MAX.sqrt());
    let fading = c * l.sigmoid_neg;
    let first = fading.mul_add(softplus, l.sigmoid);
    let (pull, more) = (c * (fading - l.sigmoid), c + c + T::ONE);
    let bend = pull.mul_add(softplus, more * l.sigmoid);
    // The bend would enlarge what a subnormal sigmoid(−x) has lost of its digits.
    let (lifted, unlift) = l.lifted;
    let tiny = l.sigmoid_neg < select(c > T::ZERO, T::MIN_POSITIVE, T::ZERO);
    let bent = select(tiny, lifted * bend, pull.mul_add(l.sigmoid_neg * softplus, more * l.slope));
    let second = power.times(bent) * select(tiny, unlift, T::ONE);
    // An enormous exponent bends without bound where there is nothing to bend.
    let boundless = l.sigmoid_neg == T::ZERO && bend.abs() == T::INFINITY;
    (power.times(l.softplus), power.times(first), select(boundless, T::ZERO, second))
}

/// weight·wrong^gamma·loss, where loss = −log right and wrong + right = 1, by `wrong`; each number comes with its logarithm. The
/// weight comes first: a reciprocal may overflow where the weighted one does not.
#[inline(always)]
pub fn faded_log<T: Float>(
    weight: T,
    (gamma, exponent): (T, f64),
    (wrong, log_wrong): (T, (f64, f64)),
    (right, log_right): (T, (f64, f64)),
) -> (T, T, T) {
    let power = Power::new(log_wrong, exponent);
    let (loss, slope) = (times(weight, T::lit(-log_right.0)), over(weight, right));
    let none = wrong == T::ZERO;
    let ratio = select(none, weight, loss / wrong).min(T::MAX);
    let bend = times(gamma, (gamma - T::ONE) * ratio + slope + slope);
    // wrong^(gamma − 1) at 0
    let end = select(gamma < T::ONE, T::INFINITY, select(gamma == T::ONE, T::ONE, T::ZERO));
    let limit = select(bend == T::ZERO, bend, times(end, bend));
    let bent = select(none, limit, power.over(wrong).times(bend));
    (power.times(loss), power.times(times(gamma, ratio) + slope), bent + power.times(over(slope, right)))
}

/// x log y, 0 where x is 0; ≤ 2.1 ULP.
#[inline(always)]
pub fn xlogy<T: Float>(x: T, y: T) -> T {
    select(x == T::ZERO && !y.is_nan(), T::ZERO, x * log(y))
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
