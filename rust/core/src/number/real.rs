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
use super::{Float, select};
use std::ops::{Add, Mul, Neg, Sub};

/// A function's value, first and second derivative at a point.
pub type Rule<T> = (T, T, T);

/// `a * b`, and zero where `a` is zero: a derivative that is not there stays away, even from an infinity.
#[inline(always)]
pub fn times<T: Float>(a: T, b: T) -> T {
    let product = a * b;
    if a == T::ZERO { T::ZERO } else { product }
}

/// A number that formulas are written in: a float, or a float that carries derivatives along.
#[allow(clippy::return_self_not_must_use)] // Arithmetic: nobody calls it for its effects.
pub trait Real:
    Copy
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
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
    /// exp(x) − y·x, whose slope exp(x) − y keeps its digits near the optimum; ∞ at ∞.
    #[inline(always)]
    fn exp_minus_linear(self, y: Self::Scalar) -> Self {
        let x = self.primal();
        let e = f::exp(x);
        let value = select(e == Self::Scalar::INFINITY, e, e - times(y, x));
        self.chain((value, f::exp_minus(x, y), e))
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
        }
    )* };
}
float_is_real!(f32, f64);
