//! What a label says of yes and of no, once it is smoothed.

use crate::number::compensated::{fast_two_sum, two_sum};
use crate::number::{Float, Real};

/// The shares of a label's two sides, each with what its rounding took: neither is rounded before it is 1 minus the other.
#[derive(Clone, Copy, Debug)]
pub struct Label<T> {
    /// y·(1 − s) + s/2, for a smoothing s.
    pub yes: T,
    yes_low: T,
    /// The same of 1 − y.
    pub no: T,
    no_low: T,
}

impl<T: Float> Label<T> {
    /// Of y and the smoothing in two parts. Without smoothing the shares are y and 1 − y.
    #[inline(always)]
    pub fn smoothed(y: T, s: T, s_low: T) -> Self {
        let (keep, rest) = fast_two_sum(T::ONE, -s);
        let smoothing = Smoothing { keep, keep_low: rest - s_low, half: s * T::HALF, half_low: s_low * T::HALF };
        let (no, no_low) = fast_two_sum(T::ONE, -y);
        let ((yes, yes_low), (no, no_low)) = (smoothing.of(y, T::ZERO), smoothing.of(no, no_low));
        Label { yes, yes_low, no, no_low }
    }

    /// a·yes·hit + b·no·miss, given a·yes·hit with `yes` as it is rounded.
    #[inline(always)]
    pub fn mean<R: Real<Scalar = T>>(self, product: R, (a, hit): (T, R), (b, miss): (T, R)) -> R {
        product.corrected(a * self.yes_low, hit).corrected(b * self.no_low, miss).plus_weighted(b * self.no, miss)
    }
}

/// 1 − s and s/2 in two parts each.
#[derive(Clone, Copy)]
struct Smoothing<T> {
    keep: T,
    keep_low: T,
    half: T,
    half_low: T,
}

impl<T: Float> Smoothing<T> {
    /// y·(1 − s) + s/2 and what its rounding took, for y in two parts.
    #[inline(always)]
    fn of(self, y: T, y_low: T) -> (T, T) {
        let Smoothing { keep, keep_low, half, half_low } = self;
        let product = keep * y;
        let lost = keep.mul_add(y, -product) + keep_low.mul_add(y, keep.mul_add(y_low, half_low));
        let (sum, low) = two_sum(product, half);
        (sum, low + lost)
    }
}
