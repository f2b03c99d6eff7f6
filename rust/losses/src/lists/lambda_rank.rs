//! `LambdaRank`: pairs of items in the wrong order, each by what exchanging the two would change of the ranking's gain.

use crate::families::{List, Lists, sum};
use crate::loss::{CONSTANTS, Default, Domain, Family, Info, Kind, Param, Role, Start, Value};
use crate::number::compensated::{plus, two_sum};
use crate::number::functions as f;
use crate::number::real::times;
use crate::number::select;
use std::f64::consts::LN_2;

pub struct Loss;

impl Lists for Loss {
    const INFO: Info = Info {
        family: Family::SetWise,
        summary: "How uncertain scores are about each pair of items of different relevance, by how much it matters to the NDCG.",
        use_when: "Items of a query are to be ranked and the top matters most: y_true is how relevant an item is, each list is a query. \
                   A pair pulls by what exchanging its items in the ranking by scores would change of the NDCG; derivatives hold these \
                   weights constant, as rankings are no smooth functions.",
        formula: "sum(abs(gain[i] - gain[j])*abs(discount[i] - discount[j])*softplus(sigma*(y_pred[j] - y_pred[i])) \
                  for i, j in pairs)/ideal",
        params: &[
            Param {
                name: "truncation",
                kind: Kind::Integer { optional: true },
                default: Default::None,
                doc: "Pairs count of which one item is among so many first, and the ideal is that of so many; None: all.",
                role: Role::Constant,
                special: &[1.0, 3.0],
            },
            Param::positive("sigma", 1.0, "How steep the logistic loss of a pair is."),
            Param { doc: "The axis or the axes of a list's items; None: all axes.", ..Param::VECTOR_AXIS },
        ],
        aliases: &["lambdarank", "lambdamart", "rank_ndcg", "lambda_loss", "ndcg_loss"],
        target: Domain::NonNegative,
        start: Start::None,
        relations: &[("list_net", "smooth, and without pairs")],
        kinks: "where two scores are equal the first of the two is ranked first; weights of pairs are constants of the derivatives; a \
                list of which all items are equally relevant costs 0",
        convex: false,
        source: "Burges 2010, MSR-TR-2010-82; Wang et al. 2018, doi:10.1145/3269206.3271784",
        ..Info::DEFAULT
    };

    /// What [`Ranked`] has of each item.
    const NUMBERS: usize = 11;
    const ORDERS: bool = true;

    fn refusal(params: &[Value]) -> Option<&'static str> {
        (params[0].number() < 1.0).then_some("truncation is below 1; wanted None or how many items of a ranking matter")
    }

    #[inline(always)]
    fn list([truncation, sigma, ..]: &[f64; CONSTANTS], list: List<'_>) -> f64 {
        let List { y, x, first, second, numbers, order, .. } = list;
        first.fill(0.0);
        second.fill(0.0);
        for (i, place) in order.iter_mut().enumerate() {
            *place = i;
        }
        order.sort_unstable_by(|&a, &b| x[b].total_cmp(&x[a]).then(a.cmp(&b)));
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
        let depth = if truncation.is_nan() { n } else { n.min(*truncation as usize) };
        let ideal = ranked.prepare(sorted, depth);
        if ideal == 0.0 {
            return 0.0;
        }
        let mut value = (0.0, 0.0);
        for place in 0..depth {
            value = plus(value, ranked.against_later(place, *sigma, ideal));
        }
        for (place, &i) in order.iter().enumerate() {
            (first[i], second[i]) = (ranked.first[place], ranked.second[place]);
        }
        if value.0.is_finite() { value.0 + value.1 } else { value.0 }
    }
}

/// Items in the order of their scores, each with what it has of the ranking.
struct Ranked<'a> {
    x: &'a mut [f64],
    relevance: &'a mut [f64],
    /// 2^relevance, relative to the largest.
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
    fn prepare(&mut self, sorted: &mut [f64], depth: usize) -> f64 {
        let n = self.x.len();
        sorted.copy_from_slice(self.relevance);
        sorted.sort_unstable_by(|a, b| b.total_cmp(a));
        let most = sorted[0];
        let [discount, discount_low] = &mut self.discount;
        for i in 0..n {
            self.gain[i] = power_of_two(self.relevance[i], most);
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
            let weight = more * ((own_discount[0] - discount[i]) + (own_discount[1] - discount_low[i])) / ideal;
            // Positive where the item is the more relevant one and has the higher score.
            let (u, low) = f::scaled_difference(own_x, x[i], sigma, 0.0);
            let u = select(own_x == x[i], 0.0, u);
            let sign = 1f64.copysign(ahead);
            let l = f::logistic_sum(-sign * u, -sign * low);
            let slope = sigma * weight;
            values[i] = times(weight, l.softplus);
            firsts[i] = -sign * times(slope, l.sigmoid);
            seconds[i] = times(sigma * slope, l.slope);
        }
        let (others, other_bends) = (&mut self.first[later.clone()][..n], &mut self.second[later][..n]);
        for i in 0..n {
            others[i] -= firsts[i];
            other_bends[i] += seconds[i];
        }
        self.first[place] += sum(firsts);
        self.second[place] += sum(seconds);
        sum(values)
    }
}

/// 2^(y − most).
#[inline(always)]
fn power_of_two(y: f64, most: f64) -> f64 {
    let (exponent, lost) = two_sum(y, -most);
    let power = f::pow(2.0, exponent);
    power.mul_add(lost * LN_2, power)
}

/// 2^y − 1, relative to 2^most.
#[inline(always)]
fn net(y: f64, most: f64) -> f64 {
    let one = power_of_two(0.0, most);
    if y < 1.0 { one * f::expm1(y * LN_2) } else { power_of_two(y, most) - one }
}
