//! What a formula may do with a number: the trait every loss is written in.
//!
//! Each function is stated once as a *rule* (its value with its first and second derivative, each accurate in its own right), and
//! every kind of number takes from the rule what it carries: a float the value, a [`Slope`](super::Slope) the first
//! derivative too, a [`Jet`](super::Jet) both. What nobody reads disappears in compilation, so one formula costs no more than
//! hand-written code for each combination of outputs.
//!
//! Constants of a formula (the target, the parameters) are plain floats, [`Real::Scalar`]: a constant carried as a jet would
//! cost multiplications by zero that the compiler may not remove.

use super::functions as f;
pub use super::products::{over, times, times_or_nan, times_plus};
use super::{Float, select};
use std::ops::{Add, Div, Mul, Neg, Sub};

pub use super::float::Rule;

/// A number that formulas are written in: a float, or a float that carries derivatives along.
#[allow(clippy::return_self_not_must_use)] // Arithmetic: nobody calls it for its effects.
pub trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + Add<Self::Scalar, Output = Self>
    + Sub<Self::Scalar, Output = Self>
    + Mul<Self::Scalar, Output = Self>
{
    /// The plain float underneath.
    type Scalar: Float;

    /// The variable itself: slope 1.
    fn variable(value: Self::Scalar) -> Self;
    /// The value alone.
    fn primal(self) -> Self::Scalar;
    /// The first and second derivative; 0 where they are not carried.
    fn derivatives(self) -> (Self::Scalar, Self::Scalar);
    /// A constant.
    fn constant(value: Self::Scalar) -> Self;
    /// The function with this rule at `self.primal()`, applied to `self`.
    fn chain(self, rule: Rule<Self::Scalar>) -> Self;
    /// `a` where the condition holds, else `b`; both are computed.
    fn select(condition: bool, a: Self, b: Self) -> Self;
    /// `weight * self`, and exactly 0 where `weight` is 0 (so that 0·inf is 0: a label that removes its term).
    fn weighted(self, weight: Self::Scalar) -> Self;
    /// `self + weight * other` with one rounding, and nothing of `other` where `weight` is 0.
    fn plus_weighted(self, weight: Self::Scalar, other: Self) -> Self;
    /// `self + low * other`, for a weight that is what rounding took from another: what is infinite has lost nothing.
    fn corrected(self, low: Self::Scalar, other: Self) -> Self;

    /// |x|, with slope 0 at 0.
    #[inline(always)]
    fn abs(self) -> Self {
        let x = self.primal();
        let one = Self::Scalar::ONE;
        let sign = if x == Self::Scalar::ZERO { x } else { one.copysign(x) };
        self.chain((x.abs(), sign, Self::Scalar::ZERO))
    }
    /// x².
    #[inline(always)]
    fn square(self) -> Self {
        let x = self.primal();
        self.chain((x * x, x + x, Self::Scalar::TWO))
    }
    /// The larger of x and a constant; the constant's (zero) slope where they are equal. NaN stays.
    #[inline(always)]
    fn at_least(self, floor: Self::Scalar) -> Self {
        Self::select(self.primal() <= floor, Self::constant(floor), self)
    }
    /// x kept within [−bound, bound]; slope 1 on the bounds themselves. NaN stays.
    #[inline(always)]
    fn clipped(self, bound: Self::Scalar) -> Self {
        let x = self.primal();
        Self::select(x.abs() > bound, Self::constant(bound.copysign(x)), self)
    }
    /// exp(x).
    #[inline(always)]
    fn exp(self) -> Self {
        let e = f::exp(self.primal());
        self.chain((e, e, e))
    }
    /// The natural logarithm.
    #[inline(always)]
    fn log(self) -> Self {
        let x = self.primal();
        let slope = Self::Scalar::ONE / x;
        self.chain((f::log(x), slope, -(slope * slope)))
    }
    /// log(1 + x).
    #[inline(always)]
    fn log1p(self) -> Self {
        let x = self.primal();
        let slope = Self::Scalar::ONE / (Self::Scalar::ONE + x);
        self.chain((f::log1p(x), slope, -(slope * slope)))
    }
    /// log(1 + exp(x)).
    #[inline(always)]
    fn softplus(self) -> Self {
        let l = f::logistic(self.primal());
        self.chain((l.softplus, l.sigmoid, l.slope))
    }
    /// log(1 − exp(−x)) for x ≥ 0.
    #[inline(always)]
    fn log1mexp(self) -> Self {
        let a = self.primal();
        let slope = Self::Scalar::ONE / f::expm1(a);
        self.chain((f::log1mexp(a), slope, -(slope + times(slope, slope))))
    }
    /// exp(x) − 1.
    #[inline(always)]
    fn expm1(self) -> Self {
        let x = self.primal();
        let e = f::exp(x);
        self.chain((f::expm1(x), e, e))
    }
    /// exp(x) − 1 − x: x²/2 near 0.
    #[inline(always)]
    fn expm1_minus(self) -> Self {
        let x = self.primal();
        self.chain((f::expm1_minus(x), f::expm1(x), f::exp(x)))
    }
    /// x − log(1 + x): x²/2 near 0.
    #[inline(always)]
    fn minus_log1p(self) -> Self {
        let (x, one) = (self.primal(), Self::Scalar::ONE);
        let inverse = one / (one + x);
        // Beyond the numbers the slope is 1.
        let slope = select(x == Self::Scalar::INFINITY, one, x * inverse);
        self.chain((f::minus_log1p(x), slope, inverse * inverse))
    }
    /// log(1 + x²).
    #[inline(always)]
    fn log1p_square(self) -> Self {
        let (x, one) = (self.primal(), Self::Scalar::ONE);
        let (value, share, rest) = f::log1p_square(x);
        let slope = select(x.abs() > one, rest / x, x * share);
        // (1 − x²)/(1 + x²)², the difference exact beside 1.
        let bend =
            select(x.abs() > one, (one / x.abs() - one) * (one / x.abs() + one) * rest, (one - x) * (one + x) * share)
                * share;
        self.chain((value, slope + slope, bend + bend))
    }
    /// √(1 + x²) − 1: x²/2 near 0, |x| − 1 in the tails.
    #[inline(always)]
    fn hypot1(self) -> Self {
        let (x, one) = (self.primal(), Self::Scalar::ONE);
        let (value, inverse) = f::hypot1(x);
        let slope = select(x.abs() > Self::Scalar::lit(1e10), one.copysign(x), x * inverse);
        self.chain((value, slope, inverse * inverse * inverse))
    }
    /// √x.
    #[inline(always)]
    fn sqrt(self) -> Self {
        let (x, half) = (self.primal(), Self::Scalar::HALF);
        let root = Float::sqrt(x);
        let slope = half / root;
        self.chain((root, slope, -(half * slope / x)))
    }
    /// x to a constant power, x ≥ 0.
    #[inline(always)]
    fn powf(self, power: Self::Scalar) -> Self {
        let (x, one) = (self.primal(), Self::Scalar::ONE);
        let slope = times(power, f::pow(x, power - one));
        let bend = times(power * (power - one), f::pow(x, power - one - one));
        self.chain((f::pow(x, power), slope, bend))
    }
    /// tanh(x).
    #[inline(always)]
    fn tanh(self) -> Self {
        let (_, tanh, slope) = f::log_cosh(self.primal());
        self.chain((tanh, slope, -(slope * (tanh + tanh))))
    }
    /// log Φ(x), Φ the normal distribution function.
    #[inline(always)]
    fn log_ndtr(self) -> Self {
        self.chain(f::log_ndtr(self.primal()))
    }
    /// The larger of two; `self` where they are equal, and where it is NaN.
    #[inline(always)]
    fn max(self, other: Self) -> Self {
        Self::select(self.primal() < other.primal(), other, self)
    }
    /// The smaller of two; `self` where they are equal, and where it is NaN.
    #[inline(always)]
    fn min(self, other: Self) -> Self {
        Self::select(self.primal() > other.primal(), other, self)
    }
}

