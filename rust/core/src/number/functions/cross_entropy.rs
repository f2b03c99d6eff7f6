//! softplus by itself, times a weight, with its derivatives: what the logistic loss is made of.
//!
//! [`logistic`](super::logistic) promises 1 ULP for each of five functions and carries low parts for that. Three of them within 1.5, 1.5
//! and 2 ULP need none. With e = exp(−|x|) = 2ⁿ(1 + p),
//!
//! - 1 + p is never rounded in a result: p is an addend of the value and d·p + d of the slopes, and the power of two comes last. A
//!   rounded e would cost a unit wherever it is just above a power of two and the result just below;
//! - log(1 + e)/e = 1 + e·Q(e) takes one polynomial and no division. Q is expanded about a number near 1, so that the roundings of
//!   Horner's scheme vanish where e·Q is largest;
//! - 29/32 of the leading 1 is added last, the other 3/32 goes with p: what is rounded before is below 1/4 there;
//! - 1/(1 + e) gets one correction from its residual (1 − d) − d·e, which knows what 1 + e lost.
//!
//! The margin is thin: `make exhaustive` after a change of anything here.

use super::super::compensated::two_sum;
use super::super::float::{Float, Rule, select};
use super::super::products::{times, times_plus};

/// exp(−|x|), in parts: (1 + excess)·raised·[`Float::UNRAISE_FAR`].
#[derive(Clone, Copy, Debug)]
pub struct Excess<T> {
    /// What a number near 1 is more than that.
    pub excess: T,
    /// A power of two, too large by almost all exponents that there are: far below the smallest float, for large weights.
    pub raised: T,
}

impl<T: Float> Excess<T> {
    /// That of nothing, for who does not read it.
    pub const NONE: Self = Excess { excess: T::ZERO, raised: T::ZERO };
    /// That of a score; of NaN, that of ∞.
    #[inline(always)]
    pub fn of(x: T) -> Self {
        let a = x.abs_at_most(-T::EXP_MIN_FAR);
        let rounded = (-a).mul_add(T::LOG2_E, T::FAR_ROUNDER);
        let n = rounded - T::FAR_ROUNDER;
        let r = (-n).mul_add(T::LN_2_LOW, (-n).mul_add(T::LN_2, -a));
        Excess { excess: T::expm1_short(r), raised: T::raised_power_of_two(rounded) }
    }
}

/// How weights are multiplied in: with the raised power of two nothing overflows, and what is subnormal is rounded after it was
/// weighted. The same for all elements.
#[derive(Clone, Copy, Debug)]
pub struct Lift<T> {
    before: T,
    after: T,
}

impl<T: Float> Lift<T> {
    /// For weights up to this one, which become about 1 first: others beside it keep their digits.
    #[inline(always)]
    pub fn of(largest: T) -> Self {
        let (_, exponent) = largest.max(T::ONE).min(T::lit(if T::SINGLE { 1e36 } else { 1e307 })).split();
        let power = T::power_of_two(exponent + T::ROUNDER);
        Lift { before: power.reciprocal_of_power(), after: power * T::UNRAISE_FAR }
    }

    #[inline(always)]
    fn times(self, weight: T, raised: T) -> T {
        weight * self.before * raised * self.after
    }
}

/// What softplus and its derivatives share, without weights and signs.
struct Parts<T> {
    /// The power of two.
    scale: T,
    /// What log(1 + e) is more than 29/32, in units of it.
    rest: T,
    /// 1/(1 + e).
    large: T,
    /// e/(1 + e) in these units.
    small: T,
    /// The product of both in these units.
    slope: T,
}

impl<T: Float> Parts<T> {
    #[inline(always)]
    fn of(Excess { excess, raised }: Excess<T>) -> Self {
        let (one, scale) = (T::ONE, raised * T::UNRAISE_FAR);
        let significand = one + excess;
        let e = significand * scale;
        let rest = (significand * e).mul_add(T::log1p_tail(e - T::LOG1P_CENTRE), excess + T::lit(3.0 / 32.0));
        let large = one / (one + e);
        let large = (-large).mul_add(e, one - large).mul_add(large, large);
        let small = excess.mul_add(large, large);
        let lost = excess.mul_add(large, large - small);
        Parts { scale, rest, large, small, slope: (-small).mul_add(small * scale, lost) + small }
    }
}

/// weighted·log(1 + e) + linear, where the weight comes with the power of two.
#[inline(always)]
fn value<T: Float>(parts: &Parts<T>, weighted: T, linear: T) -> T {
    weighted.mul_add(T::lit(29.0 / 32.0), weighted.mul_add(parts.rest, linear))
}

/// weight·log(1 + exp(x)) with its first and second derivative, ≤ 1.5, 1.5 and 2 ULP for a weight of 1. The exponential is that
/// of x or −x.
#[inline(always)]
pub fn weighted_softplus<T: Float>(weight: T, lift: Lift<T>, x: T, exponential: Excess<T>) -> Rule<T> {
    let (parts, negative) = (Parts::of(exponential), x < T::ZERO);
    let weighted = lift.times(weight, exponential.raised);
    let linear = times(weight, select(negative, T::ZERO, x));
    let first = select(negative, parts.small * weighted, parts.large * weight);
    (value(&parts, weighted, linear), first, parts.slope * weighted)
}

/// a·log(1 + exp(−x)) + b·log(1 + exp(x)) with its first and second derivative, for weights with what their rounding took; where one
/// of them is 0, to the bit as [`weighted_softplus`].
#[inline(always)]
pub fn mixed_softplus<T: Float>(
    [(a, a_low), (b, b_low)]: [(T, T); 2],
    lift: Lift<T>,
    x: T,
    exponential: Excess<T>,
) -> Rule<T> {
    let (parts, negative) = (Parts::of(exponential), x < T::ZERO);
    // Of the side that is less likely, and of the other.
    let (far, far_low) = (select(negative, a, b), select(negative, a_low, b_low));
    let (near, near_low) = (select(negative, b, a), select(negative, b_low, a_low));
    let (sum, lost) = two_sum(a, b);
    let (weighted, low) = (lift.times(sum, exponential.raised), (lost + (a_low + b_low)) * parts.scale);
    let linear = times_plus(far, x.abs(), far_low * x.abs().min(T::MAX));
    let linear = low.mul_add(parts.rest + T::lit(29.0 / 32.0), linear);
    let corrected = near_low.mul_add(parts.small * parts.scale, -(far_low * parts.large));
    let first = (-far).mul_add(parts.large, lift.times(near, exponential.raised).mul_add(parts.small, corrected));
    (value(&parts, weighted, linear), select(negative, first, -first), parts.slope.mul_add(weighted, parts.slope * low))
}
