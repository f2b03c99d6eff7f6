//! How far a number is from the logarithm of another.
//!
//! A fast answer has an absolute error of about 2⁻⁷⁷, which is too much where little is left. Then there is a slow one, in numbers of 128
//! bits: of integers, so that it needs no instructions of a CPU level.

use super::super::float::{Float, select};
use super::log::{log_close, log_near};

/// What becomes of a distance so small that the fast answer lacks digits: it is taken as it is,
pub const ROUGH: u8 = 0;
/// it is NaN, so that it is asked for anew,
pub const ASKED: u8 = 1;
/// or the slow answer is given.
pub const EXACT: u8 = 2;

/// x − log(y).
#[derive(Clone, Copy, Debug)]
pub struct Distance<T> {
    /// The distance, ≤ 1 ULP unless it is rough.
    pub d: T,
    /// The same, but as it is where that is asked for anew.
    pub rough: T,
    /// Whether it is within ±1.
    pub near: bool,
    /// log(y) in two parts.
    pub log: (T, T),
}

/// x − log(y) for y ≥ 0.
#[inline(always)]
pub fn log_distance<T: Float, const HOW: u8>(x: T, y: T) -> Distance<T> {
    let (wide_x, wide_y) = (x.to_f64(), y.to_f64());
    let (high, low) = if T::SINGLE { (log_close(wide_y), 0.0) } else { log_near(wide_y) };
    let (rough, near) = ((wide_x - high) - low, (wide_x - high).abs() <= 1.0);
    let vague = (rough.abs() < VAGUE) & (y != T::ONE);
    let rough = T::lit(if HOW == EXACT && vague { exactly(wide_x, wide_y) } else { rough });
    let d = select((HOW == ASKED) & vague, T::NAN, rough);
    let log = T::lit(high);
    let log_low =
        if T::SINGLE { select(log.abs() < T::INFINITY, T::lit(high - log.to_f64()), T::ZERO) } else { T::lit(low) };
    Distance { d, rough, near, log: (log, log_low) }
}

/// 2⁻²⁰
const VAGUE: f64 = 9.5367431640625e-7;

/// ln 2 in units of 2⁻¹²⁸.
const LN_2: u128 = 0xb172_17f7_d1cf_79ab_c9e3_b398_03f2_f6af;

/// 1/3, 1/5, 1/7, ... in units of 2⁻¹²⁸.
const ODD: [u128; 25] = {
    let mut odd = [0; 25];
    let mut i = 0;
    while i < odd.len() {
        odd[i] = u128::MAX / (2 * i as u128 + 3);
        i += 1;
    }
    odd
};

/// x − log(y) where that is small, y > 0: good to 2⁻⁶⁴ of a unit of x.
///
/// All that is a whole number is left out, as it is of the result. Where y is near 1, so that its logarithm and x are small, both are
/// taken 2ᵉ times.
#[inline(never)]
fn exactly(x: f64, y: f64) -> f64 {
    // y = m/one·2ᵏ, log y = k ln 2 + 2 atanh((m − one)/(m + one))
    let (mut m, mut k) = significand(y);
    let mut one = 1u64 << 52;
    k += 52;
    if m > 0x16_a09e_667f_3bcd {
        (one, k) = (one << 1, k + 1);
    }
    let (above, below) = (m >= one, m.abs_diff(one));
    m += one;
    let (digits, exponent) = significand(x);
    let e = if k == 0 { near_one(m, below).min(-exponent - 56).clamp(0, 200) as u32 } else { 0 };

    let scaled = u128::from(below) << e;
    let (m, first) = (u128::from(m), (scaled << 64) / u128::from(m));
    let second = (((scaled << 64) % m) << 64) / m;
    let s = (first << 64) | second;
    let z = product(s >> e, s >> e);
    let series = ODD.iter().rev().fold(0, |sum, &term| term + product(z, sum));
    let log = (s + product(s, product(z, series))) << 1;

    let x = negated(shifted(digits, exponent + 128 + e as i32), x < 0.0);
    let of_two = negated(LN_2.wrapping_mul(u128::from(k.unsigned_abs())), k < 0);
    let rest = x.wrapping_sub(of_two).wrapping_sub(negated(log, !above)).cast_signed();
    rest as f64 * power_of_two(-128 - e as i32)
}

/// How often (m − one)/(m + one) can be doubled and stay below 1/8.
fn near_one(m: u64, below: u64) -> i32 {
    below.leading_zeros() as i32 - m.leading_zeros() as i32 - 3
}

/// 53 bits and an exponent of 2, without the sign; a subnormal number has them too.
fn significand(x: f64) -> (u64, i32) {
    let bits = x.abs().to_bits();
    let (digits, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i32);
    if exponent > 0 {
        return (digits | 1 << 52, exponent - 1075);
    }
    let shift = digits.leading_zeros() as i32 - 11;
    (if shift < 53 { digits << shift } else { 0 }, -1074 - shift)
}

fn shifted(digits: u64, by: i32) -> u128 {
    match by {
        128.. => 0,
        0.. => u128::from(digits) << by,
        -63.. => u128::from(digits >> -by),
        _ => 0,
    }
}

fn negated(number: u128, negate: bool) -> u128 {
    if negate { number.wrapping_neg() } else { number }
}

/// a·b of fractions.
fn product(a: u128, b: u128) -> u128 {
    const LOW: u128 = u64::MAX as u128;
    let (a_high, a_low, b_high, b_low) = (a >> 64, a & LOW, b >> 64, b & LOW);
    let first = a_high * b_low + ((a_low * b_low) >> 64);
    let second = a_low * b_high + (first & LOW);
    a_high * b_high + (first >> 64) + (second >> 64)
}

/// 2ⁿ, a normal number.
#[must_use]
pub const fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}
