//! The two floating-point types, and the handful of bit tricks the elementary functions stand on.
//!
//! `Float` is what generic arithmetic needs of `f32` and `f64`: the operations that compile to one instruction, and
//! nothing that calls a library. Everything here is free of branches, so a plain element loop over it vectorises.
//! `max`, `min` and `select` are written as one comparison and one choice for the same reason: the standard `max`
//! has rules for NaN that cost three instructions.

use std::fmt::Debug;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A function's value, first and second derivative at a point.
pub type Rule<T> = (T, T, T);

/// Polynomial approximations in this type, which [`functions`](super::functions) gives.
pub trait Polynomials {
    /// (exp(r) − 1 − r)/r² for |r| ≤ ln(2)/2.
    fn exp_tail(r: Self) -> Self;
    /// exp(r) − 1 for such r, to the accuracy of exp(r).
    fn expm1_short(r: Self) -> Self;
    /// The same to the accuracy that exp(x) − 1 needs, where it is a third of the result.
    fn expm1_tail(r: Self) -> Self;
    /// (2 atanh(s)/s − 2)/s² as a function of s² ≤ 0.0295: the logarithm of a number in [√½, √2).
    fn atanh_near(s2: Self) -> Self;
    /// (2 atanh(t/2) − t)/t³ as a function of t² ≤ 4/9: log(1 + e) for e in [0, 1] without reduction.
    fn atanh_wide(t2: Self) -> Self;
    /// Where [`Polynomials::log1p_tail`] is expanded.
    const LOG1P_CENTRE: Self;
    /// (log(1 + e)/e − 1)/e for e in [0, 1] as a function of e − `LOG1P_CENTRE`.
    fn log1p_tail(f: Self) -> Self;
    /// (h(t) − t)·(t + 4) for the hazard h(t) = φ(t)/Φ(−t) of the normal distribution, t ≥ 0, as a function of u = (t − 4)/(t + 4).
    fn hazard(u: Self) -> Self;
}

