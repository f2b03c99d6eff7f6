//! Logarithms: log(m 2ᵏ) = k ln 2 + 2 atanh(f/(2 + f)), f = m − 1, m in [√½, √2).
//!
//! 2 atanh(s) = f − f²/2 + s (f²/2 + s² R(s²)) makes the leading term exact, so only small terms round.

use super::super::compensated::{fast_two_sum, two_sum};
use super::super::float::{Float, select};
use super::polynomials::horner;

/// (m, k) of any positive finite number.
#[inline(always)]
pub(super) fn split<T: Float>(x: T) -> (T, T) {
    let (scale, exponent) = T::LIFT;
    let subnormal = x < T::MIN_POSITIVE;
    let (m, k) = select(subnormal, x * scale, x).split();
    (m, select(subnormal, k - exponent, k))
}

/// The values at and beyond the ends of the domain (0, ∞), `y` within.
#[inline(always)]
fn with_limits<T: Float>(x: T, zero: T, y: T) -> T {
    let outside = select(x == zero, -T::INFINITY, select(x == T::INFINITY, x, T::NAN));
    select(x > zero && x < T::INFINITY, y, outside)
}

/// log(x), ≤ 0.9 ULP; −∞ at 0, NaN below.
#[inline(always)]
pub fn log<T: Float>(x: T) -> T {
    let (m, k) = split(x);
    let f = m - T::ONE;
    let s = f / (f + T::TWO);
    let s2 = s * s;
    let half_square = f * f * T::HALF;
    let low = k.mul_add(T::LN_2_SHORT_LOW, s * s2.mul_add(T::atanh_near(s2), half_square));
    with_limits(x, T::ZERO, k.mul_add(T::LN_2_SHORT, f - (half_square - low)))
}

/// a/x² for a and x of at least 0, 0 where a is, wherever the quotient is.
#[inline(always)]
pub fn over_square<T: Float>(a: T, x: T) -> T {
    let square = x * x;
    // Beyond the range of squares one division after the other does no harm: both make the result larger, or both smaller.
    let apart = square < T::MIN_POSITIVE || square == T::INFINITY;
    let (above, below) = (select(apart, a / x, a), select(apart, x, square));
    select(a == T::ZERO, T::ZERO, above / below)
}

/// log(x/y) for x and y of at least 0, ≤ 2 ULP outside of [½, 2], wherever the quotient is.
#[inline(always)]
pub fn log_ratio<T: Float>(x: T, y: T) -> T {
    // 2ⁿ and 2n log 2: what brings the least quotient up, and the largest down, to where numbers have all of their digits.
    let (scale, shift) = if T::SINGLE { (80.0f64, 160.0) } else { (540.0, 1080.0) };
    let (raise, shift) = (T::lit(scale.exp2()), T::lit(shift * std::f64::consts::LN_2));
    let quotient = x / y;
    let (low, high) = (quotient < T::MIN_POSITIVE, quotient == T::INFINITY);
    let lower = T::ONE / raise;
    let (up, down) = (select(low, raise, select(high, lower, T::ONE)), select(low, lower, select(high, raise, T::ONE)));
    let log = log((x * up) / (y * down)) - select(low, shift, select(high, -shift, T::ZERO));
    let endless = select(y == T::INFINITY && x < y, -T::INFINITY, log);
    select(y == T::ZERO && x > T::ZERO, T::INFINITY, endless)
}

/// log(1 + x), ≤ 1 ULP; −∞ at −1, NaN below.
#[inline(always)]
pub fn log1p<T: Float>(x: T) -> T {
    let (u, lost) = two_sum(T::ONE, x);
    let y = log_sum(lost, x, u.split());
    select(x == T::ZERO, x, with_limits(x, -T::ONE, y))
}

/// log(1 + x) for x in [0, 1], ≤ 1 ULP, in a third of the time.
#[inline(always)]
pub fn log1p_unit<T: Float>(x: T) -> T {
    // 2 atanh(t/2), t = 2x/(2 + x), and what t lacks.
    let half = x * T::HALF;
    let inverse = T::ONE / (T::ONE + half);
    let t = x * inverse;
    let remainder = (-t).mul_add(half, x - t);
    let t2 = t * t;
    t + (t * t2).mul_add(T::atanh_wide(t2), remainder * inverse)
}

