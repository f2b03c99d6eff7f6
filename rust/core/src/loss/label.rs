//! What a label says of yes and of no, once it is smoothed.

use crate::number::compensated::{fast_two_sum, two_sum};
use crate::number::functions::{self as f, Excess, Lift, mixed_softplus, weighted_softplus};
use crate::number::real::{over, times};
use crate::number::{Float, Real, select};

/// A label with what its rounding took: it is not rounded before it is taken from 1.
#[derive(Clone, Copy, Debug)]
pub struct Label<T> {
    /// Its share of yes: y·(1 − s) + s/2, for a smoothing s.
    pub yes: T,
    /// What that lacks; 0 without smoothing.
    pub low: T,
}

impl<T: Float> Label<T> {
    /// A label that is not smoothed.
    #[inline(always)]
    pub fn of(yes: T) -> Self {
        Label { yes, low: T::ZERO }
    }

    /// A label y and the smoothing in two parts.
    #[inline(always)]
    pub fn smoothed(y: T, s: T, s_low: T) -> Self {
        let (keep, rest) = fast_two_sum(T::ONE, -s);
        let (half, half_low) = (s * T::HALF, s_low * T::HALF);
        let product = keep * y;
        let lost = keep.mul_add(y, -product) + (rest - s_low).mul_add(y, half_low);
        let (yes, low) = two_sum(product, half);
        Label { yes, low: low + lost }
    }

    /// Its share of no, 1 − yes, with what that lacks.
    #[inline(always)]
    #[must_use]
    pub fn no(self) -> (T, T) {
        let (no, low) = fast_two_sum(T::ONE, -self.yes);
        (no, low - self.low)
    }

    /// a·yes and b·no.
    #[inline(always)]
    #[must_use]
    pub fn weighted(self, [a, b]: [T; 2]) -> [T; 2] {
        let (no, no_low) = self.no();
        [a * self.yes, b * (no + no_low)]
    }

    /// a·yes·log(1 + exp(−x)) + b·no·log(1 + exp(x)), where a hard label is 0 or 1.
    #[inline(always)]
    pub fn cross_entropy<const HARD: bool, R: Real<Scalar = T>>(
        self,
        [a, b]: [T; 2],
        x: R,
        exponential: Excess<T>,
    ) -> R {
        let (yes, lift) = (self.yes, Lift::of(a.max(b)));
        if HARD {
            let weight = select(yes > T::ZERO, a, b);
            let (value, first, second) = weighted_softplus(weight, lift, x.primal().negated_if(yes), exponential);
            return x.chain((value, first.negated_if(yes), second));
        }
        let (no, no_low) = self.no();
        let (hit, miss) = (a * yes, b * no);
        let (hit_low, miss_low) = (a.mul_add(yes, -hit), b.mul_add(no, -miss));
        let weights = [(hit, a.mul_add(self.low, hit_low)), (miss, b.mul_add(no_low, miss_low))];
        x.chain(mixed_softplus(weights, lift, x.primal(), exponential))
    }

    /// −a·yes·log p − b·no·log(1 − p), given a and b. The weights first: a reciprocal may overflow where the weighted one does not.
    #[inline(always)]
    pub fn cross_entropy_of<R: Real<Scalar = T>>(self, weights: [T; 2], x: R) -> R {
        let (p, q) = (x.primal().abs(), T::ONE - x.primal()); // no −0
        let [positive, negative] = self.weighted(weights);
        let (hit, miss) = (over(positive, p), over(negative, q));
        let value = times(-positive, f::log(p)) + times(-negative, f::log1p(-p));
        x.chain((value, miss - hit, over(hit, p) + over(miss, q)))
    }

    /// a·yes·hit + b·no·miss, given a·yes·hit with `yes` as it is rounded.
    #[inline(always)]
    pub fn mean<R: Real<Scalar = T>>(self, product: R, (a, hit): (T, R), (b, miss): (T, R)) -> R {
        let (no, no_low) = self.no();
        product.corrected(a * self.low, hit).corrected(b * no_low, miss).plus_weighted(b * no, miss)
    }
}
