//! Who is at risk when others have an event: the partial likelihood of survival, ties after Breslow.
//!
//! From the last time to the first, risk sets only grow; from the first to the last, so do the sums over events that derivatives are
//! made of. The largest hazard is kept apart from the others' sum, so that no share and nothing that a share lacks to 1 is a difference.

use super::lists::{List, Patience};
use super::orders::sort;
use crate::number::compensated::{plus, two_sum, whole};
use crate::number::functions as f;

/// How many numbers of scratch an element takes: a hazard each; and of the group of one time that it is the first of, what [`Group`] has.
pub const AT_RISK: usize = 1 + WIDTH;

/// What one element takes of the caller's patience: its numbers are far apart in memory.
const STEPS: usize = 32;

impl List<'_> {
    /// Minus the logarithm of the partial likelihood: targets are times, negative where there was no event until then, predictions log
    /// hazards. It takes an order and [`AT_RISK`] numbers for each element.
    #[inline(always)]
    #[must_use]
    pub fn partial_likelihood(self) -> f64 {
        let List { y, x, first, second, derives, numbers, order, stop, .. } = self;
        let n = x.len();
        let (e, groups) = numbers.split_at_mut(n);
        for (i, place) in order.iter_mut().enumerate() {
            *place = i;
        }
        let mut patience = Patience::of(stop);
        let later = |a: usize, b: usize| y[b].abs().total_cmp(&y[a].abs()).then(a.cmp(&b)).is_lt();
        if !sort(order, &later, &mut patience) {
            return f64::NAN;
        }
        let (mut risk, mut value, mut start) = (Risk::nobody(x[order[0]]), (0.0, 0.0), 0);
        while start < n {
            let (group, mut events) = (same_time(y, order, start), 0.0);
            for &i in group {
                if patience.ends(STEPS) {
                    return f64::NAN;
                }
                e[i] = risk.join(i, x[i]);
                if y[i] > 0.0 {
                    events += 1.0;
                }
            }
            if events > 0.0 {
                let behind = group.iter().filter(|&&i| y[i] > 0.0).map(|&i| gap(risk.most, x[i]));
                value = behind.fold(value, plus);
                value = plus(value, events * f::log1p(risk.others() / risk.largest));
            }
            Group { events, largest: risk.largest, others: risk.others(), top: risk.top, reference: risk.reference }
                .put(groups, start);
            start += group.len();
        }
        if derives {
            let exponentials = if risk.moved { None } else { Some(&*e) };
            derivatives([y, x], order, groups, exponentials, [first, second], &mut patience);
        }
        whole(value)
    }
}

/// Those of a place on, in order, whose time is the same.
#[inline(always)]
fn same_time<'o>(y: &[f64], order: &'o [usize], start: usize) -> &'o [usize] {
    let time = y[order[start]].abs();
    let len = order[start..].iter().take_while(|&&i| y[i].abs() == time).count();
    &order[start..start + len]
}

/// a − b, and 0 where both are the same infinity.
#[inline(always)]
fn gap(a: f64, b: f64) -> f64 {
    if a == b { 0.0 } else { a - b }
}

/// exp(a − b), with what rounding takes from the difference.
#[inline(always)]
fn exp_gap(a: f64, b: f64) -> f64 {
    let (u, low) = two_sum(a, -b);
    if a == b { 1.0 } else { f::exp_sum(u, low) }
}

/// How far above the reference the largest may be before it becomes the reference.
const FAR: f64 = 300.0;

/// All who are at risk: the sum of their hazards relative to a reference, that of the largest apart from the others'. Those that join
/// are never much above the reference, and never lost below it, for the first of them is it.
struct Risk {
    reference: f64,
    /// Who has the largest hazard, its logarithm, and it relative to the reference.
    top: usize,
    most: f64,
    largest: f64,
    others: (f64, f64),
    /// Whether there has been another reference.
    moved: bool,
}

impl Risk {
    #[inline(always)]
    fn nobody(reference: f64) -> Risk {
        Risk { reference, top: 0, most: f64::NAN, largest: 0.0, others: (0.0, 0.0), moved: false }
    }

    #[inline(always)]
    fn others(&self) -> f64 {
        self.others.0 + self.others.1
    }

    /// One more; its hazard relative to the reference.
    #[inline(always)]
    fn join(&mut self, i: usize, x: f64) -> f64 {
        if x <= self.most {
            let hazard = exp_gap(x, self.reference);
            self.others = plus(self.others, hazard);
            return hazard;
        }
        self.others = plus(self.others, self.largest);
        if gap(x, self.reference) > FAR {
            self.others = (self.others() * exp_gap(self.reference, x), 0.0);
            (self.reference, self.moved) = (x, true);
        }
        (self.top, self.most, self.largest) = (i, x, exp_gap(x, self.reference));
        self.largest
    }
}

/// The subjects of one time: how many have events, and who is at risk then.
#[derive(Clone, Copy)]
struct Group {
    events: f64,
    largest: f64,
    others: f64,
    top: usize,
    reference: f64,
}