/// log(u + lost), where `x` is u + lost − 1 in one number and u = m 2ᵏ: for u near 1, x is all that is needed; otherwise
/// `lost` is carried as a correction of m. Where k is beyond 60 that no longer shows, whatever it is scaled by.
#[inline(always)]
pub(super) fn log_sum<T: Float>(lost: T, x: T, (m, k): (T, T)) -> T {
    let one = k == T::ZERO;
    let f = select(one, x, m - T::ONE);
    let limit = T::lit(60.0);
    let lost = select(one, T::ZERO, lost * T::power_of_two(T::ROUNDER - k.min(limit).max(-limit)));
    let v = f + T::TWO;
    let inverse = T::ONE / (m * v);
    let s = f * (m * inverse);
    let s2 = s * s;
    let half_square = f * f * T::HALF;
    let low = k.mul_add(T::LN_2_SHORT_LOW, s * s2.mul_add(T::atanh_near(s2), half_square));
    let low = lost.mul_add(v * inverse, low);
    k.mul_add(T::LN_2_SHORT, f - (half_square - low))
}

/// log(x) as an unevaluated sum (high, low), good to 0.001 of a unit of the high part.
#[inline(always)]
pub fn log_parts<T: Float>(x: T) -> (T, T) {
    if T::SINGLE {
        let y = log_wide(x.to_f64());
        let high = T::lit(y);
        let finite = high.abs() < T::INFINITY;
        (high, select(finite, T::lit(y - high.to_f64()), T::ZERO))
    } else {
        in_type(log_double(x.to_f64()))
    }
}

#[inline(always)]
fn in_type<T: Float>((high, low): (f64, f64)) -> (T, T) {
    (T::lit(high), T::lit(low))
}

/// log(x) in float64 of a float32 number, relative error 2e-11: short, and enough to round to float32 once.
#[inline(always)]
pub(super) fn log_wide(x: f64) -> f64 {
    let (m, k) = x.split();
    let f = m - 1.0;
    let s = f / (f + 2.0);
    let s2 = s * s;
    let tail = horner!(s2, 0.23332375249342194, 0.28550737394661757, 0.40000122751211725, 0.6666666655302338);
    with_limits(x, 0.0, k.mul_add(f64::LN_2, (s * s2).mul_add(tail, s + s)))
}

/// log(x) in float64 of a float32 number, absolute error 3e-16 but for the last rounding: what is left of it when a number near it is
/// subtracted.
#[inline(always)]
pub(super) fn log_close(x: f64) -> f64 {
    let (m, k) = x.split();
    let f = m - 1.0;
    let s = f / (f + 2.0);
    let s2 = s * s;
    let tail = horner!(
        s2,
        0.16621938471804512,
        0.18140185772958126,
        0.22222862463799065,
        0.2857142413663627,
        0.4000000001121182,
        0.6666666666666208
    );
    with_limits(x, 0.0, k.mul_add(f64::LN_2, (s * s2).mul_add(tail, s + s)))
}

/// log(x) in double-double, relative error about 2⁻⁶³.
#[inline(always)]
pub(super) fn log_double(x: f64) -> (f64, f64) {
    let (s, k) = halved(x);
    let h = horner!(
        s.0 * s.0,
        0.12916008548647168,
        0.1328573717053637,
        0.153855825263663,
        0.1818180811913092,
        0.22222222272117628,
        0.28571428571335183,
        0.4000000000000003
    );
    log_of_halved(x, s, k, atanh_cubic(s, h))
}

