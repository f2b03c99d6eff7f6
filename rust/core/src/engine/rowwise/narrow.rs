//! Rows 64 side by side, a block of 64 numbers a class, so that every loop is over rows: of few classes, or such as lie by columns.

use super::super::blocks::LANES;
use super::super::memory::{Part, Place};
use super::super::request::Parts;
use super::super::scratch::room;
use super::super::transpose::to_rows;
use super::super::working::Working;
use super::chain::fold;
use super::heads::{Facts, Told, bent, heads};
use super::job::{Halt, Job, Scores, is_narrow};
use super::rows::{Batch, Rows, put};
use super::softmax::{self, Maxima, Sum, Terms, is_empty, is_void};
use super::targets::load;
use super::terms::{Ahead, STEP, block_end};
use crate::number::compensated::plus;
use crate::number::{Float, select};
use crate::simd::{self, Body, Level};

/// Elements of scratch for a batch.
pub(super) fn scratch<T: Working>(job: &Job<'_, T>) -> usize {
    let in_q = if job.in_q.is_some() { 2 } else { 0 };
    let blocks = if job.sees_all() { 11 + in_q } else { 3 };
    room(LANES) + blocks * room(LANES * job.classes)
}

/// Writes a derivative of the rows that are computed, with zeros for those that do not count.
pub(super) fn store<T: Working>(
    job: &Job<'_, T>,
    rows: &Rows<T>,
    which: u64,
    part: Option<&mut Part<'_>>,
    from: &mut [[T; LANES]],
    stage: &mut [T],
) {
    let Some(part) = part else { return };
    if !rows.all {
        for class in from.iter_mut() {
            for i in 0..LANES {
                class[i] = class[i].kept_if(rows.counts[i]);
            }
        }
    }
    let (k, level) = (job.classes, job.request.level);
    if which == u64::MAX && part.sink.is_by_columns(k) {
        return part.write_columns(rows.start, rows.len, from);
    }
    if which == u64::MAX {
        let mut place = Place::of(Some(part), rows.start * k, &mut stage[..rows.len * k]);
        to_rows(level, from, place.numbers());
        return put(place);
    }
    to_rows(level, from, &mut stage[..rows.len * k]);
    for (i, row) in stage.chunks_exact(k).enumerate().take(rows.len).filter(|(i, _)| which >> i & 1 != 0) {
        part.write((rows.start + i) * k, row);
    }
}

/// Reads a batch: its predictions, what is known of its rows, and their terms.
pub(super) fn begin<T: Working>(
    job: &Job<'_, T>,
    parts: &Parts<'_>,
    rows: &Rows<T>,
    facts: &mut Facts<T>,
    stage: &mut [T],
    x: &mut [[T; LANES]],
    e: &mut [[T; LANES]],
) -> Result<(), Halt> {
    load(job, &job.request.x, rows, T::ONE, stage, x);
    if !rows.all {
        // Rows that do not count hold ones.
        for class in x.iter_mut() {
            for i in 0..LANES {
                class[i] = select(rows.counts[i] == T::ZERO, T::ONE, class[i]);
            }
        }
    }
    // A later batch, a thousand elements or so ahead.
    let at = (rows.start + (1024 / job.classes).next_multiple_of(LANES).max(LANES)) * job.classes;
    let ahead = Ahead { x: &job.request.x, at, parts: [parts.grad.as_ref(), parts.hess.as_ref()], to: at };
    terms_of(job.request.level, job.scores(), x, e, facts, &ahead)
}

/// The terms of rows side by side in code of their own, once for all that need them.
pub(super) fn terms_of<T: Working>(
    level: Level,
    scores: Scores,
    x: &[[T; LANES]],
    e: &mut [[T; LANES]],
    facts: &mut Facts<T>,
    ahead: &Ahead<'_, '_>,
) -> Result<(), Halt> {
    match scores {
        Scores::Raw => simd::dispatch(level, RowTerms::<T, true> { exact: false, x, e, facts, ahead }),
        Scores::Probabilities { exact } => simd::dispatch(level, RowTerms::<T, false> { exact, x, e, facts, ahead }),
    }
}

struct RowTerms<'a, 'v, 's, T, const RAW: bool> {
    exact: bool,
    x: &'a [[T; LANES]],
    e: &'a mut [[T; LANES]],
    facts: &'a mut Facts<T>,
    ahead: &'a Ahead<'v, 's>,
}

impl<T: Working, const RAW: bool> Body for RowTerms<'_, '_, '_, T, RAW> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let RowTerms { exact, x, e, facts, ahead } = self;
        terms::<T, RAW>(exact && !RAW, x, e, facts, |block, blocks| ahead.fetch::<T>(block * LANES, blocks * LANES))
    }
}

