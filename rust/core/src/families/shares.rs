//! The softmax of a list, and its cross-entropy with other shares of the same elements.
//!
//! A share and what it lacks to 1 each have their own last place: the sum of exponentials is that of all but the largest, from which
//! nothing is subtracted.

use super::lists::List;
use crate::number::compensated::{two_sum, whole};
use crate::number::functions as f;
use crate::number::real::times;
use crate::number::select;
use crate::number::wide::{largest, sum};

/// The first of the largest numbers of a list.
#[inline(always)]
fn first_largest(numbers: &[f64]) -> usize {
    let peak = largest(numbers);
    numbers.iter().position(|&number| number == peak).unwrap_or(0)
}

/// 2^100, and its logarithm in two parts: exponentials are times it, so that those which are subnormal keep the digits that a factor may
/// bring to light.
const RAISED: f64 = (1u128 << 100) as f64;
const LOG_RAISED: [f64; 2] = [69.31471805599453, -1.6777560748042639e-15];

/// How many numbers of scratch an element takes: its share of the targets, what that lacks, and a term.
pub const SHARED: usize = 3;

impl List<'_> {
    /// The cross-entropy of targets divided by their sum and softmax of the predictions times a factor in two parts; 0 where no target is
    /// positive. It takes [`SHARED`] numbers for each element.
    #[inline(always)]
    #[must_use]
    pub fn contrast(self, by: [f64; 2]) -> f64 {
        let List { y, x, first, second, numbers, .. } = self;
        let (n, positive) = (x.len(), sum(y));
        if positive == 0.0 {
            first.fill(0.0);
            second.fill(0.0);
            return 0.0;
        }
        let (t, others) = numbers.split_at_mut(n);
        let (rest, lacking) = others.split_at_mut(n);
        let (y, t, rest) = (&y[..n], &mut t[..n], &mut rest[..n]);
        for i in 0..n {
            (t[i], rest[i]) = (y[i] / positive, (positive - y[i]) / positive);
        }
        cross_entropy(x, by, Shares { of: t, rest }, [first, second], lacking)
    }

    /// The cross-entropy of softmax of the targets and softmax of the predictions. It takes [`SHARED`] numbers for each element.
    #[inline(always)]
    #[must_use]
    pub fn chances_to_be_first(self) -> f64 {
        let List { y, x, first, second, numbers, .. } = self;
        let (t, others) = numbers.split_at_mut(x.len());
        let (rest, lacking) = others.split_at_mut(x.len());
        Softmax::of(y, PLAIN, t).share(t, rest);
        cross_entropy(x, PLAIN, Shares { of: t, rest }, [first, second], lacking)
    }

    /// How much farther the farthest prediction with a positive target is than the nearest other, and a margin; at least 0, and 0 where
    /// there are not both. It takes [`SHARED`] numbers for each element.
    #[inline(always)]
    #[must_use]
    pub fn hardest_pairs(self, margin: f64) -> f64 {
        let List { y, x, first, second, numbers, .. } = self;
        first.fill(0.0);
        second.fill(0.0);
        let (n, none) = (x.len(), f64::NEG_INFINITY);
        let (hits, misses) = numbers.split_at_mut(n);
        let (y, hits, misses) = (&y[..n], &mut hits[..n], &mut misses[..n]);
        for i in 0..n {
            (hits[i], misses[i]) = (select(y[i] > 0.0, x[i], none), select(y[i] > 0.0, none, -x[i]));
        }
        let (far, near) = (first_largest(hits), first_largest(misses));
        let (apart, lost) = two_sum(x[far], -x[near]);
        let (value, low) = two_sum(apart, margin);
        let value = whole((value, lost + low));
        if y[far] <= 0.0 || y[near] > 0.0 || value <= 0.0 {
            return 0.0;
        }
        (first[far], first[near]) = (1.0, -1.0);
        value
    }
}

/// A factor that changes nothing.
const PLAIN: [f64; 2] = [1.0, 0.0];

/// What the shares of a list have in common, as exponentials are raised.
#[derive(Clone, Copy, Debug)]
struct Softmax {
    /// The first of the elements with the largest share.
    top: usize,
    /// The sum of the exponentials of all others, that of the first being [`RAISED`].
    others: f64,
}

impl Softmax {
    /// Of numbers times a factor in two parts; their exponentials go to `e`.
    #[inline(always)]
    fn of(x: &[f64], by: [f64; 2], e: &mut [f64]) -> Softmax {
        let (top, e) = (first_largest(x), &mut e[..x.len()]);
        let peak = x[top];
        for i in 0..x.len() {
            let (u, low) = f::scaled_difference(x[i], peak, by[0], by[1]);
            let (u, lost) = two_sum(u, LOG_RAISED[0]);
            let low = select(lost.is_nan(), 0.0, low + (lost + LOG_RAISED[1]));
            e[i] = select(x[i] == peak, RAISED, f::exp_sum(u, low));
        }
        e[top] = 0.0;
        let others = sum(e);
        e[top] = RAISED;
        Softmax { top, others }
    }

    #[inline(always)]
    fn total(self) -> f64 {
        RAISED + self.others
    }

    /// What each exponential lacks to their sum.
    #[inline(always)]
    fn lacking(self, e: &[f64], rest: &mut [f64]) {
        let (total, rest) = (self.total(), &mut rest[..e.len()]);
        for i in 0..e.len() {
            rest[i] = total - e[i];
        }
        rest[self.top] = self.others;
    }

    /// Makes exponentials shares, and what each share lacks to 1.
    #[inline(always)]
    fn share(self, e: &mut [f64], rest: &mut [f64]) {
        self.lacking(e, rest);
        let (total, rest) = (self.total(), &mut rest[..e.len()]);
        for i in 0..e.len() {
            (e[i], rest[i]) = (e[i] / total, rest[i] / total);
        }
    }
}

/// Shares t of the elements of a list, and what each lacks to 1.
#[derive(Clone, Copy, Debug)]
struct Shares<'a> {
    /// The shares.
    of: &'a [f64],
    /// What they lack.
    rest: &'a [f64],
}

/// −Σ t·log q for the softmax q of numbers times a factor in two parts, with its derivatives; `q` and `lacking` are scratch.
///
/// −log q is what its number lacks to the largest and the logarithm of the sum of all exponentials, neither of which is negative.
#[inline(always)]
fn cross_entropy(
    x: &[f64],
    by: [f64; 2],
    targets: Shares<'_>,
    [first, second]: [&mut [f64]; 2],
    lacking: &mut [f64],
) -> f64 {
    let n = x.len();
    let (t, t_rest) = (&targets.of[..n], &targets.rest[..n]);
    let (first, second, lacking) = (&mut first[..n], &mut second[..n], &mut lacking[..n]);
    let softmax = Softmax::of(x, by, first);
    let peak = x[softmax.top];
    for i in 0..n {
        lacking[i] = select(x[i] == peak, 0.0, times(t[i], (peak - x[i]) * by[0]));
    }
    let value = f::log1p(softmax.others / RAISED) + sum(lacking);
    softmax.lacking(first, lacking);
    let (total, factor) = (softmax.total(), by[0]);
    for i in 0..n {
        let (e, rest) = (first[i], lacking[i]);
        first[i] = (e * t_rest[i] - t[i] * rest) * factor / total;
        second[i] = (e * factor) * (rest / total * factor) / total;
    }
    value
}
