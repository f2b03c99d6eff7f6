//! The softmax of a list, and its cross-entropy with other shares of the same elements.
//!
//! A share and what it lacks to 1 each have their own last place: the sum of exponentials is that of all but the largest, from which
//! nothing is subtracted.

use super::lists::List;
use crate::number::compensated::{two_sum, whole};
use crate::number::functions as f;
use crate::number::real::times;
use crate::number::wide::{LANES, Lanes, Sums, largest, sum};
use crate::number::{Float, select};
use crate::simd::{self, Body};

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
        let List { y, x, first, second, numbers, level, .. } = self;
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
        simd::dispatch(level, CrossEntropy { x, by, targets: Shares { of: t, rest }, to: [first, second], lacking })
    }

    /// The cross-entropy of softmax of the targets and softmax of the predictions. It takes [`SHARED`] numbers for each element.
    #[inline(always)]
    #[must_use]
    pub fn chances_to_be_first(self) -> f64 {
        let List { y, x, first, second, numbers, level, .. } = self;
        let (t, others) = numbers.split_at_mut(x.len());
        let (rest, lacking) = others.split_at_mut(x.len());
        Softmax::of(y, PLAIN, t).share(t, rest);
        let targets = Shares { of: t, rest };
        simd::dispatch(level, CrossEntropy { x, by: PLAIN, targets, to: [first, second], lacking })
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

impl List<'_> {
    /// [`List::contrast`] of lists side by side.
    #[inline(always)]
    #[must_use]
    pub fn contrasts(self, by: [f64; 2]) -> Lanes {
        let [y, x, _] = self.places();
        let (t, others) = self.numbers.as_chunks_mut().0.split_at_mut(x.len());
        let mut positive = Sums::NONE;
        for y in y {
            positive.add(y);
        }
        let positive = positive.wholes();
        for ((y, t), rest) in y.iter().zip(&mut *t).zip(&mut *others) {
            for i in 0..LANES {
                (t[i], rest[i]) = (y[i] / positive[i], (positive[i] - y[i]) / positive[i]);
            }
        }
        let (first, second) = (self.first.as_chunks_mut().0, self.second.as_chunks_mut().0);
        let mut value = simd::dispatch(
            self.level,
            CrossEntropies { x, by, t: [t, &others[..x.len()]], to: [&mut *first, &mut *second] },
        );
        for (first, second) in first.iter_mut().zip(second) {
            for i in 0..LANES {
                first[i] = select(positive[i] == 0.0, 0.0, first[i]);
                second[i] = select(positive[i] == 0.0, 0.0, second[i]);
            }
        }
        for i in 0..LANES {
            value[i] = select(positive[i] == 0.0, 0.0, value[i]);
        }
        value
    }

    /// [`List::chances_to_be_first`] of lists side by side.
    #[inline(always)]
    #[must_use]
    pub fn all_chances(self) -> Lanes {
        let [y, x, _] = self.places();
        let (t, others) = self.numbers.as_chunks_mut().0.split_at_mut(x.len());
        let of = Softmaxes::of(y, PLAIN, t);
        for ((k, t), rest) in t.iter_mut().enumerate().zip(&mut *others) {
            let lacking = of.lacking(k, t);
            for i in 0..LANES {
                (t[i], rest[i]) = (t[i] / of.total[i], lacking[i] / of.total[i]);
            }
        }
        let (first, second) = (self.first.as_chunks_mut().0, self.second.as_chunks_mut().0);
        simd::dispatch(self.level, CrossEntropies { x, by: PLAIN, t: [t, &others[..x.len()]], to: [first, second] })
    }

    /// [`List::hardest_pairs`] of lists side by side.
    #[inline(always)]
    #[must_use]
    pub fn all_hardest_pairs(self, margin: f64) -> Lanes {
        let [y, x, _] = self.places();
        let (first, none) = (self.first.as_chunks_mut::<LANES>().0, f64::NEG_INFINITY);
        self.second.fill(0.0);
        let (mut far, mut near) = (Farthest::NONE, Farthest::NONE);
        for (y, x) in y.iter().zip(x) {
            for i in 0..LANES {
                far.distance[i] = Float::max(far.distance[i], select(y[i] > 0.0, x[i], none));
                near.distance[i] = Float::max(near.distance[i], select(y[i] > 0.0, none, -x[i]));
            }
        }
        for (k, (y, x)) in y.iter().zip(x).enumerate() {
            for i in 0..LANES {
                far.meet(i, k, select(y[i] > 0.0, x[i], none), [y[i], x[i]]);
                near.meet(i, k, select(y[i] > 0.0, none, -x[i]), [y[i], x[i]]);
            }
        }
        let mut values = [0.0; LANES];
        for i in 0..LANES {
            let (apart, lost) = two_sum(far.x[i], -near.x[i]);
            let (value, low) = two_sum(apart, margin);
            let value = whole((value, lost + low));
            let nothing = (far.y[i] <= 0.0) | (near.y[i] > 0.0) | (value <= 0.0);
            values[i] = select(nothing, 0.0, value);
            (far.at[i], near.at[i]) = (select(nothing, -1.0, far.at[i]), select(nothing, -1.0, near.at[i]));
        }
        for (k, first) in first.iter_mut().enumerate() {
            let k = k as f64;
            for i in 0..LANES {
                first[i] = select(near.at[i] == k, -1.0, select(far.at[i] == k, 1.0, 0.0));
            }
        }
        values
    }
}

