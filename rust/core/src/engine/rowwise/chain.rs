//! The chain rule where every class has a share: from f′ and f″ of the classes to derivatives of the row.
//!
//! What a class gets from the others is a sum without its own term. Only the maximum can have nearly all of the probability, so only
//! its derivatives lose digits where that sum is taken as a difference: it is summed apart, as in softmax.

use super::softmax::over_sum_parts;
use crate::number::real::{over, times_or_nan};
use crate::number::{Float, select};

/// Sums over the classes of some rows.
#[derive(Clone, Copy)]
pub(super) struct Summed<T, const N: usize> {
    /// Of all.
    pub all: [T; N],
    /// Of all but the maximum.
    pub rest: [T; N],
}

impl<T: Float, const N: usize> Summed<T, N> {
    /// Of nothing.
    pub const NONE: Self = Summed { all: [T::ZERO; N], rest: [T::ZERO; N] };

    /// Of row i without one term, which may be the maximum's.
    #[inline(always)]
    fn but(&self, i: usize, term: T, is_maximum: bool) -> T {
        select(is_maximum, self.rest[i], self.all[i] - term)
    }
}

/// All lanes joined, halves first.
#[inline(always)]
pub(super) fn fold<T: Copy, const N: usize>(mut lanes: [T; N], join: impl Fn(T, T) -> T) -> T {
    let mut width = N / 2;
    while width > 0 {
        for i in 0..width {
            lanes[i] = join(lanes[i], lanes[i + width]);
        }
        width /= 2;
    }
    lanes[0]
}

/// What the chain rule needs of some rows.
pub(super) struct Row<'a, T, const N: usize> {
    /// The maximum.
    m: &'a [T; N],
    /// The sum of the terms but the maximum's own, and what rounding took from that.
    rest: &'a [T; N],
    low: &'a [T; N],
    /// One over the sum of the terms.
    inverse: [T; N],
    /// Of probabilities: a power of two with which maxima that are next to nothing have inverses, and sums of some of these.
    lift: [T; N],
    /// Sums of f′ and f″ over the classes.
    firsts: &'a Summed<T, N>,
    seconds: &'a Summed<T, N>,
    /// The gradient per term, in two parts; per class, from probabilities.
    pub slope: [T; N],
    slope_low: [T; N],
}

impl<'a, T: Float, const N: usize> Row<'a, T, N> {
    /// From the maxima, the sums of the terms but the maximum's own, what rounding took from these, and the sums of f′ and f″.
    #[inline(always)]
    pub fn new(raw: bool, [m, rest, low]: &'a [[T; N]; 3], [firsts, seconds]: &'a [Summed<T, N>; 2]) -> Self {
        let zero = [T::ZERO; N];
        let (mut inverse, mut lift, mut slope, mut slope_low) = (zero, [T::ONE; N], zero, zero);
        for i in 0..N {
            inverse[i] = over_sum_parts(T::ONE, rest[i], low[i]).0;
            if raw {
                (slope[i], slope_low[i]) = over_sum_parts(-firsts.all[i], rest[i], low[i]);
            } else {
                slope[i] = -times_or_nan(firsts.all[i], inverse[i] / m[i]);
                lift[i] = select(m[i] < T::MIN_POSITIVE / T::EPSILON, T::LIFT.0, T::ONE);
            }
        }
        Row { m, rest, low, inverse, lift, firsts, seconds, slope, slope_low }
    }

    /// Whether a class is the maximum, and has most of the probability.
    #[inline(always)]
    fn leads(&self, i: usize, e: T) -> bool {
        (e == T::ONE) & (self.rest[i] < T::ONE)
    }

    /// A class's gradient from its prediction, its term and its f′.
    #[inline(always)]
    pub fn grad<const RAW: bool>(&self, i: usize, x: T, e: T, first: T) -> T {
        let leads = self.leads(i, e);
        if RAW {
            let apart = first.mul_add(self.rest[i], first * self.low[i]) - self.firsts.rest[i];
            let grad = self.slope[i].mul_add(e, e.mul_add(self.slope_low[i], first));
            let grad = select(leads, apart * self.inverse[i], grad);
            // Where its own slope is infinite, it is steeper than all that the others take from it.
            select((first.abs() == T::INFINITY) & !self.firsts.all[i].is_nan(), first, grad)
        } else {
            // The class's probability first: its inverse may be infinite where the quotient is not.
            let own = times_or_nan(first, super::softmax::others(e, self.rest[i]) * self.inverse[i]);
            let (own, pull) = (over(own, x.abs() * self.lift[i]), self.firsts.but(i, first, leads));
            (own - times_or_nan(pull, self.inverse[i] / (self.m[i] * self.lift[i]))) * self.lift[i]
        }
    }