/// `f32` or `f64`.
#[allow(clippy::return_self_not_must_use)] // Arithmetic: nobody calls it for its effects.
pub trait Float:
    Polynomials
    + Copy
    + PartialOrd
    + Default
    + Send
    + Sync
    + Debug
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + 'static
{
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;
    /// 1/2
    const HALF: Self;
    /// 2
    const TWO: Self;
    /// ∞
    const INFINITY: Self;
    /// Not a number.
    const NAN: Self;
    /// Distance from 1 to the next larger number.
    const EPSILON: Self;
    /// Smallest normal number.
    const MIN_POSITIVE: Self;
    /// Largest finite number.
    const MAX: Self;
    /// Marks what counts, as 0 marks what does not: every bit is set.
    const COUNTS: Self;
    /// Whether this is `f32`: a constant, so that the other arm of an `if` on it does not exist in machine code.
    const SINGLE: bool;

    /// log₂ e
    const LOG2_E: Self;
    /// ln 2 rounded to nearest.
    const LN_2: Self;
    /// ln 2 − `LN_2`.
    const LN_2_LOW: Self;
    /// ln 2 in so few bits that its product with any exponent is exact.
    const LN_2_SHORT: Self;
    /// ln 2 − `LN_2_SHORT`.
    const LN_2_SHORT_LOW: Self;
    /// exp overflows above.
    const EXP_MAX: Self;
    /// exp is 0 below, and [`Float::raised_power_of_two`] gives 0 for it.
    const EXP_MIN: Self;
    /// 1.5·2^(p−1): adding it rounds to an integer, which then stands in the low bits.
    const ROUNDER: Self;
    /// `ROUNDER` plus 64 plus the exponent's bias, for [`Float::raised_power_of_two`].
    const RAISED_ROUNDER: Self;
    /// 2⁻ʳ, r a little below the largest exponent: by how much [`Float::raised_power_of_two`] raises what [`Float::FAR_ROUNDER`] rounds.
    const UNRAISE_FAR: Self;
    /// `ROUNDER` plus r plus the exponent's bias.
    const FAR_ROUNDER: Self;
    /// What it gives 0 for.
    const EXP_MIN_FAR: Self;
    /// 2^p and p: lifts every subnormal number into the normal range.
    const LIFT: (Self, Self);

    /// The constant `x`, rounded to this type.
    fn lit(x: f64) -> Self;
    /// The same number as `f64`, exactly.
    fn to_f64(self) -> f64;
    /// The bits as `f32`: those of positive numbers grow with them.
    fn single_bits(self) -> u32;
    /// Absolute value.
    fn abs(self) -> Self;
    /// Absolute value, but no more than a positive limit, which NaN becomes. As an integer: as floats, LLVM makes more of it.
    fn abs_at_most(self, limit: Self) -> Self;
    /// −self where a label is 1, self where it is 0, from a bit of the label: a choice between two floats, LLVM would carry through
    /// much of what follows, twice.
    fn negated_if(self, label: Self) -> Self;
    /// `self` where `counts` is [`Float::COUNTS`], and 0 where it is 0: without a condition, which would become a store under a mask.
    fn kept_if(self, counts: Self) -> Self;
    /// Square root, correctly rounded.
    fn sqrt(self) -> Self;
    /// This magnitude with the sign of `sign`.
    fn copysign(self, sign: Self) -> Self;
    /// self·b + c with one rounding.
    fn mul_add(self, b: Self, c: Self) -> Self;
    /// 2ⁿ as a product of two powers, given n + `ROUNDER`; one factor alone would overflow before the result does.
    fn power_of_two_pair(rounded: Self) -> (Self, Self);
    /// 2ⁿ, given n + `ROUNDER`, n within the normal exponents.
    fn power_of_two(rounded: Self) -> Self;
    /// 2^(n+64), given n + `RAISED_ROUNDER`: reaches below the normal numbers when multiplied by 2⁻⁶⁴ afterwards.
    fn raised_power_of_two(rounded: Self) -> Self;
    /// 1/self for a power of two.
    fn reciprocal_of_power(self) -> Self;
    /// (m, k) with self = m·2ᵏ and m in [√½, √2), for normal positive numbers.
    fn split(self) -> (Self, Self);

    /// Whether this is not a number.
    fn is_nan(self) -> bool;
    /// The larger; NaN if `self` is NaN.
    #[inline(always)]
    fn max(self, b: Self) -> Self {
        if self < b { b } else { self }
    }
    /// The smaller; NaN if `self` is NaN.
    #[inline(always)]
    fn min(self, b: Self) -> Self {
        if self > b { b } else { self }
    }
}

/// `a` if `c`, else `b`. Both are computed: that is what lets a loop vectorise.
#[inline(always)]
pub fn select<T>(c: bool, a: T, b: T) -> T {
    if c { a } else { b }
}