/// The maximum of each row, its terms, and their sum but the maximum's own.
#[inline(always)]
fn terms<T: Float, const RAW: bool>(
    exact: bool,
    x: &[[T; LANES]],
    e: &mut [[T; LANES]],
    facts: &mut Facts<T>,
    fetch: impl Fn(usize, usize),
) -> Result<(), Halt> {
    let m = &mut facts.m;
    *m = [-T::INFINITY; LANES];
    for class in x {
        for i in 0..LANES {
            m[i] = m[i].max(class[i]);
        }
    }
    if !RAW {
        let mut least = [T::ZERO; LANES];
        for class in x {
            for i in 0..LANES {
                least[i] = least[i].min(class[i]);
            }
        }
        let mut zeros = false;
        for i in 0..LANES {
            zeros |= m[i] == T::ZERO;
        }
        let empty = zeros && (0..LANES).any(|i| is_empty(RAW, m[i], x.iter().map(|class| class[i])));
        if empty || fold(least, T::min) < T::ZERO || fold(*m, T::max) == T::INFINITY {
            return Err(Halt::Outside);
        }
    }
    match x.len() {
        2 => few_terms::<T, RAW, 2>(exact, x, e, facts, fetch),
        3 => few_terms::<T, RAW, 3>(exact, x, e, facts, fetch),
        k if RAW && !is_narrow::<T>(k) => most_terms(x, e, facts),
        _ => many_terms::<T, RAW>(exact, x, e, facts, fetch),
    }
    Ok(())
}

/// As many classes as there are registers for: all but the maximum's own term, in two loops.
#[inline(always)]
fn few_terms<T: Float, const RAW: bool, const K: usize>(
    exact: bool,
    x: &[[T; LANES]],
    e: &mut [[T; LANES]],
    facts: &mut Facts<T>,
    fetch: impl Fn(usize, usize),
) {
    let Facts { m, rest, low, .. } = facts;
    let x: &[[T; LANES]; K] = x.try_into().expect("K classes");
    let e: &mut [[T; LANES]; K] = e.try_into().expect("K classes");
    let mut others = [[T::ZERO; LANES]; K];
    for i in 0..LANES {
        // Where the maximum's is another, the first class takes its place among the others.
        let mut left_out = x[0][i] == m[i];
        for k in 1..K {
            let own = (x[k][i] == m[i]) & !left_out;
            others[k][i] = select(own, x[0][i], x[k][i]);
            left_out |= own;
        }
    }
    let maxima = Maxima::of::<RAW>(m);
    fetch(0, K);
    for k in 1..K {
        let from = others[k];
        softmax::terms::<T, RAW, false, LANES>(&from, |i| maxima.row(i), &mut others[k]);
    }
    for i in 0..LANES {
        let mut left_out = x[0][i] == m[i];
        let (mut first, mut sum) = (T::ONE, (T::ZERO, T::ZERO));
        for k in 1..K {
            let own = (x[k][i] == m[i]) & !left_out;
            let term = others[k][i];
            first = select(own, term, first);
            e[k][i] = select(own, T::ONE, term);
            let number =
                if RAW { term } else { select(exact, maxima.row(i).lifted(select(own, x[0][i], x[k][i])), term) };
            (sum, left_out) = (plus(sum, number), left_out | own);
        }
        e[0][i] = first;
        let all = sum.0 + sum.1;
        (rest[i], low[i]) = if exact { maxima.row(i).of_terms(sum) } else { (all, sum.1 - (all - sum.0)) };
    }
}

/// More classes, one after the other.
#[inline(always)]
fn many_terms<T: Float, const RAW: bool>(
    exact: bool,
    x: &[[T; LANES]],
    e: &mut [[T; LANES]],
    facts: &mut Facts<T>,
    fetch: impl Fn(usize, usize),
) {
    let Facts { m, rest, low, .. } = facts;
    let (maxima, mut sums) = (Maxima::of::<RAW>(m), Terms::<T, LANES>::NONE);
    let (mut ones, mut below) = ([T::ZERO; LANES], [T::ZERO; LANES]);
    for (i, (class, e)) in x.iter().zip(e).enumerate() {
        fetch(i, 1);
        softmax::terms::<T, RAW, true, LANES>(class, |i| maxima.row(i), e);
        for i in 0..LANES {
            let is_maximum = if RAW { e[i] == T::ONE } else { class[i] == m[i] };
            below[i] = select(
                is_maximum,
                T::ZERO,
                if RAW { e[i] } else { select(exact, maxima.row(i).lifted(class[i]), e[i]) },
            );
            ones[i] = ones[i] + select(is_maximum, T::ONE, T::ZERO);
        }
        sums.add(&below);
    }
    for i in 0..LANES {
        let sum = if exact { sums.lane(i).over(maxima.row(i).whole().to_f64()) } else { sums.lane(i) };
        let (sum, lost) = sum.rounded::<T>(ones[i].to_f64() - 1.0);
        (rest[i], low[i]) = (select(is_void(m[i], ones[i]), T::NAN, sum), lost);
    }
}

