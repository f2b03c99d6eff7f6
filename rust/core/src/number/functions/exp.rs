//! Exponentials: exp(x) = 2ⁿ exp(r), r = x − n ln 2, |r| ≤ ln(2)/2.
//!
//! With a fused multiply-add the first half of the reduction is exact, and 1 + r is kept with its rounding error, so
//! what is left to lose is the last rounding and a fraction of a unit.

use super::super::compensated::{fast_two_sum, two_sum};
use super::super::float::{Float, Rule, select};
use super::polynomials::horner;

/// 2⁻⁶⁴
pub(super) const UNRAISE: f64 = 5.421010862427522e-20;
/// 1/3 rounded, and the rest.
const THIRD: f64 = 1.0 / 3.0;
const THIRD_LOW: f64 = 1.850371707708594e-17;

/// n + `ROUNDER` and x − n·`LN_2`, which is exact.
#[inline(always)]
fn reduce<T: Float>(x: T, rounder: T) -> (T, T, T) {
    let rounded = x.mul_add(T::LOG2_E, rounder);
    let n = rounded - rounder;
    (rounded, n, (-n).mul_add(T::LN_2, x))
}

/// (n + `rounder`, s, w) with exp(x) = 2ⁿ (s + w), |w| at most a tenth of s.
#[inline(always)]
fn parts<T: Float>(x: T, rounder: T) -> (T, T, T) {
    let (rounded, n, exact) = reduce(x, rounder);
    let (s, lost) = fast_two_sum(T::ONE, exact);
    let r = (-n).mul_add(T::LN_2_LOW, exact);
    (rounded, s, (r * r).mul_add(T::exp_tail(r), (-n).mul_add(T::LN_2_LOW, lost)))
}

#[inline(always)]
fn clamp<T: Float>(x: T, low: T, high: T) -> T {
    x.min(high).max(low)
}

/// exp(x), ≤ 0.8 ULP.
#[inline(always)]
pub fn exp<T: Float>(x: T) -> T {
    let (rounded, s, w) = parts(clamp(x, T::EXP_MIN, T::EXP_MAX), T::ROUNDER);
    let (p, q) = T::power_of_two_pair(rounded);
    (s + w) * p * q
}

/// exp(hi + lo) for a small correction lo, which is ignored unless |lo| < 1/8; ≤ 0.8 ULP.
#[inline(always)]
pub fn exp_sum<T: Float>(hi: T, lo: T) -> T {
    let lo = select(lo.abs() < T::lit(0.125), lo, T::ZERO);
    let (rounded, _, s, w) = sum_parts(clamp(hi, T::EXP_MIN, T::EXP_MAX), lo, T::ROUNDER);
    let (p, q) = T::power_of_two_pair(rounded);
    (s + w) * p * q
}

/// exp(hi + lo) for a small correction lo as a number near 1 and the exponent of a power of two, up and down to
/// twice the exponents that there are.
#[inline(always)]
pub(super) fn exp_factors<T: Float>(hi: T, lo: T) -> (T, T) {
    let lo = select(lo.abs() < T::lit(0.125), lo, T::ZERO);
    let (_, n, s, w) = sum_parts(clamp(hi, T::EXP_MIN + T::EXP_MIN, T::EXP_MAX + T::EXP_MAX), lo, T::ROUNDER);
    (s + w, n)
}

/// (n + `rounder`, n, s, w) with exp(hi + lo) = 2ⁿ (s + w).
#[inline(always)]
fn sum_parts<T: Float>(hi: T, lo: T, rounder: T) -> (T, T, T, T) {
    let (rounded, n, exact) = reduce(hi, rounder);
    let (s, lost) = fast_two_sum(T::ONE, exact);
    let low = (-n).mul_add(T::LN_2_LOW, lo);
    let r = exact + low;
    (rounded, n, s, (r * r).mul_add(T::exp_tail(r), lost + low))
}

