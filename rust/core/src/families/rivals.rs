//! Margins between the score of a class and those of its rivals: of the strongest, or of all.

use super::lists::{List, Patience};
use crate::number::compensated::{plus, two_sum, whole};
use crate::number::functions as f;
use crate::number::real::times;
use crate::number::wide::{LANES, Lanes, Sums, sum};
use crate::number::{Float, select};
use crate::simd::{self, Body, Level};

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

    /// The same of lists side by side.
    #[inline(always)]
    #[must_use]
    pub fn margins_to_strongest(self, margin: f64) -> Lanes {
        let [y, x, weights] = self.places();
        let first: &mut [Lanes] = self.first.as_chunks_mut().0;
        self.second.fill(0.0);
        if x.len() < 2 {
            first.as_flattened_mut().fill(0.0);
            return [0.0; LANES];
        }
        let (mut best, mut next) = ([f64::NEG_INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
        for x in x {
            for i in 0..LANES {
                next[i] = Float::max(next[i], Float::min(best[i], x[i]));
                best[i] = Float::max(best[i], x[i]);
            }
        }
        let (mut bests, mut nexts) = ([0.0; LANES], [0.0; LANES]);
        for x in x {
            for i in 0..LANES {
                bests[i] += select(x[i] == best[i], 1.0, 0.0);
                nexts[i] += select(x[i] == next[i], 1.0, 0.0);
            }
        }
        let (mut of_best, mut of_next, mut seen) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        let (mut sums, mut pulls) = (Sums::NONE, Sums::NONE);
        for (((y, x), weights), first) in y.iter().zip(x).zip(weights).zip(&mut *first) {
            let (mut costs, mut slopes, mut others) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
            for i in 0..LANES {
                let (weight, is_best) = (y[i] * weights[i], (x[i] == best[i]) & (seen[i] == 0.0));
                let lacks = lacking(select(is_best, next[i], best[i]), x[i], margin);
                let costs_any = (weight != 0.0) & ((lacks > 0.0) | lacks.is_nan());
                costs[i] = select(costs_any, weight * lacks, 0.0);
                let slope = select(costs_any, select(lacks.is_nan(), lacks, -weight), 0.0);
                seen[i] = select(is_best, 1.0, seen[i]);
                of_best[i] = select(is_best, slope, of_best[i]);
                of_next[i] = select((x[i] == next[i]) & !is_best, slope, of_next[i]);
                (slopes[i], others[i]) = (slope, select(is_best, 0.0, slope));
            }
            sums.add(&costs);
            pulls.add(&others);
            *first = slopes;
        }
        // Of how many each is one: the next is another best one where the best is not alone.
        let (pulls, mut back, mut on) = (pulls.wholes(), [0.0; LANES], [0.0; LANES]);
        for i in 0..LANES {
            let alone = bests[i] == 1.0;
            let next_alone = select(alone, nexts[i], bests[i] - 1.0) == 1.0;
            back[i] = of_best[i] - select(alone, pulls[i], select(next_alone, of_next[i], 0.0));
            on[i] = select(next_alone, of_best[i], 0.0);
            seen[i] = 0.0;
        }
        for (x, first) in x.iter().zip(first) {
            for i in 0..LANES {
                let is_best = (x[i] == best[i]) & (seen[i] == 0.0);
                let moved = first[i] - select(x[i] == next[i], on[i], 0.0);
                first[i] = select(is_best, back[i], moved);
                seen[i] = select(is_best, 1.0, seen[i]);
            }
        }
        sums.wholes()
    }

    /// Of each class what its score lacks to be above each of the others by a margin, where it does, raised to a power and over the number
    /// of classes: times its target and its weight. There are three numbers of scratch for each.
    #[inline(always)]
    #[must_use]
    pub fn margins_to_all(self, margin: f64, power: f64) -> f64 {
        let n = self.len();
        let List { y, x, weights, first, second, numbers, level, stop, .. } = self;
        let (y, x, weights, first, second) = (&y[..n], &x[..n], &weights[..n], &mut first[..n], &mut second[..n]);
        let (terms, rest) = numbers.split_at_mut(n);
        let (slopes, bends) = rest.split_at_mut(n);
        let bends = &mut bends[..n];
        first.fill(0.0);
        second.fill(0.0);
        let (mut total, mut patience) = ((0.0, 0.0), Patience::of(stop));
        for k in 0..n {
            let weight = y[k] * weights[k];
            if weight == 0.0 {
                continue;
            }
            if patience.ends(n) {
                return f64::NAN;
            }
            let share = weight / n as f64;
            let parts = terms.chunks_mut(LANES).zip(slopes.chunks_mut(LANES)).zip(bends.chunks_mut(LANES));
            for (rivals, ((terms, slopes), bends)) in x.chunks(LANES).zip(parts) {
                let mut lacks = [0.0; LANES];
                for (lacks, &rival) in lacks.iter_mut().zip(rivals) {
                    *lacks = lacking(rival, x[k], margin);
                }
                let [term, slope, bend] = all_raised(level, &lacks, power);
                terms.copy_from_slice(&term[..rivals.len()]);
                slopes.copy_from_slice(&slope[..rivals.len()]);
                bends.copy_from_slice(&bend[..rivals.len()]);
            }
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

    /// [`List::margins_to_all`] of lists side by side.
    #[inline(always)]
    #[must_use]
    pub fn all_margins(self, margin: f64, power: f64) -> Lanes {
        let [y, x, weights] = self.places();
        let (first, second) = (self.first.as_chunks_mut().0, self.second.as_chunks_mut().0);
        first.as_flattened_mut().fill(0.0);
        second.as_flattened_mut().fill(0.0);
        // Where no list is of several classes, one pass is over those of all.
        let (mut only, mut most) = (Own::NONE, 0.0);
        let mut counts = [0.0; LANES];
        for (k, ((y, x), weights)) in y.iter().zip(x).zip(weights).enumerate() {
            for i in 0..LANES {
                let weight = y[i] * weights[i];
                counts[i] += select(weight == 0.0, 0.0, 1.0);
                only.at[i] = select(weight == 0.0, only.at[i], k as f64);
                only.x[i] = select(weight == 0.0, only.x[i], x[i]);
                only.weight[i] = select(weight == 0.0, only.weight[i], weight);
            }
        }
        for count in counts {
            most = Float::max(most, count);
        }
        let mut total = Sums::NONE;
        for k in 0..if most > 1.0 { x.len() } else { 1 } {
            let mut own = only;
            if most > 1.0 {
                (own.at, own.x) = ([k as f64; LANES], x[k]);
                for i in 0..LANES {
                    own.weight[i] = y[k][i] * weights[k][i];
                }
            }
            let costs = own.against(self.level, x, [&mut *first, &mut *second], margin, power);
            total.add(&costs);
        }
        let (mut total, n) = (total.wholes(), x.len() as f64);
        for (first, second) in first.iter_mut().zip(second) {
            for i in 0..LANES {
                // Two infinite scores have no distance.
                first[i] = select(total[i].is_nan(), f64::NAN, first[i]);
                second[i] = select(total[i].is_nan(), f64::NAN, second[i]);
            }
        }
        for i in 0..LANES {
            total[i] /= n;
        }
        total
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

/// A class of each of the lists side by side, with its score and its weight.
#[derive(Clone, Copy)]
struct Own {
    at: Lanes,
    x: Lanes,
    weight: Lanes,
}

impl Own {
    const NONE: Own = Own { at: [0.0; LANES], x: [0.0; LANES], weight: [0.0; LANES] };

    /// What its margins to all others cost, of which the derivatives are added to what is there. A class without weight costs nothing.
    #[inline(always)]
    fn against(&self, level: Level, x: &[Lanes], [first, second]: [&mut [Lanes]; 2], margin: f64, power: f64) -> Lanes {
        let Own { at, x: own, weight } = self;
        let (mut terms, mut slopes, mut bends) = (Sums::NONE, Sums::NONE, Sums::NONE);
        let n = x.len() as f64;
        for (j, ((x, first), second)) in x.iter().zip(&mut *first).zip(&mut *second).enumerate() {
            let j = j as f64;
            let mut lacks = [0.0; LANES];
            for i in 0..LANES {
                let nothing = (at[i] == j) | (weight[i] == 0.0);
                lacks[i] = select(nothing, 0.0, lacking(x[i], own[i], margin));
            }
            let [term, slope, bend] = all_raised(level, &lacks, power);
            terms.add(&term);
            slopes.add(&slope);
            bends.add(&bend);
            for i in 0..LANES {
                let share = weight[i] / n;
                first[i] += share * slope[i];
                second[i] += share * bend[i];
            }
        }
        let (mut terms, slopes, bends) = (terms.wholes(), slopes.wholes(), bends.wholes());
        for (j, (first, second)) in first.iter_mut().zip(second).enumerate() {
            let j = j as f64;
            for i in 0..LANES {
                first[i] -= select(at[i] == j, weight[i] * slopes[i] / n, 0.0);
                second[i] += select(at[i] == j, weight[i] * bends[i] / n, 0.0);
            }
        }
        for i in 0..LANES {
            terms[i] *= weight[i];
        }
        terms
    }
}

/// Numbers side by side, each raised to a power, with the derivatives: in code of its own, once for all that need it.
fn all_raised(level: Level, lacks: &Lanes, power: f64) -> [Lanes; 3] {
    simd::dispatch(level, Raise { lacks, power })
}

struct Raise<'a> {
    lacks: &'a Lanes,
    power: f64,
}

impl Body for Raise<'_> {
    type Output = [Lanes; 3];

    #[inline(always)]
    fn run(self) -> [Lanes; 3] {
        if self.power == 1.0 {
            self.each::<FIRST>()
        } else if self.power == 2.0 {
            self.each::<SECOND>()
        } else {
            self.each::<BETWEEN>()
        }
    }
}

impl Raise<'_> {
    #[inline(always)]
    fn each<const KIND: u8>(self) -> [Lanes; 3] {
        let (mut term, mut slope, mut bend) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
        for i in 0..LANES {
            [term[i], slope[i], bend[i]] = raised::<KIND>(self.lacks[i], self.power);
        }
        [term, slope, bend]
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
