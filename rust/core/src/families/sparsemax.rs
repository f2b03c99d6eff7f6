//! Sparsemax: the probabilities that are nearest to the scores of a row, many of them exactly 0.
//!
//! With a threshold τ they are p = max(0, z − τ), and the classes with any their support. A threshold is kept with what rounding takes
//! from it: what scores are more than that is small beside them.

use super::lists::{List, Patience};
use super::orders;
use crate::number::compensated::{fast_two_sum, plus, two_sum};
use crate::number::wide::{self, Each, LANES, Lanes, Sums, WAYS, largest, sum};
use crate::number::{Float, select};

/// A number and what rounding took from it.
type Parts = (f64, f64);

impl List<'_> {
    /// Half of the squared distance from targets to the scores less that from the probabilities to these: ½|p − t|² and, for what is not in
    /// the support, t·(τ − z), none of which is negative where targets add up to 1. There is a number of scratch for each class.
    #[must_use]
    #[inline(always)]
    pub fn sparsemax_divergence(self) -> f64 {
        let n = self.len();
        let List { y, x, first, second, numbers, stop, .. } = self;
        let (y, x, first, second) = (&y[..n], &x[..n], &mut first[..n], &mut second[..n]);
        let numbers = &mut numbers[..n];
        let top = largest(x);
        if top.abs() == f64::INFINITY {
            return of_infinite(y, x, top, first, second, numbers);
        }
        let Some(((tau, tau_low), support)) = threshold(x, top, numbers, &mut Patience::of(stop)) else {
            return f64::NAN;
        };
        let nearest = Nearest { tau, tau_low, bend: 1.0 - 1.0 / support };
        wide::each(&nearest, [y, x, x], [&mut *numbers, first, second]);
        // What targets lack to 1.
        let (lacking, low) = y.iter().fold((1.0, 0.0), |lacking, &target| plus(lacking, -target));
        sum(numbers) + tau * (lacking + low)
    }
}

impl List<'_> {
    /// [`List::sparsemax_divergence`] of lists side by side.
    #[inline(always)]
    #[must_use]
    pub fn sparsemax_divergences(self) -> Lanes {
        let [y, x, _] = self.places();
        let (first, second) = (self.first.as_chunks_mut().0, self.second.as_chunks_mut().0);
        let numbers: &mut [Lanes] = self.numbers.as_chunks_mut().0;
        let mut top = [f64::NEG_INFINITY; LANES];
        for x in x {
            for i in 0..LANES {
                top[i] = Float::max(top[i], x[i]);
            }
        }
        for (x, numbers) in x.iter().zip(&mut *numbers) {
            for i in 0..LANES {
                // Lower scores have no probability.
                numbers[i] = select(top[i] - x[i] <= 1.0, x[i], f64::NEG_INFINITY);
            }
        }
        sort(numbers);
        let [tau, tau_low, support] = thresholds(numbers);
        let mut sums = Sums::NONE;
        let (mut lacking, mut low) = ([1.0; LANES], [0.0; LANES]);
        for (((y, x), first), second) in y.iter().zip(x).zip(&mut *first).zip(&mut *second) {
            let (mut terms, mut slopes, mut bends) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                let nearest = Nearest { tau: tau[i], tau_low: tau_low[i], bend: 1.0 - 1.0 / support[i] };
                [terms[i], slopes[i], bends[i]] = nearest.each([y[i], x[i], 0.0]);
                (lacking[i], low[i]) = plus((lacking[i], low[i]), -y[i]);
            }
            sums.add(&terms);
            (*first, *second) = (slopes, bends);
        }
        let mut value = sums.wholes();
        for i in 0..LANES {
            value[i] += tau[i] * (lacking[i] + low[i]);
        }
        for i in (0..LANES).filter(|&i| top[i].abs() == f64::INFINITY) {
            value[i] = one_infinite([y, x], top[i], [&mut *first, &mut *second], i);
        }
        value
    }

    /// The second derivatives of [`List::sparsemax_divergence`], which was computed, in the scores of a class and of each other: −1 over how
    /// many are in the support, for two of them.
    pub fn within_support(&self, k: usize, row: &mut [f64]) {
        let support = self.second.iter().filter(|&&bend| bend > 0.0).count() as f64;
        for (j, between) in row.iter_mut().enumerate() {
            *between = if self.second[k] > 0.0 && self.second[j] > 0.0 { -1.0 / support } else { 0.0 };
        }
    }
}

/// The probabilities above a threshold.
struct Nearest {
    tau: f64,
    tau_low: f64,
    bend: f64,
}

impl Each for Nearest {
    /// The term of a class, and its derivatives.
    #[inline(always)]
    fn each(&self, [y, x, _]: [f64; 3]) -> [f64; 3] {
        // z − τ, and p − t.
        let (above, lost) = two_sum(x, -self.tau);
        let low = if above.abs() < f64::INFINITY { lost - self.tau_low } else { 0.0 };
        let (apart, apart_low) = two_sum(above, -y);
        let inside = above + low > 0.0;
        let slope = if inside { apart + (apart_low + low) } else { 0.0 - y };
        let missed = if inside || y == 0.0 { 0.0 } else { -y * (above + low) };
        [(0.5 * slope).mul_add(slope, missed), slope, if inside { self.bend } else { 0.0 }]
    }
}