/// Logits of so many that rows are computed along if they do not lie by columns: with the same sums as there.
#[inline(always)]
fn most_terms<T: Float>(x: &[[T; LANES]], e: &mut [[T; LANES]], facts: &mut Facts<T>) {
    let Facts { m, rest, low, .. } = facts;
    let (maxima, mut sums) = (Maxima::of::<true>(m), [Sum::ZERO; LANES]);
    let (mut ones, mut others) = ([T::ZERO; LANES], [T::ZERO; LANES]);
    let mut start = 0;
    while start < x.len() {
        let end = block_end(start, x.len());
        let mut lanes = [Terms::<T, LANES>::NONE; STEP];
        for (class, (x, e)) in x[start..end].iter().zip(&mut e[start..end]).enumerate() {
            softmax::terms::<T, true, true, LANES>(x, |i| maxima.row(i), e);
            for i in 0..LANES {
                let is_maximum = x[i] == m[i];
                others[i] = select(is_maximum & (ones[i] == T::ZERO), T::ZERO, e[i]);
                ones[i] = ones[i] + select(is_maximum, T::ONE, T::ZERO);
            }
            lanes[class % STEP].add(&others);
        }
        let block = softmax::join(lanes);
        for i in 0..LANES {
            sums[i] = sums[i].plus(block.lane(i));
        }
        start = end;
    }
    for i in 0..LANES {
        let (sum, lost) = sums[i].rounded::<T>(0.0);
        (rest[i], low[i]) = (select(is_void(m[i], ones[i]), T::NAN, sum), lost);
    }
}

/// Rows with one true class.
pub(super) struct Hard<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for Hard<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, which, value, told: Told { facts, head }, parts, mut scratch, .. } = self.0;
        let k = job.classes;
        let stage = scratch.take(LANES * k);
        let x = scratch.take(LANES * k).as_chunks_mut().0;
        let e = scratch.take(LANES * k).as_chunks_mut().0;
        let label = scratch.take(LANES);
        begin(job, parts, rows, facts, stage, x, e)?;
        (facts.factor, facts.share) = (rows.factor, rows.share);
        for i in 0..LANES {
            label[i] = T::from_integer(rows.label[i]);
        }
        // One by one: what a loop over classes keeps or replaces becomes stores under a mask, which are slow on some CPUs.
        for i in 0..LANES {
            let class = rows.label[i] as usize;
            (facts.x[i], facts.e[i]) = (x[class][i], e[class][i]);
        }
        if !job.class_weight.is_empty() {
            for i in 0..LANES {
                facts.class_weight[i] = job.class_weight(rows.label[i] as usize);
            }
        }
        heads::<T, LANES>(job, facts, head);
        *value = head.value;
        if job.wanted.hess {
            for (class, (h, e)) in x.iter_mut().zip(e.iter()).enumerate() {
                let class = T::lit(class as f64);
                if job.is_flat() {
                    *h = head.bend_true;
                } else if job.raw {
                    for i in 0..LANES {
                        let bent = bent(e[i], facts.rest[i], head.bend[i], head.bend_square[i]);
                        h[i] = select(label[i] == class, head.bend_true[i], bent);
                    }
                } else {
                    for i in 0..LANES {
                        h[i] = select(label[i] == class, head.bend_true[i], head.bend[i]);
                    }
                }
                for i in 0..LANES {
                    h[i] = h[i].max(job.floor) * rows.factor[i];
                }
            }
            store(job, rows, which, parts.hess.as_mut(), x, stage);
        }
        if job.wanted.grad {
            for (class, e) in e.iter_mut().enumerate() {
                let class = T::lit(class as f64);
                if job.raw {
                    for i in 0..LANES {
                        let slope = head.slope[i].mul_add(e[i], head.slope_low[i] * e[i]);
                        e[i] = select(label[i] == class, head.slope_true[i], slope);
                    }
                } else {
                    for i in 0..LANES {
                        e[i] = select(label[i] == class, head.slope_true[i], head.slope[i]);
                    }
                }
            }
            store(job, rows, which, parts.grad.as_mut(), e, stage);
        }
        Ok(())
    }
}
