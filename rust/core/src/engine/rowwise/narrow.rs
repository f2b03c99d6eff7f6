//! Rows of few classes, 64 side by side: a block of 64 numbers a class, so that every loop is over rows.

use super::super::blocks::LANES;
use super::super::kernel::Blocks;
use super::super::memory::Sink;
use super::super::working::Working;
use super::Job;
use super::batch::{Rows, fetch, place, predictions};
use super::chain::{PartedLanes, Row, fold};
use super::heads::{Facts, bent, heads, times};
use super::scratch::{Scratch, room};
use super::softmax::{self, Maxima, Terms, is_void, log_probability};
use super::transpose::{to_classes, to_rows};
use crate::number::float::two_sum;
use crate::number::{Float, functions as f, select};

/// Elements of scratch for a batch.
pub(super) fn scratch<T: Working>(job: &Job<'_, T>) -> usize {
    let blocks = if job.sees_all() { 8 } else { 3 };
    room(LANES) + blocks * room(LANES * job.classes)
}

/// Reads a batch class by class; rows that do not count, or are not there, hold ones.
#[inline(always)]
fn load<T: Working>(job: &Job<'_, T>, rows: &Rows<T>, stage: &mut [T], x: &mut [[T; LANES]]) {
    let k = job.classes;
    if rows.len == LANES {
        to_classes(predictions(job, rows.start * k, stage), x);
    } else {
        job.request.x.read(rows.start * k, &mut stage[..rows.len * k]);
        stage[rows.len * k..].fill(T::ONE);
        to_classes(stage, x);
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
    sink: Option<&Sink<'_>>,
    from: &mut [[T; LANES]],
    stage: &mut [T],
) {
    let (k, start) = (job.classes, rows.start * job.classes);
    let Some(sink) = sink.filter(|_| job.writes()) else { return };
    if !rows.all {
        for class in from.iter_mut() {
            for i in 0..LANES {
                class[i] = select(rows.counts[i] == T::ZERO, T::ZERO, class[i]);
            }
        }
    }
    let (out, direct) = place(sink, start, &mut stage[..rows.len * k]);
    to_rows(from, out);
    if !direct {
        // SAFETY: the batch's own elements, which no other batch touches.
        unsafe { sink.write(start, out) };
    }
}

/// The maximum of each row, its terms, and their sum but the maximum's own; whether all predictions are within their domain.
#[inline(always)]
pub(super) fn terms<T: Float, const RAW: bool>(
    x: &[[T; LANES]],
    e: &mut [[T; LANES]],
    facts: &mut Facts<T>,
    fetch: impl Fn(usize, usize),
) -> bool {
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
        if fold(least, T::min) < T::ZERO {
            return false;
        }
    }
    match x.len() {
        2 => few_terms::<T, RAW, 2>(x, e, facts, fetch),
        3 => few_terms::<T, RAW, 3>(x, e, facts, fetch),
        _ => many_terms::<T, RAW>(x, e, facts, fetch),
    }
    true
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
            let (high, error) = two_sum(sum.0, term);
            (sum, left_out) = ((high, sum.1 + error), left_out | own);
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
fn fetch_later<T: Working>(job: &Job<'_, T>, rows: &Rows<T>, block: usize, blocks: usize) {
    let later = rows.start + (1024 / job.classes).next_multiple_of(LANES).max(LANES);
    let first = later * job.classes + block * LANES;
    fetch(job, first, first, blocks * LANES);
}

/// Rows with one true class.
#[inline(always)]
pub(super) fn hard<T: Working, const RAW: bool>(
    job: &Job<'_, T>,
    rows: &Rows<T>,
    value: &mut [T; LANES],
    mut scratch: Scratch<'_, T>,
) -> bool {
    let k = job.classes;
    let stage = scratch.take(LANES * k);
    let x = scratch.take(LANES * k).as_chunks_mut().0;
    let e = scratch.take(LANES * k).as_chunks_mut().0;
    let label = scratch.take(LANES);
    load(job, rows, stage, x);
    let mut facts = Facts { factor: rows.factor, ..Facts::PLAIN };
    if !terms::<T, RAW>(x, e, &mut facts, |block, blocks| fetch_later(job, rows, block, blocks)) {
        return false;
    }
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
    let head = heads::<T, RAW, LANES>(job, &facts);
    *value = head.value;
    if job.wanted.hess {
        for (class, (h, e)) in x.iter_mut().zip(e.iter()).enumerate() {
            let class = T::lit(class as f64);
            for i in 0..LANES {
                let bent = bent::<T, RAW>(e[i], facts.rest[i], head.bend[i], head.bend_square[i]);
                let h_true = head.bend_true[i];
                h[i] = select(label[i] == class, h_true, bent).max(job.floor) * rows.factor[i];
            }
        }
        store(job, rows, job.request.hess.as_ref(), x, stage);
    }
    if job.wanted.grad {
        for (class, e) in e.iter_mut().enumerate() {
            let class = T::lit(class as f64);
            for i in 0..LANES {
                let slope = if RAW { head.slope[i] * e[i] } else { head.slope[i] };
                let g_true = head.slope_true[i];
                e[i] = select(label[i] == class, g_true, slope);
            }
        }
        store(job, rows, job.request.grad.as_ref(), e, stage);
    }
    true
}

/// Rows whose classes all have shares.
#[inline(always)]
pub(super) fn soft<T: Working, const RAW: bool>(
    job: &Job<'_, T>,
    rows: &Rows<T>,
    value: &mut [T; LANES],
    mut scratch: Scratch<'_, T>,
) -> bool {
    let k = job.classes;
    let stage = scratch.take(LANES * k);
    let [x, e, t, log_q, loss, first, second] =
        std::array::from_fn(|_| scratch.take(LANES * k).as_chunks_mut::<LANES>().0);
    load(job, rows, stage, x);
    let mut facts = Facts::PLAIN;
    if !(terms::<T, RAW>(x, e, &mut facts, |block, blocks| fetch_later(job, rows, block, blocks))
        && shares(job, rows, stage, t))
    {
        return false;
    }
    let Facts { m, rest, .. } = &facts;
    let mut log1p_rest = [T::ZERO; LANES];
    for i in 0..LANES {
        log1p_rest[i] = f::log1p(rest[i]);
    }
    for (log_q, x) in log_q.iter_mut().zip(x.iter()) {
        for i in 0..LANES {
            log_q[i] = log_probability::<T, RAW>(x[i], m[i], log1p_rest[i]);
        }
    }
    let mut blocks = Blocks { y: t, x: log_q, value: loss, sum: None, grad: first, hess: second };
    (job.kernel)(job.request.level, job.wanted, &job.constants, T::ONE, &mut blocks);
    if !job.class_weight.is_empty() {
        for class in 0..k {
            let weight = job.class_weight(class);
            for i in 0..LANES {
                loss[class][i] = times(weight, loss[class][i]);
                first[class][i] = times(weight, first[class][i]);
                second[class][i] = times(weight, second[class][i]);
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
        let firsts = PartedLanes::of(first, false);
        let row: [Row<T>; LANES] = std::array::from_fn(|i| Row::new(m[i], rest[i]));
        if job.wanted.hess {
            let seconds = PartedLanes::of(second, false);
            for class in 0..k {
                let (x, e, first, second) = (&x[class], &e[class], &first[class], &mut second[class]);
                for i in 0..LANES {
                    let (firsts, seconds) = (firsts.lane(i), seconds.lane(i));
                    let bent = row[i].hess::<RAW>(x[i], e[i], first[i], firsts, second[i], seconds);
                    second[i] = bent.max(job.floor) * rows.factor[i];
                }
            }
            store(job, rows, job.request.hess.as_ref(), second, stage);
        }
        if job.wanted.grad {
            for class in 0..k {
                let (x, e, first) = (&x[class], &e[class], &mut first[class]);
                for i in 0..LANES {
                    first[i] = row[i].grad::<RAW>(x[i], e[i], first[i], firsts.lane(i)) * rows.factor[i];
                }
            }
            store(job, rows, job.request.grad.as_ref(), first, stage);
        }
    }
    true
}

/// Reads the shares class by class, smoothed; whether all were within their domain.
#[inline(always)]
fn shares<T: Working>(job: &Job<'_, T>, rows: &Rows<T>, stage: &mut [T], t: &mut [[T; LANES]]) -> bool {
    let (keep, spread) = job.smoothing;
    if !job.shares {
        for (class, t) in t.iter_mut().enumerate() {
            for i in 0..LANES {
                t[i] = select(rows.label[i] == class as i64, keep + spread, spread);
            }
        }
        return true;
    }
    stage[rows.len * job.classes..].fill(T::ZERO);
    job.request.y.read(rows.start * job.classes, &mut stage[..rows.len * job.classes]);
    to_classes(stage, t);
    let mut outside = [T::ZERO; LANES];
    for t in t {
        for i in 0..LANES {
            let share = select(rows.counts[i] == T::ZERO, T::ZERO, t[i]);
            outside[i] = select((share < T::ZERO) | (share > T::ONE), T::ONE, outside[i]);
            t[i] = if spread == T::ZERO { share } else { share.mul_add(keep, spread) };
        }
    }
    outside.iter().all(|&outside| outside == T::ZERO)
}
