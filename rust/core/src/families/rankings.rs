//! Items ranked by scores, in pairs: all alike, or each by what exchanging the two would change of the ranking's discounted gain.

use super::lists::{List, Patience};
use super::orders::sort;
use crate::number::compensated::{plus, two_sum, whole};
use crate::number::functions as f;
use crate::number::select;
use crate::number::wide::sum;
use std::f64::consts::LN_2;

/// How many numbers of scratch an element takes: what [`Ranked`] has of it, and its place among the best.
pub const RANKED: usize = 11;
/// How many it takes where all pairs are alike.
pub const PAIRED: usize = 3;

/// 2⁻⁵⁰⁰: of less and of 2⁴⁰⁰ times that, 2^y − 1 is y·ln 2 to the last place.
const SLIGHT: f64 = f::power_of_two(-500);
const MORE: f64 = f::power_of_two(400);

/// Gains are this many powers of two larger than they are: the weight of a pair may be less than the least number where its scores are so
/// far apart that its loss is not.
const RAISED: i32 = 1000;

impl List<'_> {
    /// The logistic losses of all pairs of different relevance. It takes [`PAIRED`] numbers for each element.
    #[inline(always)]
    #[must_use]
    pub fn pairs(self, sigma: f64) -> f64 {
        let List { y, x, first, second, numbers, stop, .. } = self;
        first.fill(0.0);
        second.fill(0.0);
        let n = x.len();
        let (values, rest) = numbers.split_at_mut(n);
        let (firsts, seconds) = rest.split_at_mut(n);
        let (mut value, mut patience) = ((0.0, 0.0), Patience::of(stop));
        for place in 0..n {
            if patience.ends(n) {
                return f64::NAN;
            }
            let (own_x, own_y, count) = (x[place], y[place], n - place - 1);
            let (x, y) = (&x[place + 1..][..count], &y[place + 1..][..count]);
            let (values, firsts, seconds) = (&mut values[..count], &mut firsts[..count], &mut seconds[..count]);
            for i in 0..count {
                let weight = select(own_y == y[i], 0.0, 1.0);
                let pair = Pair::of([own_x, x[i]], own_y - y[i], [weight, 1.0], sigma);
                (values[i], firsts[i], seconds[i]) = (pair.value, pair.first, pair.second);
            }
            value = plus(value, gather(place, [values, firsts, seconds], first, second));
        }
        whole(value)
    }

    /// The logistic losses of pairs with one item among so many first, each times |ΔNDCG|, which is constant in the derivatives. It takes
    /// an order and [`RANKED`] numbers for each element.
    #[inline(always)]
    #[must_use]
    pub fn exchanges(self, depth: usize, sigma: f64) -> f64 {
        let List { y, x, first, second, numbers, order, stop, .. } = self;
        first.fill(0.0);
        second.fill(0.0);
        for (i, place) in order.iter_mut().enumerate() {
            *place = i;
        }
        let mut patience = Patience::of(stop);
        if !sort(order, &|a, b| (x[b], a) < (x[a], b), &mut patience) {
            return f64::NAN;
        }
        let n = x.len();
        let mut places = numbers.chunks_exact_mut(n);
        let mut next = || places.next().unwrap_or_default();
        let mut ranked = Ranked {
            x: next(),
            relevance: next(),
            gain: next(),
            discount: [next(), next()],
            first: next(),
            second: next(),
            terms: [next(), next(), next()],
        };
        let sorted = next();
        for (place, &i) in order.iter().enumerate() {
            (ranked.x[place], ranked.relevance[place]) = (x[i], y[i]);
        }
        let depth = depth.min(n);
        let ideal = ranked.prepare(sorted, depth, &mut patience);
        if ideal == 0.0 {
            return 0.0;
        }
        let mut value = (0.0, 0.0);
        for place in 0..depth {
            if patience.ends(n) {
                return f64::NAN;
            }
            value = plus(value, ranked.against_later(place, sigma, ideal));
        }
        for (place, &i) in order.iter().enumerate() {
            (first[i], second[i]) = (ranked.first[place], ranked.second[place]);
        }
        whole(value)
    }
}