/// All that differs between the two types is their layout and the constants after it.
macro_rules! float {
    ($t:ident, mantissa: $mantissa:literal, bias: $bias:literal, far: $far:literal, sqrt_half: $sqrt_half:literal, $($constant:tt)*) => {
        impl Float for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const HALF: Self = 0.5;
            const TWO: Self = 2.0;
            const INFINITY: Self = $t::INFINITY;
            const NAN: Self = $t::NAN;
            const EPSILON: Self = $t::EPSILON;
            const MIN_POSITIVE: Self = $t::MIN_POSITIVE;
            const MAX: Self = $t::MAX;
            const COUNTS: Self = $t::from_bits(!0);
            const LOG2_E: Self = std::$t::consts::LOG2_E;
            const LN_2: Self = std::$t::consts::LN_2;
            const RAISED_ROUNDER: Self = Self::ROUNDER + ($bias + 64) as $t;
            const UNRAISE_FAR: Self = $t::from_bits(($bias - $far) << $mantissa);
            const FAR_ROUNDER: Self = Self::ROUNDER + ($bias + $far) as $t;
            const EXP_MIN_FAR: Self = -std::$t::consts::LN_2 * ($bias + $far) as $t;
            $($constant)*

            #[inline(always)]
            fn lit(x: f64) -> Self {
                x as $t
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                $t::is_nan(self)
            }
            #[inline(always)]
            fn single_bits(self) -> u32 {
                (self as f32).to_bits()
            }
            #[inline(always)]
            fn abs(self) -> Self {
                $t::abs(self)
            }
            #[inline(always)]
            fn abs_at_most(self, limit: Self) -> Self {
                $t::from_bits((self.to_bits() << 1 >> 1).min(limit.to_bits()))
            }
            #[inline(always)]
            fn negated_if(self, label: Self) -> Self {
                // The highest bit but one of the exponent is set in 1.
                $t::from_bits(self.to_bits() ^ (label.to_bits() << 2 & (-0.0 as $t).to_bits()))
            }
            #[inline(always)]
            fn kept_if(self, counts: Self) -> Self {
                $t::from_bits(self.to_bits() & counts.to_bits())
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $t::sqrt(self)
            }
            #[inline(always)]
            fn copysign(self, sign: Self) -> Self {
                $t::copysign(self, sign)
            }
            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                $t::mul_add(self, b, c)
            }
            #[inline(always)]
            fn power_of_two_pair(rounded: Self) -> (Self, Self) {
                // Twice the bias keeps the sum positive, so a logical shift halves it; AVX2 has no arithmetic one.
                let n = rounded.to_bits().wrapping_sub(Self::ROUNDER.to_bits()).wrapping_add(2 * $bias);
                let half = n >> 1;
                ($t::from_bits(half << $mantissa), $t::from_bits(n.wrapping_sub(half) << $mantissa))
            }
            #[inline(always)]
            fn power_of_two(rounded: Self) -> Self {
                // The shift drops everything of ROUNDER, whose low bits are zero.
                $t::from_bits(rounded.to_bits().wrapping_add($bias) << $mantissa)
            }
            #[inline(always)]
            fn raised_power_of_two(rounded: Self) -> Self {
                $t::from_bits(rounded.to_bits() << $mantissa)
            }
            #[inline(always)]
            fn reciprocal_of_power(self) -> Self {
                $t::from_bits(((2 * $bias) << $mantissa) - self.to_bits())
            }
            #[inline(always)]
            fn split(self) -> (Self, Self) {
                let bits = self.to_bits();
                let biased = bits.wrapping_sub($sqrt_half).wrapping_add(($bias + 1) << $mantissa) >> $mantissa;
                let m = $t::from_bits(bits.wrapping_sub(biased << $mantissa).wrapping_add(($bias + 1) << $mantissa));
                // An integer becomes a float by standing in the low bits of ROUNDER: no conversion instruction.
                let k = $t::from_bits(Self::ROUNDER.to_bits().wrapping_add(biased));
                (m, k - (Self::ROUNDER + ($bias + 1) as $t))
            }
        }
    };
}

float!(f64, mantissa: 52, bias: 1023, far: 1000, sqrt_half: 0x3fe6_a09e_667f_3bcd,
    const SINGLE: bool = false;
    const LN_2_LOW: f64 = 2.319046813846299558e-17;
    const LN_2_SHORT: f64 = 0.693147180559890330187045037746;
    const LN_2_SHORT_LOW: f64 = 5.4979230187083711552420206887e-14;
    const EXP_MAX: f64 = 710.0;
    const EXP_MIN: f64 = -753.5;
    const ROUNDER: f64 = 6755399441055744.0;
    const LIFT: (f64, f64) = (18014398509481984.0, 54.0);
);
float!(f32, mantissa: 23, bias: 127, far: 124, sqrt_half: 0x3f35_04f3,
    const SINGLE: bool = true;
    const LN_2_LOW: f32 = -1.9046542121259335544891655445e-9;
    const LN_2_SHORT: f32 = 0.693145751953125;
    const LN_2_SHORT_LOW: f32 = 1.428606765330187045e-6;
    const EXP_MAX: f32 = 89.0;
    const EXP_MIN: f32 = -132.4;
    const ROUNDER: f32 = 12582912.0;
    const LIFT: (f32, f32) = (33554432.0, 25.0);
);