/// Of each of the lists side by side the first of those that are farthest.
struct Farthest {
    distance: Lanes,
    at: Lanes,
    y: Lanes,
    x: Lanes,
}

impl Farthest {
    const NONE: Farthest =
        Farthest { distance: [f64::NEG_INFINITY; LANES], at: [-1.0; LANES], y: [0.0; LANES], x: [0.0; LANES] };

    /// Remembers the element at a place, if it is the one.
    #[inline(always)]
    fn meet(&mut self, i: usize, k: usize, distance: f64, [y, x]: [f64; 2]) {
        let found = (distance == self.distance[i]) & (self.at[i] < 0.0);
        self.at[i] = select(found, k as f64, self.at[i]);
        self.y[i] = select(found, y, self.y[i]);
        self.x[i] = select(found, x, self.x[i]);
    }
}

/// [`Softmax`] of lists side by side.
struct Softmaxes {
    peak: Lanes,
    top: Lanes,
    others: Lanes,
    total: Lanes,
}

impl Softmaxes {
    #[inline(always)]
    fn of(x: &[Lanes], by: [f64; 2], e: &mut [Lanes]) -> Softmaxes {
        let (mut peak, mut top) = ([f64::NEG_INFINITY; LANES], [0.0; LANES]);
        for (k, x) in x.iter().enumerate() {
            for i in 0..LANES {
                top[i] = select(x[i] > peak[i], k as f64, top[i]);
                peak[i] = Float::max(peak[i], x[i]);
            }
        }
        let mut sums = Sums::NONE;
        for (k, (x, e)) in x.iter().zip(e).enumerate() {
            let (mut exponentials, mut others) = ([0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                exponentials[i] = exponential(x[i], peak[i], by);
            }
            for i in 0..LANES {
                others[i] = select(top[i] == k as f64, 0.0, exponentials[i]);
                exponentials[i] = select(top[i] == k as f64, RAISED, exponentials[i]);
            }
            sums.add(&others);
            *e = exponentials;
        }
        let (others, mut total) = (sums.wholes(), [0.0; LANES]);
        for i in 0..LANES {
            total[i] = RAISED + others[i];
        }
        Softmaxes { peak, top, others, total }
    }

    /// What the exponentials of a place lack to their sums.
    #[inline(always)]
    fn lacking(&self, k: usize, e: &Lanes) -> Lanes {
        let mut lacking = [0.0; LANES];
        for i in 0..LANES {
            lacking[i] = select(self.top[i] == k as f64, self.others[i], self.total[i] - e[i]);
        }
        lacking
    }
}

/// [`CrossEntropy`] of lists side by side.
struct CrossEntropies<'a> {
    x: &'a [Lanes],
    by: [f64; 2],
    t: [&'a [Lanes]; 2],
    to: [&'a mut [Lanes]; 2],
}

impl Body for CrossEntropies<'_> {
    type Output = Lanes;

    #[inline(always)]
    fn run(self) -> Lanes {
        let CrossEntropies { x, by, t: [t, t_rest], to: [first, second] } = self;
        let of = Softmaxes::of(x, by, first);
        let (mut behind, factor) = (Sums::NONE, by[0]);
        for (x, t) in x.iter().zip(t) {
            let mut terms = [0.0; LANES];
            for i in 0..LANES {
                terms[i] = behind_peak(x[i], of.peak[i], t[i], factor);
            }
            behind.add(&terms);
        }
        let mut value = behind.wholes();
        for i in 0..LANES {
            value[i] += f::log1p(of.others[i] / RAISED);
        }
        for (k, (((t, t_rest), first), second)) in t.iter().zip(t_rest).zip(first).zip(second).enumerate() {
            let (rest, mut slopes, mut bends) = (of.lacking(k, first), [0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                [slopes[i], bends[i]] = pulled([first[i], rest[i]], [t[i], t_rest[i]], of.total[i], factor);
            }
            (*first, *second) = (slopes, bends);
        }
        value
    }
}

/// The exponential of a number relative to the largest, raised.
#[inline(always)]
fn exponential(x: f64, peak: f64, by: [f64; 2]) -> f64 {
    let (u, low) = f::scaled_difference(x, peak, by[0], by[1]);
    let (u, lost) = two_sum(u, LOG_RAISED[0]);
    let low = select(lost.is_nan(), 0.0, low + (lost + LOG_RAISED[1]));
    select(x == peak, RAISED, f::exp_sum(u, low))
}

/// What a number lacks to the largest, times its share of the targets.
#[inline(always)]
fn behind_peak(x: f64, peak: f64, t: f64, factor: f64) -> f64 {
    select(x == peak, 0.0, times(t, (peak - x) * factor))
}

/// The derivatives of a cross-entropy, given an exponential and a target, each with what it lacks.
#[inline(always)]
fn pulled([e, rest]: [f64; 2], [t, t_rest]: [f64; 2], total: f64, factor: f64) -> [f64; 2] {
    [(e * t_rest - t * rest) * factor / total, (e * factor) * (rest / total * factor) / total]
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
            e[i] = exponential(x[i], peak, by);
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

/// −Σ t·log q for the softmax q of numbers times a factor in two parts, with its derivatives; `lacking` is scratch. In code of its own, once for all that need it.
///
/// −log q is what its number lacks to the largest and the logarithm of the sum of all exponentials, neither of which is negative.
struct CrossEntropy<'a> {
    x: &'a [f64],
    by: [f64; 2],
    targets: Shares<'a>,
    to: [&'a mut [f64]; 2],
    lacking: &'a mut [f64],
}

impl Body for CrossEntropy<'_> {
    type Output = f64;
    const WIDEST: bool = false; // for its size

    #[inline(always)]
    fn run(self) -> f64 {
        let CrossEntropy { x, by, targets, to: [first, second], lacking } = self;
        let n = x.len();
        let (t, t_rest) = (&targets.of[..n], &targets.rest[..n]);
        let (first, second, lacking) = (&mut first[..n], &mut second[..n], &mut lacking[..n]);
        let softmax = Softmax::of(x, by, first);
        let peak = x[softmax.top];
        for i in 0..n {
            lacking[i] = behind_peak(x[i], peak, t[i], by[0]);
        }
        let value = f::log1p(softmax.others / RAISED) + sum(lacking);
        softmax.lacking(first, lacking);
        let (total, factor) = (softmax.total(), by[0]);
        for i in 0..n {
            [first[i], second[i]] = pulled([first[i], lacking[i]], [t[i], t_rest[i]], total, factor);
        }
        value
    }
}