/// Items in the order of their scores, each with what it has of the ranking.
struct Ranked<'a> {
    x: &'a mut [f64],
    relevance: &'a mut [f64],
    /// 2^relevance, relative to the largest and [`RAISED`].
    gain: &'a mut [f64],
    /// 1/log2(1 + rank), and what rounding took from it.
    discount: [&'a mut [f64]; 2],
    first: &'a mut [f64],
    second: &'a mut [f64],
    /// Of the pairs of one item.
    terms: [&'a mut [f64]; 3],
}

impl Ranked<'_> {
    /// Gains, discounts, and the sum of the gains of the best ranking, relative to 2^(the largest relevance).
    #[inline(always)]
    fn prepare(&mut self, sorted: &mut [f64], depth: usize, patience: &mut Patience<'_>) -> f64 {
        let n = self.x.len();
        let largest = self.relevance.iter().copied().fold(0.0, f64::max);
        if largest < SLIGHT {
            // Their gains are in the proportions of the relevances, which are more than subnormal numbers of as many digits.
            self.relevance.iter_mut().for_each(|relevance| *relevance *= MORE);
        }
        sorted.copy_from_slice(self.relevance);
        if !sort(sorted, &|a, b| a > b, patience) {
            return 0.0;
        }
        let most = sorted[0];
        let [discount, discount_low] = &mut self.discount;
        for i in 0..n {
            self.gain[i] = power_of_two(self.relevance[i], most, f64::from(RAISED));
            let (log, low) = f::log_parts(i as f64 + 2.0);
            let inverse = LN_2 / log;
            (discount[i], discount_low[i]) = (inverse, ((-inverse).mul_add(log, LN_2) - inverse * low) / log);
            (self.first[i], self.second[i]) = (0.0, 0.0);
        }
        for i in 0..depth {
            sorted[i] = net(sorted[i], most) * discount[i];
        }
        sum(&sorted[..depth])
    }

    /// The pairs of an item with all that are ranked behind it.
    #[inline(always)]
    fn against_later(&mut self, place: usize, sigma: f64, ideal: f64) -> f64 {
        let later = place + 1..self.x.len();
        let n = later.len();
        let [discount, discount_low] = &self.discount;
        let (own_x, own_y, own_gain) = (self.x[place], self.relevance[place], self.gain[place]);
        let own_discount = [discount[place], discount_low[place]];
        let (x, y) = (&self.x[later.clone()][..n], &self.relevance[later.clone()][..n]);
        let gain = &self.gain[later.clone()][..n];
        let (discount, discount_low) = (&discount[later.clone()][..n], &discount_low[later.clone()][..n]);
        let [values, firsts, seconds] = &mut self.terms;
        let (values, firsts, seconds) = (&mut values[..n], &mut firsts[..n], &mut seconds[..n]);
        for i in 0..n {
            let ahead = own_y - y[i];
            let apart = ahead.abs();
            // Of relevances less than 1 apart the lesser gain and its relative difference, in which nothing cancels.
            let near = select(ahead > 0.0, gain[i], own_gain) * f::expm1(apart.min(1.0) * LN_2);
            let more = select(apart < 1.0, near, (own_gain - gain[i]).abs());
            let raised = more * ((own_discount[0] - discount[i]) + (own_discount[1] - discount_low[i])) / ideal;
            let (slight, lower) = (raised < 1.0, const { f::power_of_two(-RAISED) });
            let weight = [select(slight, raised, raised * lower), select(slight, lower, 1.0)];
            let pair = Pair::of([own_x, x[i]], ahead, weight, sigma);
            (values[i], firsts[i], seconds[i]) = (pair.value, pair.first, pair.second);
        }
        gather(place, [values, firsts, seconds], self.first, self.second)
    }
}

/// The logistic loss of a pair, and its derivatives with respect to the score of the first of the two.
struct Pair {
    value: f64,
    first: f64,
    second: f64,
}

impl Pair {
    /// Of two scores, of which the first is of so much more relevance, and a weight in two factors, the last of which comes last.
    #[inline(always)]
    fn of([own, other]: [f64; 2], ahead: f64, [weight, factor]: [f64; 2], sigma: f64) -> Pair {
        // Positive where the item is the more relevant one and has the higher score.
        let (u, low) = f::scaled_difference(own, other, sigma, 0.0);
        let u = select(own == other, 0.0, u);
        let sign = 1f64.copysign(ahead);
        let l = f::logistic_sum(-sign * u, -sign * low);
        let slope = sigma * weight;
        let (value, ..) = l.weighted_softplus(weight);
        let (_, first, _) = l.weighted_softplus(slope);
        let (.., second) = l.weighted_softplus(sigma * slope);
        Pair { value: value * factor, first: -sign * first * factor, second: second * factor }
    }
}

/// Adds the derivatives of the pairs of an item with those behind it to all of theirs; the sum of the values.
#[inline(always)]
fn gather(place: usize, [values, firsts, seconds]: [&[f64]; 3], first: &mut [f64], second: &mut [f64]) -> f64 {
    let n = values.len();
    let (others, other_bends) = (&mut first[place + 1..][..n], &mut second[place + 1..][..n]);
    for i in 0..n {
        others[i] -= firsts[i];
        other_bends[i] += seconds[i];
    }
    first[place] += sum(firsts);
    second[place] += sum(seconds);
    sum(values)
}

/// 2^(y − most + more).
#[inline(always)]
fn power_of_two(y: f64, most: f64, more: f64) -> f64 {
    let (exponent, lost) = two_sum(y, -most);
    let (exponent, low) = two_sum(exponent, more);
    let power = f::pow(2.0, exponent);
    power.mul_add((lost + low) * LN_2, power)
}

/// 2^y − 1, relative to 2^most.
#[inline(always)]
fn net(y: f64, most: f64) -> f64 {
    let one = power_of_two(0.0, most, 0.0);
    if y < 1.0 { one * f::expm1(y * LN_2) } else { power_of_two(y, most, 0.0) - one }
}