/// A difference times a constant, with what rounding took from it: exponentials would multiply that by their argument's size.
#[derive(Clone, Copy, Debug)]
pub struct Scaled<R: Real> {
    /// Rounded, with its derivatives.
    pub high: R,
    /// The rest.
    pub low: R::Scalar,
}

impl<R: Real> Scaled<R> {
    /// (x − y)·a for a constant in two parts.
    #[inline(always)]
    pub fn new(x: R, y: R::Scalar, (a, a_low): (R::Scalar, R::Scalar)) -> Self {
        let (_, low) = f::scaled_difference(x.primal(), y, a, a_low);
        Scaled { high: (x - y).weighted(a), low }
    }
    /// The same seen from the other side.
    #[inline(always)]
    #[must_use]
    pub fn mirrored(self, mirrors: bool) -> Self {
        let sign = select(mirrors, -R::Scalar::ONE, R::Scalar::ONE);
        Scaled { high: self.high * sign, low: self.low * sign }
    }
    /// exp.
    #[inline(always)]
    pub fn exp(self) -> R {
        let e = f::exp_sum(self.high.primal(), self.low);
        self.high.chain((e, e, e))
    }
    /// exp − 1.
    #[inline(always)]
    pub fn expm1(self) -> R {
        let e = f::exp_sum(self.high.primal(), self.low);
        self.high.chain((self.expm1_value(e), e, e))
    }
    /// exp(u) − 1 − u.
    #[inline(always)]
    pub fn expm1_minus(self) -> R {
        let u = self.high.primal();
        let e = f::exp_sum(u, self.low);
        let slope = self.expm1_value(e);
        self.high.chain((f::expm1_minus(u) + times(self.low, slope.min(R::Scalar::MAX)), slope, e))
    }
    #[inline(always)]
    fn expm1_value(self, e: R::Scalar) -> R::Scalar {
        f::expm1(self.high.primal()) + times(self.low, e.min(R::Scalar::MAX))
    }
    /// width·log(1 + exp) − tilt·r where the constant is the inverse of the width and `r` the difference, seen from the same side, of a
    /// tilt in two parts: the slope keeps its digits beside its zero. A small width would enlarge what subnormal numbers have lost of
    /// theirs.
    #[inline(always)]
    pub fn tilted_softplus_of_width(
        self,
        r: R,
        (tilt, tilt_low): (R::Scalar, R::Scalar),
        inverse: R::Scalar,
        width: R::Scalar,
    ) -> R {
        let (l, low) = (f::logistic(self.high.primal()), self.low);
        let bend = times(l.slope, inverse) + times(low, l.slope * inverse * (l.sigmoid_neg - l.sigmoid));
        let (lifted, unlift) = l.lifted;
        let tiny = inverse * (lifted + times(low, lifted)) * unlift;
        let is_tiny = inverse > R::Scalar::ONE && l.slope < R::Scalar::MIN_POSITIVE && lifted > R::Scalar::ZERO;
        let value = width * (l.softplus + times(low, l.sigmoid)) - r.primal() * tilt;
        let slope = l.sigmoid_less(tilt, tilt_low) + times(low, l.slope);
        r.chain((value, slope, select(is_tiny, tiny, bend)))
    }
    /// log cosh.
    #[inline(always)]
    pub fn log_cosh(self) -> R {
        let ((value, slope, bend), low) = (f::log_cosh(self.high.primal()), self.low);
        let corrected = bend - times(bend, (slope + slope) * low);
        self.high.chain((value + times(low, slope), slope + times(low, bend), corrected))
    }
}

macro_rules! float_is_real {
    ($($t:ty),*) => { $(
        impl Real for $t {
            type Scalar = $t;
            #[inline(always)]
            fn variable(value: $t) -> $t {
                value
            }
            #[inline(always)]
            fn primal(self) -> $t {
                self
            }
            #[inline(always)]
            fn derivatives(self) -> ($t, $t) {
                (0.0, 0.0)
            }
            #[inline(always)]
            fn constant(value: $t) -> $t {
                value
            }
            #[inline(always)]
            fn chain(self, rule: Rule<$t>) -> $t {
                rule.0
            }
            #[inline(always)]
            fn select(condition: bool, a: $t, b: $t) -> $t {
                if condition { a } else { b }
            }
            #[inline(always)]
            fn weighted(self, weight: $t) -> $t {
                times(weight, self)
            }
            #[inline(always)]
            fn plus_weighted(self, weight: $t, other: $t) -> $t {
                times_plus(weight, other, self)
            }
            #[inline(always)]
            fn corrected(self, low: $t, other: $t) -> $t {
                low.mul_add(Float::min(other, <$t>::MAX), self)
            }
        }
    )* };
}
float_is_real!(f32, f64);