/// log(x) in double-double, absolute error about 2⁻⁷⁷ for x near 1 and 2⁻⁹⁰ of the largest logarithms: what is left of it when a
/// number near it is subtracted.
#[inline(always)]
pub(super) fn log_near(x: f64) -> (f64, f64) {
    // s³ (2/3 + z (2/5 + z (2/7 + z h(z)))), z = s², all but h in two parts.
    let ((s, s_low), k) = halved(x);
    let z = s * s;
    let squared = (z, s.mul_add(s, -z) + 2.0 * (s * s_low));
    let h = horner!(
        z,
        0.09702915832454237,
        0.09474542741742781,
        0.10527556868358824,
        0.11764688639533942,
        0.13333333463123095,
        0.15384615384136313,
        0.18181818181818854,
        0.2222222222222222
    );
    let p = plus_product((0.2857142857142857, 1.586032892321652e-17), squared, (h, 0.0));
    let p = plus_product((0.4, -2.2204460492503132e-17), squared, p);
    let (p, p_low) = plus_product((0.6666666666666666, 3.700743415417188e-17), squared, p);
    let c = s * z;
    let c_low = s.mul_add(z, -c) + s.mul_add(squared.1, s_low * z);
    let t = c * p;
    log_of_halved(x, (s, s_low), k, (t, c.mul_add(p, -t) + c.mul_add(p_low, c_low * p)))
}

/// c + z·p, all in two parts, for a product smaller than c.
#[inline(always)]
fn plus_product((c, c_low): (f64, f64), (z, z_low): (f64, f64), (p, p_low): (f64, f64)) -> (f64, f64) {
    let product = z * p;
    let low = z.mul_add(p, -product) + z.mul_add(p_low, z_low * p);
    let (sum, lost) = fast_two_sum(c, product);
    (sum, lost + (c_low + low))
}

/// s in two parts and k with log(x) = k ln 2 + 2 atanh(s).
#[inline(always)]
fn halved(x: f64) -> ((f64, f64), f64) {
    let (m, k) = split(x);
    let f = m - 1.0;
    let (v, v_low) = fast_two_sum(2.0, f);
    let inverse = 1.0 / v;
    let s = f * inverse;
    let rest = ((-s).mul_add(v, f) - s * v_low) * inverse;
    (fast_two_sum(s, rest), k)
}

/// log(x) in double-double from these, and from what 2 atanh(s) is more than 2 s.
#[inline(always)]
fn log_of_halved(x: f64, (s, s_low): (f64, f64), k: f64, (cube, cube_low): (f64, f64)) -> (f64, f64) {
    let (h, lost) = two_sum(k * f64::LN_2_SHORT, s + s);
    let (h, lost_too) = two_sum(h, cube);
    let low = lost + lost_too + (k.mul_add(f64::LN_2_SHORT_LOW, s_low + s_low) + cube_low);
    let (high, low) = fast_two_sum(h, low);
    let inside = x > 0.0 && x < f64::INFINITY;
    (with_limits(x, 0.0, high), select(inside, low, 0.0))
}

/// log(1 + e) in double-double for e + low in [0, 1], relative error about 2⁻⁶¹.
#[inline(always)]
pub(super) fn log1p_double(e: f64, low: f64) -> (f64, f64) {
    let v = 2.0 + e;
    let v_low = (e - (v - 2.0)) + low;
    let inverse = 1.0 / v;
    let s = e * inverse;
    let rest = ((-s).mul_add(v, e) + (-s).mul_add(v_low, low)) * inverse;
    let (s, s_low) = fast_two_sum(s, rest);
    let h = horner!(
        s * s,
        0.16265853041389547,
        0.07121461930522358,
        0.1093779543563253,
        0.11721347118849858,
        0.13336282755218118,
        0.15384484732024364,
        0.18181821870498663,
        0.22222222159570124,
        0.28571428571995017,
        0.3999999999999799
    );
    let (cube, cube_low) = atanh_cubic((s, s_low), h);
    let (high, lost) = fast_two_sum(s + s, cube);
    fast_two_sum(high, lost + (cube_low + (s_low + s_low)))
}

/// 2 atanh(s) − 2 s = s³ (2/3 + s² h) in double-double.
#[inline(always)]
fn atanh_cubic((s, s_low): (f64, f64), h: f64) -> (f64, f64) {
    let z = s * s;
    let z_low = s.mul_add(s, -z) + 2.0 * (s * s_low);
    let zh = z * h;
    let (p, p_low) = fast_two_sum(0.6666666666666666, zh);
    let p_low = p_low + 3.700743415417186e-17 + z_low.mul_add(h, z.mul_add(h, -zh));
    let c = s * z;
    let c_low = s.mul_add(z, -c) + s.mul_add(z_low, s_low * z);
    let t = c * p;
    (t, c.mul_add(p, -t) + c.mul_add(p_low, c_low * p))
}