/// [`exp_sum`] for hi ≤ 0, a little cheaper: one factor 2ⁿ is enough, made as 2^(n + 64) and 2⁻⁶⁴.
#[inline(always)]
pub(super) fn exp_negative_sum<T: Float>(hi: T, lo: T) -> T {
    exp_negative_small_sum(hi, select(lo.abs() < T::lit(0.125), lo, T::ZERO))
}

/// [`exp_negative_sum`] for a lo that is known to be small.
#[inline(always)]
pub(super) fn exp_negative_small_sum<T: Float>(hi: T, lo: T) -> T {
    let (significand, raised) = exp_negative_factors(hi, lo);
    significand * (raised * T::lit(UNRAISE))
}

/// exp(hi + lo)·2⁶⁴ for hi ≤ 0 and a small lo, which is not subnormal where the exponential is, and 2⁻⁶⁴.
#[inline(always)]
pub(super) fn exp_negative_lifted<T: Float>(hi: T, lo: T) -> (T, T) {
    let (significand, raised) = exp_negative_factors(hi, lo);
    (significand * raised, T::lit(UNRAISE))
}

/// exp(hi + lo)·2⁶⁴ as a number near 1 and a power of two.
#[inline(always)]
fn exp_negative_factors<T: Float>(hi: T, lo: T) -> (T, T) {
    let (rounded, _, s, w) = sum_parts(hi.max(T::EXP_MIN), lo, T::RAISED_ROUNDER);
    (s + w, T::raised_power_of_two(rounded))
}

/// y·exp(hi + lo) for a small correction lo, ≤ 1.3 ULP wherever the product is representable: nothing overflows or underflows
/// on the way.
#[inline(always)]
pub fn exp_times<T: Float>(y: T, hi: T, lo: T) -> Times<T> {
    let lo = select(lo.abs() < T::lit(0.125), lo, T::ZERO);
    // Three factors of a third of the exponent each reach from the least y to the largest product, and back.
    let far = T::EXP_MAX * T::lit(2.9);
    let (_, n, s, w) = sum_parts(clamp(hi, -far, far), lo, T::ROUNDER);
    let (high, low) = fast_two_sum(s, w);
    let rounded = n.mul_add(T::lit(1.0 / 3.0), T::ROUNDER);
    let third = rounded - T::ROUNDER;
    let (p, q) = (T::power_of_two(rounded), T::power_of_two((n - third - third) + T::ROUNDER));
    // What becomes smaller is rounded once, at the end; so is what becomes larger, and that is doubled after its last rounding.
    let (smaller, larger) = ((high * p * y) * p * q, (y * p * (q * T::HALF) * p * high) * T::TWO);
    let product = select(n > T::ZERO, larger, smaller);
    let less = p * T::lit(UNRAISE.sqrt());
    let reduced = y * less * less * q * high;
    Times { product: select(y == T::ZERO, y, product), reduced, scaled: y * p * p * q, high, low }
}

/// An exponent in two parts, with its first and second derivative.
pub type Exponent<T> = [T; 4];

/// exp(exponent − peak) for a peak of about its size, with derivatives that are not products with it: the smallest exponentials have
/// lost digits.
#[inline(always)]
pub fn exp_against<T: Float>([high, low, slope, bend]: Exponent<T>, peak: T) -> Rule<T> {
    let (high, lost) = two_sum(high, -peak);
    // Called three times, not mapped over: the closure would be a function of its own, of no CPU level.
    let times = |factor| select(high.is_nan(), high, exp_times(factor, high, lost + low).product);
    (times(T::ONE), times(slope), times(slope.mul_add(slope, bend).min(T::MAX)))
}

/// y·exp(x) as [`exp_times`] makes it.
#[derive(Clone, Copy, Debug)]
pub struct Times<T> {
    /// The product.
    pub product: T,
    /// A large product times 2⁻⁶⁴.
    reduced: T,
    /// y times a power of two.
    scaled: T,
    /// What that is multiplied by, in two parts.
    high: T,
    low: T,
}

