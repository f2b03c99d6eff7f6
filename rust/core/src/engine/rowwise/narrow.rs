//! Rows of few classes, 64 side by side: a block of 64 numbers a class, so that every loop is over rows.

use super::super::blocks::LANES;
use super::super::kernel::Blocks;
use super::super::memory::{Part, Place, Store};
use super::super::request::Parts;
use super::super::working::Working;
use super::chain::{PartedLanes, Row, fold};
use super::heads::{Facts, bent, heads};
use super::job::{Halt, Job};
use super::rows::{Batch, Rows, fetch, predictions};
use super::scratch::room;
use super::softmax::{self, Maxima, Terms, is_void, log_probability, share};
use super::transpose::{to_classes, to_rows};
use crate::number::compensated::plus;
use crate::number::real::times_or_nan;
use crate::number::{Float, functions as f, select};
use crate::simd::{self, Body};

/// Elements of scratch for a batch.
pub(super) fn scratch<T: Working>(job: &Job<'_, T>) -> usize {
    let blocks = if job.sees_all() { 8 + 2 * usize::from(job.kernel.reads_shares()) } else { 3 };
    room(LANES) + blocks * room(LANES * job.classes)
}

/// Reads a batch class by class; rows that do not count, or are not there, hold ones.
#[inline(always)]
fn load<T: Working>(job: &Job<'_, T>, rows: &Rows<T>, stage: &mut [T], x: &mut [[T; LANES]]) {
    let (k, level) = (job.classes, job.request.level);
    if rows.len == LANES {
        to_classes(level, predictions(job, rows.start * k, stage).numbers(), x);
    } else {
        job.request.x.read(rows.start * k, &mut stage[..rows.len * k]);
        stage[rows.len * k..].fill(T::ONE);
        to_classes(level, stage, x);
    }
    if !rows.all {
        for class in x {
            for i in 0..LANES {
                class[i] = select(rows.counts[i] == T::ZERO, T::ONE, class[i]);
            }
        }
    }
}

/// Writes a derivative, with zeros for the rows that do not count.
#[inline(always)]
fn store<T: Working>(
    job: &Job<'_, T>,
    rows: &Rows<T>,
    part: Option<&mut Part<'_>>,
    from: &mut [[T; LANES]],
    stage: &mut [T],
) {
    if part.is_none() {
        return;
    }
    if !rows.all {
        for class in from.iter_mut() {
            for i in 0..LANES {
                class[i] = select(rows.counts[i] == T::ZERO, T::ZERO, class[i]);
            }
        }
    }
    let k = job.classes;
    let mut place = Place::of(part, rows.start * k, &mut stage[..rows.len * k]);
    to_rows(job.request.level, from, place.numbers());
    place.store(0, Store::Replace);
}

/// The terms of a batch in code of their own, once for all kinds of shares.
struct RowTerms<'a, 'j, 's, T, const RAW: bool> {
    job: &'a Job<'j, T>,
    parts: &'a Parts<'s>,
    rows: &'a Rows<T>,
    x: &'a [[T; LANES]],
    e: &'a mut [[T; LANES]],
    facts: &'a mut Facts<T>,
}

impl<T: Working, const RAW: bool> Body for RowTerms<'_, '_, '_, T, RAW> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let RowTerms { job, parts, rows, x, e, facts } = self;
        terms::<T, RAW>(x, e, facts, |block, blocks| fetch_later(job, parts, rows, block, blocks))
    }
}

/// The maximum of each row, its terms, and their sum but the maximum's own.
#[inline(always)]
pub(super) fn terms<T: Float, const RAW: bool>(
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
        if fold(least, T::min) < T::ZERO || fold(*m, T::max) == T::INFINITY {
            return Err(Halt::Outside);
        }
    }
    match x.len() {
        2 => few_terms::<T, RAW, 2>(x, e, facts, fetch),
        3 => few_terms::<T, RAW, 3>(x, e, facts, fetch),
        _ => many_terms::<T, RAW>(x, e, facts, fetch),
    }
    Ok(())
}

/// As many classes as there are registers for: all but the maximum's own term, in two loops.
#[inline(always)]
fn few_terms<T: Float, const RAW: bool, const K: usize>(
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
    let maxima = Maxima::of(m);
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
            (sum, left_out) = (plus(sum, term), left_out | own);
        }
        e[0][i] = first;
        let all = sum.0 + sum.1;
        (rest[i], low[i]) = (all, sum.1 - (all - sum.0));
    }
}

