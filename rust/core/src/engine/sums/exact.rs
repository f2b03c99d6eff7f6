//! Exact sums of floats, and correctly rounded quotients of them: the last resort of `lanes.rs`.
//!
//! A float is an integer times a power of two, so a sum of floats is an integer in units of the smallest float, 2⁻¹⁰⁷⁴.
//! It is kept in digits of 32 bits inside 64-bit integers: the room above lets many values in before carries must be
//! resolved (the small superaccumulator of R. Neal 2015). Rounding is division by one, and division is the schoolbook's,
//! bit by bit: it happens once per sum.

use std::array::from_fn;

use super::lanes::canonical;

/// Digits of 32 bits: 2098 bits hold every float, 78 more that many times over, and two digits are left for a division.
pub(super) const DIGITS: usize = 70;
/// The same in words of 64 bits.
const WORDS: usize = DIGITS / 2;
/// Values that fit between two carries: each adds less than 2⁵² to a digit.
const ROOM: usize = 1 << 10;
/// Exponent of the smallest float.
const SMALLEST: i32 = -1074;
/// Bits of the largest float in units of the smallest.
pub(super) const FLOAT_BITS: usize = 2098;

/// The exact sum of any number of floats.
#[derive(Clone)]
pub struct Exact {
    /// In base 2³², least significant first; only the last may be negative after a carry.
    digits: [i64; DIGITS],
    /// Values added since the last carry.
    pending: usize,
    /// The sum of the infinities and NaNs.
    special: f64,
}

impl Default for Exact {
    fn default() -> Self {
        Self::new()
    }
}

impl From<u64> for Exact {
    /// A count, of which a float holds 53 bits only.
    fn from(count: u64) -> Self {
        let mut sum = Self::new();
        sum.add((count >> 32) as f64 * 4_294_967_296.0);
        sum.add((count & 0xffff_ffff) as f64);
        sum
    }
}

impl From<f64> for Exact {
    fn from(value: f64) -> Self {
        let mut sum = Self::new();
        sum.add(value);
        sum
    }
}

