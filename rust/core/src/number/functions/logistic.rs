//! The logistic family from one exponential and one division.
//!
//! Everything is derived from e = exp(−|x|) ≤ 1, so nothing overflows, x and −x give mirrored bits, and what a caller
//! does not use is never computed.

use super::super::compensated::fast_two_sum;
use super::super::float::{Float, select};
use super::super::products::times;
use super::exp::{exp_negative_parts, exp_negative_small_sum};
use super::log::{log_double, log_wide};

/// softplus(x) = log(1 + exp(x)), sigmoid(x) = 1/(1 + exp(−x)), and their mirror images.
#[derive(Clone, Copy, Debug)]
pub struct Logistic<T> {
    /// softplus(x), ≤ 1 ULP.
    pub softplus: T,
    /// softplus(−x) = −log sigmoid(x), ≤ 1 ULP.
    pub softplus_neg: T,
    /// sigmoid(x), ≤ 1 ULP.
    pub sigmoid: T,
    /// sigmoid(−x) = 1 − sigmoid(x), ≤ 1 ULP.
    pub sigmoid_neg: T,
    /// sigmoid(x) sigmoid(−x), the derivative of sigmoid, ≤ 1 ULP.
    pub slope: T,
    /// exp(−|x|), which is sigmoid(−|x|) where that is subnormal, as a number that is not and a power of two, to be multiplied
    /// in the end.
    pub lifted: (T, T),
    /// What rounding took from `sigmoid` and from `softplus_neg`.
    sigmoid_low: T,
    softplus_neg_low: T,
}

impl<T: Float> Logistic<T> {
    /// sigmoid(x)², ≤ 0.7 ULP; 1.2 beside the subnormal numbers, where its low part is one.
    #[inline(always)]
    pub fn sigmoid_squared(&self) -> T {
        let (s, low) = (self.sigmoid, self.sigmoid_low);
        let square = s * s;
        square + (s + s).mul_add(low, s.mul_add(s, -square))
    }

    /// sigmoid(x) less a number in two parts, to its own last place also where the two are near each other.
    #[inline(always)]
    pub fn sigmoid_less(&self, number: T, low: T) -> T {
        (self.sigmoid - number) + (self.sigmoid_low - low)
    }

    /// sigmoid(−x) − sigmoid(x), the slope's own relative slope, to its last place also near x = 0.
    #[inline(always)]
    pub fn turn(&self) -> T {
        -T::TWO * self.sigmoid_less(T::HALF, T::ZERO)
    }

    /// weight·softplus(x) with its derivatives: a weight above 1 would enlarge what subnormal numbers have lost of their digits.
    #[inline(always)]
    pub fn weighted_softplus(&self, weight: T) -> (T, T, T) {
        let (lifted, unlift) = self.lifted;
        let tiny = self.slope < select(weight > T::ONE, T::MIN_POSITIVE, T::ZERO);
        let small = (weight * lifted) * unlift;
        let below = tiny && self.sigmoid < self.sigmoid_neg;
        let value = select(below, small, times(weight, self.softplus));
        let first = select(below, small, times(weight, self.sigmoid));
        (value, first, select(tiny, small, times(weight, self.slope)))
    }

    /// sigmoid(x)^c for 0 ≤ c ≤ 5, where sigmoid(x) is not 0, ≤ 2.5 ULP; otherwise some number.
    #[inline(always)]
    pub fn sigmoid_pow(&self, c: T) -> T {
        // The limits are for an infinite softplus, whose low part is not a number.
        let high = self.softplus_neg.min(T::EXP_MIN * -T::TWO);
        let low = (-T::ONE).max(self.softplus_neg_low);
        let product = high * -c;
        exp_negative_small_sum(product, high.mul_add(-c, -product) - c * low)
    }
}

/// exp(−|x|), from which everything here follows, in parts: (high + low)·raised·[`Float::UNRAISE_FAR`].
///
/// A loop over a block may compute it ahead of the rest: see [`Formula::exponential`](crate::loss::Formula::exponential).
#[derive(Clone, Copy, Debug)]
pub struct Exponential<T> {
    /// Near 1.
    pub high: T,
    /// What that lacks.
    pub low: T,
    /// A power of two, so much too large that it reaches as far below the least number as any weight may bring back.
    pub raised: T,
}

impl<T: Float> Exponential<T> {
    /// That of a score.
    #[inline(always)]
    pub fn of(x: T) -> Self {
        let (high, low, raised) = exp_negative_parts(-x.abs());
        Exponential { high, low, raised }
    }
}