/// More classes, one after the other.
#[inline(always)]
fn many_terms<T: Float, const RAW: bool>(
    x: &[[T; LANES]],
    e: &mut [[T; LANES]],
    facts: &mut Facts<T>,
    fetch: impl Fn(usize, usize),
) {
    let Facts { m, rest, low, .. } = facts;
    let (maxima, mut sums) = (Maxima::of(m), Terms::<T, LANES>::NONE);
    let (mut ones, mut below) = ([T::ZERO; LANES], [T::ZERO; LANES]);
    for (i, (class, e)) in x.iter().zip(e).enumerate() {
        fetch(i, 1);
        softmax::terms::<T, RAW, true, LANES>(class, |i| maxima.row(i), e);
        for i in 0..LANES {
            below[i] = select(e[i] == T::ONE, T::ZERO, e[i]);
            ones[i] = ones[i] + select(e[i] == T::ONE, T::ONE, T::ZERO);
        }
        sums.add(&below);
    }
    for i in 0..LANES {
        let (sum, lost) = sums.lane(i).rounded::<T>(ones[i].to_f64() - 1.0);
        (rest[i], low[i]) = (select(is_void::<T, RAW>(m[i], ones[i]), T::NAN, sum), lost);
    }
}

/// Asks for so many of the blocks of a later batch, a thousand elements or so ahead.
#[inline(always)]
fn fetch_later<T: Working>(job: &Job<'_, T>, parts: &Parts<'_>, rows: &Rows<T>, block: usize, blocks: usize) {
    let later = rows.start + (1024 / job.classes).next_multiple_of(LANES).max(LANES);
    let first = later * job.classes + block * LANES;
    fetch(job, parts, first, first, blocks * LANES);
}

/// Rows with one true class.
pub(super) struct Hard<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for Hard<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, value, parts, mut scratch, .. } = self.0;
        let k = job.classes;
        let stage = scratch.take(LANES * k);
        let x = scratch.take(LANES * k).as_chunks_mut().0;
        let e = scratch.take(LANES * k).as_chunks_mut().0;
        let label = scratch.take(LANES);
        load(job, rows, stage, x);
        let mut facts = Facts { factor: rows.factor, ..Facts::PLAIN };
        let terms = RowTerms::<T, true> { job, parts, rows, x, e, facts: &mut facts };
        simd::dispatch(job.request.level, terms)?;
        for i in 0..LANES {
            label[i] = T::from_integer(rows.label[i]);
        }
        for (class, (x, e)) in x.iter().zip(e.iter()).enumerate() {
            let class = T::lit(class as f64);
            for i in 0..LANES {
                facts.x[i] = select(label[i] == class, x[i], facts.x[i]);
                facts.e[i] = select(label[i] == class, e[i], facts.e[i]);
            }
        }
        if !job.class_weight.is_empty() {
            for i in 0..LANES {
                facts.class_weight[i] = job.class_weight(rows.label[i] as usize);
            }
        }
        let head = heads::<T, LANES>(job, &facts);
        *value = head.value;
        if job.wanted.hess {
            let flat = job.curved(T::ONE).0.is_some();
            for (class, (h, e)) in x.iter_mut().zip(e.iter()).enumerate() {
                let class = T::lit(class as f64);
                for i in 0..LANES {
                    let bent = bent(e[i], facts.rest[i], head.bend[i], head.bend_square[i]);
                    let h_true = head.bend_true[i];
                    h[i] = select((label[i] == class) | flat, h_true, bent).max(job.floor) * rows.factor[i];
                }
            }
            store(job, rows, parts.hess.as_mut(), x, stage);
        }
        if job.wanted.grad {
            for (class, e) in e.iter_mut().enumerate() {
                let class = T::lit(class as f64);
                for i in 0..LANES {
                    let slope = head.slope[i].mul_add(e[i], head.slope_low[i] * e[i]);
                    let g_true = head.slope_true[i];
                    e[i] = select(label[i] == class, g_true, slope);
                }
            }
            store(job, rows, parts.grad.as_mut(), e, stage);
        }
        Ok(())
    }
}

/// Rows whose classes all have shares.
pub(super) struct Soft<'a, 'j, 's, T, const RAW: bool>(pub Batch<'a, 'j, 's, T>);

