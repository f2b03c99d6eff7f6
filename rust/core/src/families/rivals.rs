//! Margins between the score of a class and those of its rivals: of the strongest, or of all.

use super::lists::{List, sum};
use crate::number::compensated::{plus, two_sum};

/// A class with the highest score of some.
#[derive(Clone, Copy)]
struct Strongest {
    score: f64,
    at: usize,
    /// Whether no other has that score.
    alone: bool,
}

/// That of all classes of a row, and that of all others; none where there are no others.
#[inline(always)]
fn strongest(x: &[f64]) -> Option<[Strongest; 2]> {
    let &[first, second, ref rest @ ..] = x else { return None };
    let [mut best, mut next] =
        [(first, 0), (second, 1)].map(|(score, at)| Strongest { score, at, alone: first != second });
    if next.score > best.score {
        (best, next) = (next, best);
    }
    next.alone = true;
    for (i, &score) in rest.iter().enumerate() {
        let found = Strongest { score, at: i + 2, alone: true };
        if score > next.score {
            best.alone &= score != best.score;
            next = found;
            if score > best.score {
                (best, next) = (next, best);
            }
        } else if score == next.score {
            next.alone = false;
        }
    }
    Some([best, next])
}

/// What b lacks to be above a by a margin.
#[inline(always)]
fn lacking(a: f64, b: f64, margin: f64) -> f64 {
    let (apart, lost) = two_sum(a, -b);
    let (lacks, low) = two_sum(margin, apart);
    // What is infinite has lost nothing.
    if lacks.abs() < f64::INFINITY { lacks + (low + lost) } else { lacks }
}

impl List<'_> {
    /// Of each class what its score lacks to be above all others by a margin, where it does, times its target and its weight. There is
    /// a number of scratch for each.
    #[inline(always)]
    #[must_use]
    pub fn margin_to_strongest(self, margin: f64) -> f64 {
        let n = self.len();
        let List { y, x, weights, first, second, numbers, .. } = self;
        let (y, x, weights, first, numbers) = (&y[..n], &x[..n], &weights[..n], &mut first[..n], &mut numbers[..n]);
        second.fill(0.0);
        let Some([best, next]) = strongest(x) else {
            first.fill(0.0);
            return 0.0;
        };
        for k in 0..n {
            let rival = if k == best.at { next.score } else { best.score };
            let (lacks, weight) = (lacking(rival, x[k], margin), y[k] * weights[k]);
            let pulls = weight != 0.0 && !(lacks <= 0.0);
            let slope = if lacks.is_nan() { lacks } else { -weight };
            (numbers[k], first[k]) = if pulls { (weight * lacks, slope) } else { (0.0, 0.0) };
        }
        let (of_best, of_next) = (first[best.at], first[next.at]);
        first[best.at] = 0.0;
        // Of several that are the strongest none is needed: without it nothing changes.
        let pulled = if best.alone {
            sum(first)
        } else if next.alone {
            of_next
        } else {
            0.0
        };
        first[best.at] = of_best - pulled;
        if next.alone {
            first[next.at] -= of_best;
        }
        sum(numbers)
    }

    /// Of each class what its score lacks to be above each of the others by a margin, where it does, or the squares of that, over the number
    /// of classes: times its target and its weight. There are two numbers of scratch for each.
    #[inline(always)]
    #[must_use]
    pub fn margins_to_all(self, margin: f64, squared: bool) -> f64 {
        let n = self.len();
        let List { y, x, weights, first, second, numbers, .. } = self;
        let (y, x, weights, first, second) = (&y[..n], &x[..n], &weights[..n], &mut first[..n], &mut second[..n]);
        let (terms, slopes) = numbers.split_at_mut(n);
        let slopes = &mut slopes[..n];
        first.fill(0.0);
        second.fill(0.0);
        let (mut total, mut low) = (0.0, 0.0);
        for k in 0..n {
            let weight = y[k] * weights[k];
            if weight == 0.0 {
                continue;
            }
            let (mut pulls, share) = (0.0, weight / n as f64);
            for j in 0..n {
                let lacks = lacking(x[j], x[k], margin);
                let counts = j != k && !(lacks <= 0.0);
                let lacks = if counts { lacks } else { 0.0 };
                let one = if counts { 1.0 } else { 0.0 };
                pulls += one;
                terms[j] = if squared { lacks * lacks } else { lacks };
                slopes[j] = if squared { 2.0 * lacks } else { one };
                first[j] += share * slopes[j];
                second[j] += if squared { 2.0 * share * one } else { 0.0 };
            }
            // Undefined where both scores are infinite.
            let lost = terms.iter().any(|term| term.is_nan());
            first[k] -= if lost { f64::NAN } else { weight * sum(slopes) / n as f64 };
            second[k] += if squared { 2.0 * weight * pulls / n as f64 } else { 0.0 };
            (total, low) = plus((total, low), weight * sum(terms));
        }
        let total = if total.abs() < f64::INFINITY { total + low } else { total };
        total / n as f64
    }
}