/// All of [`Logistic`] at x.
#[inline(always)]
pub fn logistic<T: Float>(x: T) -> Logistic<T> {
    logistic_of(x, Exponential::of(x))
}

/// The same where the exponential is there already, that of x or −x.
#[inline(always)]
pub fn logistic_of<T: Float>(x: T, Exponential { high, low, raised }: Exponential<T>) -> Logistic<T> {
    let (a, unraise) = (x.abs(), T::UNRAISE_FAR);
    let (e, e_low) = (high * (raised * unraise), low * (raised * unraise));
    let lifted = (high * raised, unraise);
    // Both quotients below come from one division and are at least half of e, so e − quotient is exact,
    // and with it the remainder that corrects them.
    let half = e * T::HALF;
    let (u, v) = (T::ONE + e, T::ONE + half);
    let inverse = T::ONE / (u * v);
    let (by_u, by_v) = (v * inverse, u * inverse);
    let e_low = e_low * by_u;
    // e/(1 + e)
    let q = e * by_u;
    let remainder = (-q).mul_add(e, e - q);
    let correction = remainder + e_low;
    let small = correction.mul_add(by_u, q);
    let small_low = correction.mul_add(by_u, q - small);
    let (large, large_lost) = fast_two_sum(T::ONE, -small);
    // log(1 + e) = 2 atanh(t/2), t = 2e/(2 + e)
    let t = e * by_v;
    let remainder = (-t).mul_add(half, e - t);
    let t2 = t * t;
    let rest = (t * t2).mul_add(T::atanh_wide(t2), remainder.mul_add(by_v, e_low));
    let (below, below_low) = fast_two_sum(t, rest);
    let (above, above_low) = fast_two_sum(a.max(t), a.min(t) + rest);
    let positive = x >= T::ZERO;
    Logistic {
        softplus: select(positive, above, below),
        softplus_neg: select(positive, below, above),
        sigmoid: select(positive, large, small),
        sigmoid_neg: select(positive, small, large),
        slope: small.mul_add(large, small.mul_add(large_lost - small_low, small_low * large)),
        lifted,
        sigmoid_low: select(positive, large_lost - small_low, small_low),
        softplus_neg_low: select(positive, below_low, above_low),
    }
}

/// That of x + low: what rounding took from a score would be multiplied by its size.
#[inline(always)]
pub fn logistic_sum<T: Float>(x: T, low: T) -> Logistic<T> {
    let (l, low) = (logistic(x), select(low.abs() < T::ONE, low, T::ZERO));
    let (move_by, (lifted, unlift)) = (low * l.slope, l.lifted);
    Logistic {
        softplus: low.mul_add(l.sigmoid, l.softplus),
        softplus_neg: low.mul_add(-l.sigmoid_neg, l.softplus_neg),
        sigmoid: l.sigmoid + move_by,
        sigmoid_neg: l.sigmoid_neg - move_by,
        slope: move_by.mul_add(l.sigmoid_neg - l.sigmoid, l.slope),
        lifted: (select(x >= T::ZERO, -low, low).mul_add(lifted, lifted), unlift),
        ..l
    }
}

/// log(1 + exp(x)), ≤ 1 ULP.
#[inline(always)]
pub fn softplus<T: Float>(x: T) -> T {
    logistic(x).softplus
}

/// 1/(1 + exp(−x)), ≤ 1 ULP.
#[inline(always)]
pub fn sigmoid<T: Float>(x: T) -> T {
    logistic(x).sigmoid
}

/// log(p/(1 − p)), the inverse of [`sigmoid`], ≤ 0.6 ULP; −∞ at 0, ∞ at 1, NaN beyond.
///
/// The logarithm of the odds and what they lack, which is most of the result near ½; float32 goes through float64.
#[inline(always)]
pub fn logit<T: Float>(p: T) -> T {
    let wide = p.to_f64();
    let (q, q_low) = fast_two_sum(1.0, -wide);
    let odds = wide / q;
    let lost = ((-odds).mul_add(q, wide) - odds * q_low) / q;
    let (high, low) = if T::SINGLE { (log_wide(odds), 0.0) } else { log_double(odds) };
    let outside = select(p == T::ZERO, -T::INFINITY, select(p == T::ONE, T::INFINITY, T::NAN));
    select((p > T::ZERO) & (p < T::ONE), T::lit(high + (low + lost / odds)), outside)
}