impl<T: Float> Times<T> {
    /// One of two.
    #[inline(always)]
    #[must_use]
    pub fn either(first: bool, a: Self, b: Self) -> Self {
        Times {
            product: select(first, a.product, b.product),
            reduced: select(first, a.reduced, b.reduced),
            scaled: select(first, a.scaled, b.scaled),
            high: select(first, a.high, b.high),
            low: select(first, a.low, b.low),
        }
    }

    /// The product times a factor, also where only that makes it representable; 0 where one of the two is.
    #[inline(always)]
    pub fn times(&self, factor: T) -> T {
        let beyond = (self.reduced * factor) * T::lit(1.0 / UNRAISE);
        let product = select(self.product.abs() == T::INFINITY, beyond, self.product * factor);
        select((factor == T::ZERO) | (self.product == T::ZERO), T::ZERO, product)
    }

    /// Whether multiples of the product may be beyond the largest number.
    #[inline(always)]
    pub fn is_large(&self) -> bool {
        self.product.abs() > T::MAX * T::lit(UNRAISE)
    }

    /// The product, which [`raise`](Self::raise) gives back where a large one is lowered.
    #[inline(always)]
    pub fn lowered(&self, lower: bool) -> T {
        select(lower, self.reduced, self.product)
    }

    /// What sums of lowered products are to be multiplied by.
    #[inline(always)]
    pub fn raise(lowered: bool) -> T {
        select(lowered, T::lit(1.0 / UNRAISE), T::ONE)
    }

    /// The product − 1, good to 0.15 of a unit where the two are close.
    #[inline(always)]
    pub fn minus_one(&self) -> T {
        let excess = self.scaled.mul_add(self.high, -T::ONE);
        select(excess < T::ONE, self.scaled.mul_add(self.low, excess), self.product - T::ONE)
    }
}

/// hi + lo for `EXP_MIN` ≤ hi ≤ 0 and a small lo without its multiples of ln 2, and their number for [`exp_negative_reduced`].
#[inline(always)]
pub(super) fn reduce_negative_sum<T: Float>(hi: T, lo: T) -> (T, T) {
    let (rounded, n, exact) = reduce(hi, T::RAISED_ROUNDER);
    (exact + (-n).mul_add(T::LN_2_LOW, lo), rounded)
}

/// The exponential of what [`reduce_negative_sum`] made, ≤ 0.95 ULP: what 1 + r rounds is not kept.
#[inline(always)]
pub(super) fn exp_negative_reduced<T: Float>(r: T, rounded: T) -> T {
    let y = T::exp_tail(r).mul_add(r, T::ONE).mul_add(r, T::ONE);
    y * (T::raised_power_of_two(rounded) * T::lit(UNRAISE))
}

/// exp(x) as an unevaluated sum (high, low), good to 0.15 of a unit of the high part.
#[inline(always)]
pub fn exp_parts<T: Float>(x: T) -> (T, T) {
    let (rounded, s, w) = parts(clamp(x, T::EXP_MIN, T::EXP_MAX), T::ROUNDER);
    let (high, low) = fast_two_sum(s, w);
    let (p, q) = T::power_of_two_pair(rounded);
    (high * p * q, low * p * q)
}

/// [`exp_parts`] for x ≤ 0, a little cheaper, before the power of two: one of them is enough, given over
/// [`Float::UNRAISE_FAR`].
#[inline(always)]
pub(super) fn exp_negative_parts<T: Float>(x: T) -> (T, T, T) {
    let (rounded, s, w) = parts(x.max(T::EXP_MIN_FAR), T::FAR_ROUNDER);
    let (high, low) = fast_two_sum(s, w);
    (high, low, T::raised_power_of_two(rounded))
}