/// How many numbers a group is.
const WIDTH: usize = 5;

impl Group {
    #[inline(always)]
    fn put(self, groups: &mut [f64], start: usize) {
        let Group { events, largest, others, top, reference } = self;
        groups[start * WIDTH..][..WIDTH].copy_from_slice(&[events, largest, others, top as f64, reference]);
    }

    #[inline(always)]
    fn get(groups: &[f64], start: usize) -> Group {
        let of = &groups[start * WIDTH..][..WIDTH];
        Group { events: of[0], largest: of[1], others: of[2], top: of[3] as usize, reference: of[4] }
    }

    /// The hazard of all at risk.
    #[inline(always)]
    fn total(&self) -> f64 {
        self.largest + self.others
    }
}

/// Σ 1/S and Σ 1/S² over the events up to a time, S being the hazard of all at risk, relative to the last event's reference.
#[derive(Clone, Copy)]
struct Past {
    reference: f64,
    inverse: (f64, f64),
    square: (f64, f64),
}

impl Past {
    #[inline(always)]
    fn add(&mut self, group: &Group) {
        if self.reference != group.reference {
            let scale = exp_gap(group.reference, self.reference);
            self.inverse = ((self.inverse.0 + self.inverse.1) * scale, 0.0);
            self.square = ((self.square.0 + self.square.1) * scale * scale, 0.0);
            self.reference = group.reference;
        }
        let inverse = 1.0 / group.total();
        self.inverse = plus(self.inverse, group.events * inverse);
        self.square = plus(self.square, group.events * (inverse * inverse));
    }

    /// Σ q and Σ q·(1 − q) of a hazard that is the largest of no risk set: none of its shares q is above a half.
    #[inline(always)]
    fn shares(&self, hazard: f64) -> (f64, f64) {
        let (inverse, square) = (self.inverse.0 + self.inverse.1, self.square.0 + self.square.1);
        (hazard * inverse, hazard * (inverse - hazard * square))
    }
}

/// Who has the largest hazard at some times, one after the other, with its derivatives so far.
struct Reign {
    of: usize,
    first: (f64, f64),
    second: (f64, f64),
}

/// The hazard of a subject: that which is there, if all have one reference.
#[inline(always)]
fn hazard(there: Option<&[f64]>, x: &[f64], i: usize, reference: f64) -> f64 {
    there.map_or_else(|| exp_gap(x[i], reference), |there| there[i])
}

/// The derivatives: from the first time to the last, Σ q − events and Σ q·(1 − q), q being the share of a subject in those at risk.
///
/// Whose hazard is the largest of a risk set has 1 − q from the others' sum; nobody else's q is above a half.
#[inline(always)]
fn derivatives(
    [y, x]: [&[f64]; 2],
    order: &[usize],
    groups: &[f64],
    there: Option<&[f64]>,
    [first, second]: [&mut [f64]; 2],
    patience: &mut Patience<'_>,
) {
    let (nothing, mut end) = ((0.0, 0.0), order.len());
    let mut past = Past { reference: f64::NAN, inverse: nothing, square: nothing };
    let mut reign = Reign { of: usize::MAX, first: nothing, second: nothing };
    while end > 0 {
        let time = y[order[end - 1]].abs();
        let start = end - order[..end].iter().rev().take_while(|&&i| y[i].abs() == time).count();
        let group = Group::get(groups, start);
        if past.reference.is_nan() {
            past.reference = group.reference;
        }
        let (before, total) = (past, group.total());
        if group.events > 0.0 {
            let top = group.top;
            if top != reign.of {
                reign.end(first, second);
                let (shares, spread) = past.shares(hazard(there, x, top, past.reference));
                reign = Reign { of: top, first: (shares, 0.0), second: (spread, 0.0) };
            }
            let (share, lack) = (group.largest / total, group.others / total);
            let own = if y[top] == time { 1.0 } else { 0.0 };
            reign.first = plus(plus(reign.first, (group.events - own) * share), -(own * lack));
            reign.second = plus(reign.second, group.events * (share * lack));
            past.add(&group);
        }
        for &i in order[start..end].iter().filter(|&&i| i != reign.of) {
            if patience.ends(STEPS) {
                return;
            }
            let own = hazard(there, x, i, past.reference);
            (first[i], second[i]) = past.shares(own);
            if y[i] > 0.0 {
                let (earlier, _) = before.shares(hazard(there, x, i, before.reference));
                let tied = (group.events - 1.0) * (own / total);
                first[i] = earlier + (tied - (total - own) / total);
            }
        }
        end = start;
    }
    reign.end(first, second);
}

impl Reign {
    /// Writes what has come of it.
    #[inline(always)]
    fn end(&self, first: &mut [f64], second: &mut [f64]) {
        if let (Some(first), Some(second)) = (first.get_mut(self.of), second.get_mut(self.of)) {
            (*first, *second) = (self.first.0 + self.first.1, self.second.0 + self.second.1);
        }
    }
}