impl<T: Working, const RAW: bool> Body for Soft<'_, '_, '_, T, RAW> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, value, parts, mut scratch, .. } = self.0;
        let k = job.classes;
        let stage = scratch.take(LANES * k);
        let [x, e, t, log_q, loss, first, second] =
            std::array::from_fn(|_| scratch.take(LANES * k).as_chunks_mut::<LANES>().0);
        load(job, rows, stage, x);
        let mut facts = Facts::PLAIN;
        let terms = RowTerms::<T, RAW> { job, parts, rows, x, e, facts: &mut facts };
        simd::dispatch(job.request.level, terms)?;
        shares(job, rows, stage, t)?;
        let Facts { m, rest, low, .. } = &facts;
        let mut log1p_rest = [T::ZERO; LANES];
        for i in 0..LANES {
            log1p_rest[i] = f::log1p(rest[i]);
        }
        for (log_q, x) in log_q.iter_mut().zip(x.iter()) {
            for i in 0..LANES {
                log_q[i] = log_probability::<T, RAW>(x[i], m[i], log1p_rest[i]);
            }
        }
        let read = if job.kernel.reads_shares() { k } else { 0 };
        let [q, others] = std::array::from_fn(|_| scratch.take(LANES * read).as_chunks_mut::<LANES>().0);
        for ((q, others), e) in q.iter_mut().zip(others.iter_mut()).zip(e.iter()) {
            for i in 0..LANES {
                (q[i], others[i]) = share(e[i], rest[i], low[i]);
            }
        }
        let mut blocks =
            Blocks { y: t, x: log_q, shares: [q, others], value: loss, sum: None, grad: first, hess: second };
        job.kernel.run(job.request.level, job.wanted, &job.constants, T::ONE, &mut blocks);
        if !job.class_weight.is_empty() {
            for class in 0..k {
                let weight = job.class_weight(class);
                for i in 0..LANES {
                    loss[class][i] = times_or_nan(weight, loss[class][i]);
                    first[class][i] = times_or_nan(weight, first[class][i]);
                    second[class][i] = times_or_nan(weight, second[class][i]);
                }
            }
        }
        if job.wanted.value {
            let mut sum = [0.0; LANES];
            for loss in loss.iter() {
                for i in 0..LANES {
                    sum[i] += loss[i].to_f64();
                }
            }
            for i in 0..LANES {
                value[i] = T::lit(sum[i]);
            }
        }
        if job.derives() {
            let firsts = PartedLanes::of(first);
            let row: [Row<T>; LANES] = std::array::from_fn(|i| Row::new(m[i], rest[i], low[i]));
            if job.wanted.hess {
                let seconds = PartedLanes::of(second);
                for class in 0..k {
                    let (x, e, first, second) = (&x[class], &e[class], &first[class], &mut second[class]);
                    for i in 0..LANES {
                        let (firsts, seconds) = (firsts.lane(i), seconds.lane(i));
                        let bent = row[i].hess::<RAW>(x[i], e[i], first[i], firsts, second[i], seconds);
                        let (flat, times) = job.curved(firsts.all());
                        second[i] = flat.unwrap_or(bent * times).max(job.floor) * rows.factor[i];
                    }
                }
                store(job, rows, parts.hess.as_mut(), second, stage);
            }
            if job.wanted.grad {
                for class in 0..k {
                    let (x, e, first) = (&x[class], &e[class], &mut first[class]);
                    for i in 0..LANES {
                        first[i] = row[i].grad::<RAW>(x[i], e[i], first[i], firsts.lane(i)) * rows.factor[i];
                    }
                }
                store(job, rows, parts.grad.as_mut(), first, stage);
            }
        }
        Ok(())
    }
}

/// Reads the shares class by class, smoothed.
#[inline(always)]
fn shares<T: Working>(job: &Job<'_, T>, rows: &Rows<T>, stage: &mut [T], t: &mut [[T; LANES]]) -> Result<(), Halt> {
    let (keep, spread) = job.smoothing;
    if !job.shares {
        for (class, t) in t.iter_mut().enumerate() {
            for i in 0..LANES {
                t[i] = select(rows.label[i] == class as i64, keep + spread, spread);
            }
        }
        return Ok(());
    }
    stage[rows.len * job.classes..].fill(T::ZERO);
    job.request.y.read(rows.start * job.classes, &mut stage[..rows.len * job.classes]);
    to_classes(job.request.level, stage, t);
    let mut outside = [T::ZERO; LANES];
    for t in t {
        for i in 0..LANES {
            let share = select(rows.counts[i] == T::ZERO, T::ZERO, t[i]);
            outside[i] = select((share < T::ZERO) | (share > T::ONE), T::ONE, outside[i]);
            t[i] = if spread == T::ZERO { share } else { share.mul_add(keep, spread) };
        }
    }
    if outside.iter().all(|&outside| outside == T::ZERO) { Ok(()) } else { Err(Halt::Outside) }
}