    /// Of probabilities, F′/P in two parts, given what rounding took from F′: what the gradient of a loss that is Σ f′·log q with
    /// numbers f′ takes from f′/p.
    #[inline(always)]
    pub fn pulls(&self, lost: &[T; N]) -> [[T; N]; 2] {
        let mut pulls = [[T::ZERO; N]; 2];
        for i in 0..N {
            let (sum, low) = over_sum_parts(self.firsts.all[i], self.rest[i], self.low[i]);
            let (m, low) = (self.m[i] * self.lift[i], lost[i].mul_add(self.inverse[i], low));
            let pull = sum / m;
            [pulls[0][i], pulls[1][i]] = [pull, ((-pull).mul_add(m, sum) + low) / m];
        }
        pulls
    }

    /// A class's gradient of such a loss, as little is left of the two beside the target, and whether this is no way to it: where a
    /// quotient is not finite, or all others' probabilities are less than what the parts have of the maximum's.
    #[inline(always)]
    pub fn grad_linear(&self, i: usize, x: T, e: T, first: T, [pulls, lows]: &[[T; N]; 2]) -> (T, bool) {
        let (eps, x) = (T::EPSILON, x.abs() * self.lift[i]);
        let inverse = T::ONE / x;
        let own = first * inverse;
        let low = (-own).mul_add(x, first) * inverse;
        let grad = (own - pulls[i]) + (low - lows[i]);
        // No two rows of different numbers have less left than what the parts lack.
        let nothing = grad.abs() <= own.abs() * (eps * eps * T::lit(8.0));
        let odd = (e == T::ONE) & (self.rest[i] < eps) | !((own.abs() < T::INFINITY) & (pulls[i].abs() < T::INFINITY));
        (select(nothing, T::ZERO, grad) * self.lift[i], odd)
    }

    /// From probabilities, a class's gradient from its term, its f′, and the derivative of f with respect to q.
    #[inline(always)]
    pub fn grad_in_q(&self, i: usize, e: T, first: T, slope: T) -> T {
        let own = times_or_nan(slope, super::softmax::others(e, self.rest[i]) * self.inverse[i]);
        let grad = times_or_nan(own - self.firsts.but(i, first, self.leads(i, e)), self.inverse[i] / self.m[i]);
        select((own.abs() == T::INFINITY) & !self.firsts.all[i].is_nan(), own, grad)
    }

    /// A class's second derivative, from both of f with respect to q likewise.
    #[inline(always)]
    pub fn hess_in_q(&self, i: usize, e: T, [first, second]: [T; 2], [slope, bend]: [T; 2]) -> T {
        let (others, leads) = (super::softmax::others(e, self.rest[i]) * self.inverse[i], self.leads(i, e));
        let own = times_or_nan(others, times_or_nan(bend, others) - (slope + slope));
        let pull = self.seconds.but(i, second, leads) + self.firsts.but(i, first, leads);
        let whole = self.inverse[i] / self.m[i];
        let hess = times_or_nan(times_or_nan(own + pull, whole), whole);
        select((own.abs() == T::INFINITY) & !(self.seconds.all[i] + self.firsts.all[i]).is_nan(), own, hess)
    }

    /// From probabilities, the second derivative of a class that has none of f′ and f″.
    #[inline(always)]
    pub fn bend(&self, i: usize) -> T {
        let whole = self.inverse[i] / self.m[i];
        times_or_nan(times_or_nan(self.seconds.all[i] + self.firsts.all[i], whole), whole)
    }

    /// A class's second derivative, likewise.
    #[inline(always)]
    pub fn hess<const RAW: bool>(&self, i: usize, x: T, e: T, first: T, second: T) -> T {
        let (others, leads) = (super::softmax::others(e, self.rest[i]), self.leads(i, e));
        let (inverse, bend) = (self.inverse[i], self.seconds.but(i, second, leads));
        if RAW {
            let own = others * others.mul_add(second, -(e * self.firsts.all[i]));
            // A square alone might underflow.
            e.mul_add(e * bend, own) * inverse * inverse
        } else {
            let lift = self.lift[i];
            let (x, m, lacking) = (x.abs() * lift, self.m[i] * lift, others * inverse);
            let whole = inverse / m;
            let square = times_or_nan(second, lacking) - first;
            let bent = times_or_nan(lacking, over(square, x) - times_or_nan(first, whole));
            let bend = bend + self.firsts.but(i, first, leads);
            let (own, pull) = (over(bent, x), times_or_nan(times_or_nan(bend, whole), whole));
            // Where both are beyond the largest number, their sum has the sign of what they are multiples of whole² of.
            let ratio = (T::ONE + self.rest[i]) * m / x;
            let apart = times_or_nan(lacking, times_or_nan(square, ratio) - first);
            let sign = times_or_nan(apart, ratio) + bend;
            let beyond = (own.abs() == T::INFINITY) & (pull.abs() == T::INFINITY);
            select(beyond, times_or_nan(sign, T::INFINITY), (own + pull) * lift * lift)
        }
    }
}
