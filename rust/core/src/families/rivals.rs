//! Margins between the score of a class and those of its rivals: of the strongest, or of all.

use super::lists::List;
use crate::number::compensated::{plus, two_sum, whole};
use crate::number::functions as f;
use crate::number::real::times;
use crate::number::wide::{self, Each, sum};

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
    whole((lacks, low + lost))
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
            let weight = y[k] * weights[k];
            (numbers[k], first[k]) = (0.0, 0.0);
            if weight != 0.0 {
                let lacks = lacking(if k == best.at { next.score } else { best.score }, x[k], margin);
                if lacks > 0.0 || lacks.is_nan() {
                    (numbers[k], first[k]) = (weight * lacks, if lacks.is_nan() { lacks } else { -weight });
                }
            }
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

    /// Of each class what its score lacks to be above each of the others by a margin, where it does, raised to a power and over the number
    /// of classes: times its target and its weight. There are three numbers of scratch for each.
    #[inline(always)]
    #[must_use]
    pub fn margins_to_all(self, margin: f64, power: f64) -> f64 {
        if power == 1.0 {
            self.margins::<FIRST>(margin, power)
        } else if power == 2.0 {
            self.margins::<SECOND>(margin, power)
        } else {
            self.margins::<BETWEEN>(margin, power)
        }
    }

    #[inline(always)]
    fn margins<const KIND: u8>(self, margin: f64, power: f64) -> f64 {
        let n = self.len();
        let List { y, x, weights, first, second, numbers, .. } = self;
        let (y, x, weights, first, second) = (&y[..n], &x[..n], &weights[..n], &mut first[..n], &mut second[..n]);
        let (terms, rest) = numbers.split_at_mut(n);
        let (slopes, bends) = rest.split_at_mut(n);
        let bends = &mut bends[..n];
        first.fill(0.0);
        second.fill(0.0);
        let mut total = (0.0, 0.0);
        for k in 0..n {
            let weight = y[k] * weights[k];
            if weight == 0.0 {
                continue;
            }
            let share = weight / n as f64;
            let margin = Margin::<KIND> { own: x[k], least: margin, power };
            wide::each(&margin, [x; 3], [&mut *terms, &mut *slopes, &mut *bends]);
            (terms[k], slopes[k], bends[k]) = (0.0, 0.0, 0.0);
            for j in 0..n {
                first[j] += share * slopes[j];
                second[j] += share * bends[j];
            }
            first[k] -= weight * sum(slopes) / n as f64;
            second[k] += weight * sum(bends) / n as f64;
            total = plus(total, weight * sum(terms));
        }
        let total = whole(total);
        if total.is_nan() {
            // Two infinite scores have no distance.
            first.fill(f64::NAN);
            second.fill(f64::NAN);
        }
        total / n as f64
    }

    /// The second derivatives of [`List::margins_to_all`] in the scores of a class and of each other.
    pub fn margins_between(&self, margin: f64, power: f64, k: usize, row: &mut [f64]) {
        let bend = |k: usize, rival: usize| {
            let (weight, lacks) = (self.y[k] * self.weights[k], lacking(self.x[rival], self.x[k], margin));
            let [_, _, bend] = if power == 2.0 {
                raised::<SECOND>(lacks, power)
            } else if power == 1.0 {
                raised::<FIRST>(lacks, power)
            } else {
                raised::<BETWEEN>(lacks, power)
            };
            times(weight / self.x.len() as f64, bend)
        };
        for (j, between) in row.iter_mut().enumerate() {
            *between = if j == k { 0.0 } else { 0.0 - bend(k, j) - bend(j, k) };
        }
    }
}

/// The margin of a class's score to those of others.
struct Margin<const KIND: u8> {
    own: f64,
    least: f64,
    power: f64,
}

impl<const KIND: u8> Each for Margin<KIND> {
    #[inline(always)]
    fn each(&self, [rival, ..]: [f64; 3]) -> [f64; 3] {
        raised::<KIND>(lacking(rival, self.own, self.least), self.power)
    }
}

/// Powers of 1, of 2 and between them.
const FIRST: u8 = 1;
const SECOND: u8 = 2;
const BETWEEN: u8 = 3;

/// A power of a number above 0 with its derivatives; 0 for others.
#[inline(always)]
fn raised<const KIND: u8>(lacks: f64, power: f64) -> [f64; 3] {
    let [value, first, second] = match KIND {
        FIRST => [lacks, 1.0, 0.0],
        SECOND => [lacks * lacks, 2.0 * lacks, 2.0],
        _ => {
            let slope = f::pow(lacks, power - 1.0);
            let bend = if lacks == f64::INFINITY { 0.0 } else { power * (power - 1.0) * (slope / lacks) };
            [slope * lacks, power * slope, bend]
        }
    };
    if lacks <= 0.0 { [0.0; 3] } else { [value, first, second] }
}
