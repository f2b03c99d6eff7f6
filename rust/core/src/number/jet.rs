//! Numbers that carry derivatives: [`Slope`] the first, [`Jet`] the first and second.
//!
//! Structural zeros and ones (the derivative of the variable itself, of a difference with a constant) are literals that fold away:
//! that is why products test for zero first and sums of a product with a zero term are selected rather than added.

use super::real::{Real, Rule, times, times_plus};
use super::{Float, select};
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A value with its first derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope<T> {
    /// The value.
    pub value: T,
    /// d value / d x.
    pub first: T,
}

/// A value with its first and second derivative.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jet<T> {
    /// The value.
    pub value: T,
    /// d value / d x.
    pub first: T,
    /// d² value / d x².
    pub second: T,
}

/// Operators that act on each part alone.
macro_rules! linear {
    ($kind:ident { $($part:ident),* } derivatives { $($derivative:ident),* }) => {
        impl<T: Float> Add for $kind<T> {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: Self) -> Self {
                $kind { $($part: self.$part + other.$part),* }
            }
        }
        impl<T: Float> Sub for $kind<T> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: Self) -> Self {
                $kind { $($part: self.$part - other.$part),* }
            }
        }
        impl<T: Float> Neg for $kind<T> {
            type Output = Self;
            #[inline(always)]
            fn neg(self) -> Self {
                $kind { $($part: -self.$part),* }
            }
        }
        impl<T: Float> Add<T> for $kind<T> {
            type Output = Self;
            #[inline(always)]
            fn add(self, other: T) -> Self {
                $kind { value: self.value + other, ..self }
            }
        }
        impl<T: Float> Sub<T> for $kind<T> {
            type Output = Self;
            #[inline(always)]
            fn sub(self, other: T) -> Self {
                $kind { value: self.value - other, ..self }
            }
        }
        impl<T: Float> Mul<T> for $kind<T> {
            type Output = Self;
            #[inline(always)]
            fn mul(self, factor: T) -> Self {
                $kind { value: self.value * factor, $($derivative: times(self.$derivative, factor)),* }
            }
        }
    };
}
linear!(Slope { value, first } derivatives { first });
linear!(Jet { value, first, second } derivatives { first, second });

impl<T: Float> Mul for Slope<T> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        Slope { value: self.value * b.value, first: times_plus(self.first, b.value, times(b.first, self.value)) }
    }
}

impl<T: Float> Mul for Jet<T> {
    type Output = Self;
    #[inline(always)]
    fn mul(self, b: Self) -> Self {
        let first = times_plus(self.first, b.value, times(b.first, self.value));
        let cross = times(self.first, b.first + b.first);
        let second = times_plus(self.second, b.value, times_plus(b.second, self.value, cross));
        Jet { value: self.value * b.value, first, second }
    }
}

impl<T: Float> Div for Slope<T> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let value = self.value / b.value;
        Slope { value, first: (self.first - times(b.first, value)) / b.value }
    }
}

impl<T: Float> Div for Jet<T> {
    type Output = Self;
    #[inline(always)]
    fn div(self, b: Self) -> Self {
        let value = self.value / b.value;
        let first = (self.first - times(b.first, value)) / b.value;
        let cross = times(b.first, first + first);
        Jet { value, first, second: (self.second - cross - times(b.second, value)) / b.value }
    }
}

impl<T: Float> Real for Slope<T> {
    type Scalar = T;
    #[inline(always)]
    fn variable(value: T) -> Self {
        Slope { value, first: T::ONE }
    }
    #[inline(always)]
    fn derivatives(self) -> (T, T) {
        (self.first, T::ZERO)
    }
    #[inline(always)]
    fn primal(self) -> T {
        self.value
    }
    #[inline(always)]
    fn constant(value: T) -> Self {
        Slope { value, first: T::ZERO }
    }
    #[inline(always)]
    fn chain(self, (value, first, _): Rule<T>) -> Self {
        Slope { value, first: times(self.first, first) }
    }
    #[inline(always)]
    fn select(c: bool, a: Self, b: Self) -> Self {
        Slope { value: select(c, a.value, b.value), first: select(c, a.first, b.first) }
    }
    #[inline(always)]
    fn weighted(self, weight: T) -> Self {
        Slope { value: times(weight, self.value), first: times(weight, self.first) }
    }
    #[inline(always)]
    fn plus_weighted(self, weight: T, other: Self) -> Self {
        let plus = |part: T, other: T| times_plus(weight, other, part);
        Slope { value: plus(self.value, other.value), first: plus(self.first, other.first) }
    }
    #[inline(always)]
    fn corrected(self, low: T, other: Self) -> Self {
        let value = low.mul_add(other.value.min(T::MAX), self.value);
        Slope { value, first: times_plus(low, other.first, self.first) }
    }
}

impl<T: Float> Real for Jet<T> {
    type Scalar = T;
    #[inline(always)]
    fn variable(value: T) -> Self {
        Jet { value, first: T::ONE, second: T::ZERO }
    }
    #[inline(always)]
    fn derivatives(self) -> (T, T) {
        (self.first, self.second)
    }
    #[inline(always)]
    fn primal(self) -> T {
        self.value
    }
    #[inline(always)]
    fn constant(value: T) -> Self {
        Jet { value, first: T::ZERO, second: T::ZERO }
    }
    #[inline(always)]
    fn chain(self, (value, first, second): Rule<T>) -> Self {
        let bent = times(self.first, times(self.first, second));
        Jet { value, first: times(self.first, first), second: times_plus(self.second, first, bent) }
    }
    #[inline(always)]
    fn select(c: bool, a: Self, b: Self) -> Self {
        Jet {
            value: select(c, a.value, b.value),
            first: select(c, a.first, b.first),
            second: select(c, a.second, b.second),
        }
    }
    #[inline(always)]
    fn weighted(self, weight: T) -> Self {
        Jet { value: times(weight, self.value), first: times(weight, self.first), second: times(weight, self.second) }
    }
    #[inline(always)]
    fn plus_weighted(self, weight: T, other: Self) -> Self {
        let plus = |part: T, other: T| times_plus(weight, other, part);
        Jet {
            value: plus(self.value, other.value),
            first: plus(self.first, other.first),
            second: plus(self.second, other.second),
        }
    }
    #[inline(always)]
    fn corrected(self, low: T, other: Self) -> Self {
        let value = low.mul_add(other.value.min(T::MAX), self.value);
        let plus = |part: T, other: T| times_plus(low, other, part);
        Jet { value, first: plus(self.first, other.first), second: plus(self.second, other.second) }
    }
}