/// The threshold, given the highest score, and how many classes are in the support; none where the caller wants to stop.
#[inline(never)]
fn threshold(x: &[f64], top: f64, numbers: &mut [f64], patience: &mut Patience<'_>) -> Option<(Parts, f64)> {
    // Lower scores than these have no probability.
    let mut count = 0;
    for &score in x {
        if top - score <= 1.0 {
            numbers[count] = score;
            count += 1;
        }
    }
    let highest = &mut numbers[..count];
    if !orders::sort(highest, &|a, b| a > b, patience) {
        return None;
    }
    let (mut total, mut support) = ((-1.0, 0.0), 0.0);
    for &score in &*highest {
        // In as long as it is above the threshold of those before it.
        let product = support * score;
        let product_low = f64::mul_add(support, score, -product);
        let (above, lost) = two_sum(product, -total.0);
        if support > 0.0 && above + (lost + (product_low - total.1)) <= 0.0 {
            break;
        }
        total = plus(total, score);
        support += 1.0;
    }
    let (total, low) = fast_two_sum(total.0, total.1);
    let tau = total / support;
    let rest = f64::mul_add(-tau, support, total) + low;
    Some((fast_two_sum(tau, rest / support), support))
}

/// Puts the numbers of each list in order, the largest first: a network that merges odd and even places (Batcher 1968).
#[inline(always)]
fn sort(numbers: &mut [Lanes]) {
    let n = numbers.len();
    let mut merged = 1;
    while merged < n {
        let mut apart = merged;
        while apart > 0 {
            for start in (apart % merged..n - apart).step_by(2 * apart) {
                for at in start..(start + apart).min(n - apart) {
                    if at / (2 * merged) == (at + apart) / (2 * merged) {
                        let (before, after) = numbers.split_at_mut(at + apart);
                        exchange(&mut before[at], &mut after[0]);
                    }
                }
            }
            apart /= 2;
        }
        merged *= 2;
    }
}

#[inline(always)]
fn exchange(a: &mut Lanes, b: &mut Lanes) {
    for i in 0..LANES {
        (a[i], b[i]) = (Float::max(a[i], b[i]), Float::min(a[i], b[i]));
    }
}

/// [`threshold`] of lists side by side: in two parts, and how many classes are in the support.
#[inline(always)]
fn thresholds(sorted: &[Lanes]) -> [Lanes; 3] {
    let (mut total, mut lost_of_it, mut support) = ([-1.0; LANES], [0.0; LANES], [0.0; LANES]);
    for (k, score) in sorted.iter().enumerate() {
        let mut joined = [0.0; LANES];
        for i in 0..LANES {
            let product = support[i] * score[i];
            let product_low = f64::mul_add(support[i], score[i], -product);
            let (above, lost) = two_sum(product, -total[i]);
            let inside = (k == 0) | (above + (lost + (product_low - lost_of_it[i])) > 0.0);
            // In where all before it are.
            let joins = inside & (score[i] > f64::NEG_INFINITY) & (support[i] == k as f64);
            let (sum, low) = plus((total[i], lost_of_it[i]), score[i]);
            (total[i], lost_of_it[i]) = (select(joins, sum, total[i]), select(joins, low, lost_of_it[i]));
            joined[i] = select(joins, 1.0, 0.0);
            support[i] += joined[i];
        }
        if joined.iter().fold(0.0, |any, joined| any + joined) == 0.0 {
            break;
        }
    }
    let (mut taus, mut lows) = ([0.0; LANES], [0.0; LANES]);
    for i in 0..LANES {
        let (total, low) = fast_two_sum(total[i], lost_of_it[i]);
        let tau = total / support[i];
        let rest = f64::mul_add(-tau, support[i], total) + low;
        (taus[i], lows[i]) = fast_two_sum(tau, rest / support[i]);
    }
    [taus, lows, support]
}

/// [`of_infinite`] of one of the lists side by side.
#[cold]
#[inline(never)]
fn one_infinite([y, x]: [&[Lanes]; 2], top: f64, [first, second]: [&mut [Lanes]; 2], i: usize) -> f64 {
    let n = x.len();
    let [mut own_y, mut own_x, mut slopes, mut bends, mut numbers] = [[0.0; 2 * WAYS]; 5];
    for k in 0..n {
        (own_y[k], own_x[k]) = (y[k][i], x[k][i]);
    }
    let value = of_infinite(&own_y[..n], &own_x[..n], top, &mut slopes[..n], &mut bends[..n], &mut numbers[..n]);
    for k in 0..n {
        (first[k][i], second[k][i]) = (slopes[k], bends[k]);
    }
    value
}

/// The limit of the loss where the highest score is infinite.
#[cold]
#[inline(never)]
fn of_infinite(y: &[f64], x: &[f64], top: f64, first: &mut [f64], second: &mut [f64], numbers: &mut [f64]) -> f64 {
    second.fill(0.0);
    if top < 0.0 || x.iter().filter(|&&score| score == top).count() > 1 {
        first.fill(f64::NAN);
        second.fill(f64::NAN);
        return f64::NAN;
    }
    for k in 0..x.len() {
        let p = if x[k] == top { 1.0 } else { 0.0 };
        first[k] = p - y[k];
        numbers[k] = if p == 0.0 && y[k] > 0.0 { f64::INFINITY } else { 0.0 };
    }
    sum(numbers)
}