impl Exact {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { digits: [0; DIGITS], pending: 0, special: 0.0 }
    }

    /// Adds one value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        if !value.is_finite() {
            self.special += value;
            return;
        }
        if self.pending == ROOM {
            self.carry();
        }
        self.pending += 1;
        let bits = value.to_bits();
        let field = (bits >> 52 & 0x7ff) as usize;
        let fraction = bits & ((1 << 52) - 1);
        let (significand, shift) = if field == 0 { (fraction, 0) } else { (fraction | 1 << 52, field - 1) };
        let (digit, shift) = (shift / 32, shift % 32);
        let low = (significand << shift & 0xffff_ffff) as i64;
        let high = (significand >> (32 - shift)) as i64;
        let sign = if value.is_sign_negative() { -1 } else { 1 };
        self.digits[digit] += sign * low;
        self.digits[digit + 1] += sign * high;
    }

    /// Adds another sum.
    pub fn merge(&mut self, other: &Self) {
        if self.pending + other.pending >= ROOM {
            self.carry();
        }
        if self.pending + other.pending >= ROOM {
            let mut other = other.clone();
            other.carry();
            return self.merge(&other);
        }
        for (digit, more) in self.digits.iter_mut().zip(&other.digits) {
            *digit += more;
        }
        // What a carry leaves in a digit is less than what a value adds to it.
        self.pending += other.pending + 1;
        self.special += other.special;
    }

    /// The sum, correctly rounded.
    #[must_use]
    pub fn rounded(&self) -> f64 {
        self.over(&Self::from(1.0))
    }

    /// The quotient of two sums, correctly rounded; neither of them can overflow on the way.
    #[must_use]
    pub fn over(&self, divisor: &Self) -> f64 {
        let (sign, divisor_sign) = (self.kind(), divisor.kind());
        let quotient = sign / divisor_sign;
        if quotient.abs() != 1.0 {
            // A zero, an infinity or a NaN is involved.
            return canonical(quotient);
        }
        let (mut remainder, exponent) = self.normalised();
        let (divisor, divisor_exponent) = divisor.normalised();
        // The first bit of the quotient weighs 1, the 63rd 2⁻⁶²; all that is left tells only whether it is exact.
        let mut bits = 0u64;
        for _ in 0..63 {
            bits <<= 1;
            if remainder.iter().rev().ge(divisor.iter().rev()) {
                subtract(&mut remainder, &divisor);
                bits |= 1;
            }
            shift_left(&mut remainder, 1);
        }
        let inexact = remainder.iter().any(|&word| word != 0);
        quotient * assemble(bits, inexact, exponent - divisor_exponent - 62)
    }

    /// −1, 0 or 1, the sign of the sum, or the infinity or NaN that it is.
    fn kind(&self) -> f64 {
        if self.special != 0.0 {
            return self.special;
        }
        let mut sum = self.clone();
        sum.carry();
        if sum.digits[DIGITS - 1] < 0 {
            -1.0
        } else if sum.digits.iter().any(|&digit| digit != 0) {
            1.0
        } else {
            0.0
        }
    }

    /// Whether the finite values sum to less than 0, and the digits of the magnitude of their sum.
    pub(super) fn magnitude(&self) -> (bool, [u32; DIGITS]) {
        let mut sum = self.clone();
        sum.carry();
        let negative = sum.digits[DIGITS - 1] < 0;
        if negative {
            sum.digits = sum.digits.map(|digit| -digit);
            sum.carry();
        }
        (negative, sum.digits.map(|digit| digit as u32))
    }

    /// The sum of the infinities and NaNs, 0 where there are none.
    pub(super) fn special(&self) -> f64 {
        self.special
    }

    /// The sum with these parts.
    pub(super) fn of_parts(special: f64, negative: bool, digits: &[u32; DIGITS]) -> Self {
        let mut sum = Self { digits: digits.map(i64::from), pending: 0, special };
        if negative {
            sum.digits = sum.digits.map(|digit| -digit);
            sum.carry();
        }
        sum
    }

    /// The magnitude shifted until its leading bit ends the last word but one, and minus that shift.
    fn normalised(&self) -> ([u64; WORDS], i32) {
        let (_, digits) = self.magnitude();
        let mut words = from_fn(|i| u64::from(digits[2 * i]) | u64::from(digits[2 * i + 1]) << 32);
        let leading = words.iter().rposition(|&word| word != 0).unwrap_or(0);
        let empty = WORDS - 2 - leading;
        words.rotate_right(empty);
        let zeros = words[WORDS - 2].leading_zeros();
        shift_left(&mut words, zeros);
        (words, -((64 * empty) as i32 + zeros as i32))
    }

    /// Brings every digit but the last into [0, 2³²).
    fn carry(&mut self) {
        let mut carry = 0;
        for digit in &mut self.digits[..DIGITS - 1] {
            *digit += carry;
            carry = *digit >> 32;
            *digit &= 0xffff_ffff;
        }
        self.digits[DIGITS - 1] += carry;
        self.pending = 0;
    }
}

fn shift_left(words: &mut [u64; WORDS], count: u32) {
    let mut carry = 0;
    for word in words {
        let wide = (*word as u128) << count | carry;
        *word = wide as u64;
        carry = wide >> 64;
    }
}

fn subtract(words: &mut [u64; WORDS], less: &[u64; WORDS]) {
    let mut borrow = false;
    for (word, &less) in words.iter_mut().zip(less) {
        let (difference, under) = word.overflowing_sub(less);
        let (difference, under_borrow) = difference.overflowing_sub(borrow as u64);
        (*word, borrow) = (difference, under || under_borrow);
    }
}

/// `bits`·2^`exponent`, a little more if `inexact`, rounded to nearest, ties to even.
fn assemble(bits: u64, inexact: bool, exponent: i32) -> f64 {
    // One bit more stands for everything below.
    let (bits, exponent) = ((bits as u128) << 1 | inexact as u128, exponent - 1);
    // 53 bits are kept, and nothing below the smallest float.
    let surplus = 128 - bits.leading_zeros() as i32 - 53;
    let drop = surplus.max(SMALLEST - exponent).min(100);
    let (kept, rest, half) = (bits >> drop, bits & ((1 << drop) - 1), 1 << (drop - 1));
    let up = rest > half || (rest == half && kept & 1 == 1);
    let (kept, exponent) = (kept as u64 + up as u64, exponent + drop);
    if exponent > 971 {
        return f64::INFINITY;
    }
    // A carry out of the significand, or out of the denormal numbers, moves into the exponent field by itself.
    f64::from_bits((((exponent - SMALLEST).max(0) as u64) << 52) + kept)
}