/// exp(x) − 1, ≤ 1.2 ULP (float32 1).
#[inline(always)]
pub fn expm1<T: Float>(x: T) -> T {
    let (rounded, n, exact) = reduce(clamp(x, T::EXP_MIN, T::EXP_MAX), T::ROUNDER);
    let r = (-n).mul_add(T::LN_2_LOW, exact);
    let low = (-n).mul_add(T::LN_2_LOW, exact - r);
    // 2ⁿ = p q, in units of q, so that nothing overflows: exp(x) − 1 = q ((p − 1/q) + p r + p (r² tail + low)).
    let (p, q) = T::power_of_two_pair(rounded);
    let (h, lost) = two_sum(p, -q.reciprocal_of_power());
    let (s, lost_too) = two_sum(h, p * r);
    let rest = low.mul_add(p, lost + lost_too);
    let y = (s + (r * r * p).mul_add(T::expm1_tail(r), rest)) * q;
    select(x > T::EXP_MAX, T::INFINITY, select(x == T::ZERO, x, y))
}

/// (exp(x), t, low) with exp(x) − 1 = t + low, for x ≤ 0, where one scale is enough for both.
#[inline(always)]
pub(super) fn exp_and_expm1_negative<T: Float>(x: T) -> (T, T, T) {
    let (rounded, n, exact) = reduce(x.max(T::EXP_MIN), T::RAISED_ROUNDER);
    let scale = T::raised_power_of_two(rounded) * T::lit(UNRAISE);
    let r = (-n).mul_add(T::LN_2_LOW, exact);
    let low = (-n).mul_add(T::LN_2_LOW, exact - r);
    let w = (r * r).mul_add(T::exp_tail(r), low);
    let (s, lost) = fast_two_sum(T::ONE, r);
    let e = (s + (lost + w)) * scale;
    let h = scale - T::ONE;
    let (t, lost) = fast_two_sum(h, r * scale);
    let (t, low) = fast_two_sum(t, lost + w.mul_add(scale, scale - (h + T::ONE)));
    (e, t, low)
}

/// exp(x) in float64 for a result of float32, x ≤ 200: relative error 4e-11, x below −700 taken as that.
#[inline(always)]
pub(super) fn exp_wide(x: f64) -> f64 {
    // Raised by nothing: the rounder brings the exponent's bias alone.
    let (rounded, _, r) = reduce(Float::max(x, -700.0), f64::RAISED_ROUNDER - 64.0);
    let y = horner!(
        r,
        0.00019775142496147633,
        0.0013948209353786879,
        0.008333561290758395,
        0.0416662250388254,
        0.16666665124103394,
        0.5000000104673336,
        1.0000000002435243,
        0.9999999999616151
    );
    y * f64::raised_power_of_two(rounded)
}

/// exp(x) for x ≤ 0 in double-double, relative error 2⁻⁶²: square and cube of the reduced argument in two parts as well.
#[inline(always)]
pub(super) fn exp_negative_double(x: f64) -> (f64, f64) {
    let (rounded, n, exact) = reduce(Float::max(x, f64::EXP_MIN), f64::RAISED_ROUNDER);
    let scale = f64::raised_power_of_two(rounded) * UNRAISE;
    let r = (-n).mul_add(f64::LN_2_LOW, exact);
    let r_low = (-n).mul_add(f64::LN_2_LOW, exact - r);
    // r²/2, and r³/6 = (r²/2) r/3, whose third has a low part too.
    let half = 0.5 * r;
    let square = half * r;
    let square_low = half.mul_add(r, -square);
    let cube = square * r;
    let third = cube * THIRD;
    let third_low =
        cube.mul_add(THIRD, -third) + (square.mul_add(r, -cube) + square_low * r).mul_add(THIRD, cube * THIRD_LOW);
    let quartic = horner!(
        r,
        2.0815618506973316e-9,
        2.510634843793458e-8,
        2.755759015765592e-7,
        2.7557253290680557e-6,
        2.480158696720844e-5,
        0.00019841269875113117,
        0.0013888888889050852,
        0.00833333333332724,
        0.04166666666666641
    ) * (4.0 * (square * square));
    let (s, lost) = fast_two_sum(1.0, r);
    let (s, lost_square) = fast_two_sum(s, square);
    let (s, lost_cube) = fast_two_sum(s, third);
    let low = r_low.mul_add(s, square_low) + third_low;
    let (s, low) = fast_two_sum(s, quartic + (lost + lost_square + lost_cube + low));
    (s * scale, low * scale)
}
