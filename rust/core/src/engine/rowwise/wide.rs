//! Rows of many classes, along the row.
//!
//! The maximum of a row comes first; then its terms against that, kept in scratch, and their sums, in blocks that stay in the
//! innermost cache; then each derivative is a product of the terms.

use super::super::blocks::LANES;
use super::super::kernel::Blocks;
use super::super::working::Working;
use super::Job;
use super::batch::{Rows, fetch, place, predictions};
use super::chain::{PartedLanes, Row, fold};
use super::heads::{Facts, bent, heads, times};
use super::scratch::{Scratch, room};
use super::softmax::{self, Maximum, Sum, Terms, log_probability};
use super::split;
use crate::number::{Float, functions as f};
use crate::simd::{self, Body};

/// Classes in a block.
pub(super) const BLOCK: usize = 2048;
/// Classes that are computed at a time; a row has at least as many.
const STEP: usize = 16;
/// Elements of the rows that are computed together, where that is more than one row.
const IN_FLIGHT: usize = 2048;
/// Blocks of shares that the kernel is called for at a time.
const CALL: usize = 8;

/// Rows that are computed together.
fn group<T>(job: &Job<'_, T>) -> usize {
    (IN_FLIGHT / job.classes).clamp(1, LANES)
}

/// Elements of scratch for a batch.
pub(super) fn scratch<T: Working>(job: &Job<'_, T>) -> usize {
    let k = job.classes;
    if job.sees_all() { 5 * room(k.next_multiple_of(LANES)) } else { 2 * room(k * group(job)) }
}

/// The maximum of a block, if everything in it is within its domain.
#[inline(always)]
pub(super) fn maximum<T: Float, const RAW: bool>(x: &[T]) -> Option<T> {
    let (mut most, mut least) = ([-T::INFINITY; STEP], [T::ZERO; STEP]);
    // Some at a time, lest every other instruction be a load or a store of the lanes.
    let (blocks, steps) = x.as_chunks::<LANES>();
    for block in blocks {
        for i in 0..STEP {
            let (a, b, c, d) = (block[i], block[i + STEP], block[i + 2 * STEP], block[i + 3 * STEP]);
            most[i] = most[i].max(a.max(b).max(c.max(d)));
            if !RAW {
                least[i] = least[i].min(a.min(b).min(c.min(d)));
            }
        }
    }
    for step in steps.as_chunks::<STEP>().0.iter().chain(x.last_chunk::<STEP>()) {
        for i in 0..STEP {
            most[i] = most[i].max(step[i]);
            if !RAW {
                least[i] = least[i].min(step[i]);
            }
        }
    }
    let outside = !RAW && fold(least, T::min) < T::ZERO;
    (!outside).then_some(fold(most, T::max))
}

/// The first place of a row's maximum, any where there is none because all are NaN.
#[inline(always)]
pub(super) fn position<T: Float>(x: &[T], m: T) -> usize {
    for (i, block) in x.as_chunks::<LANES>().0.iter().enumerate() {
        let mut any = false;
        for x in block {
            any |= *x == m;
        }
        if any {
            return i * LANES + block.iter().position(|&x| x == m).unwrap_or(0);
        }
    }
    let rest = x.len() / LANES * LANES;
    x[rest..].iter().position(|&x| x == m).map_or(0, |i| rest + i)
}

/// The terms of a block.
#[inline(always)]
fn block_terms<T: Float, const RAW: bool>(x: &[T], m: Maximum<T>, e: &mut [T], fetch: impl Fn(usize)) {
    let (blocks, steps) = x.as_chunks::<LANES>();
    let (e_blocks, e_steps) = e.as_chunks_mut::<LANES>();
    for (i, (x, e)) in blocks.iter().zip(e_blocks).enumerate() {
        fetch(i * LANES);
        softmax::terms::<T, RAW, false, LANES>(x, |_| m, e);
    }
    for (x, e) in steps.as_chunks::<STEP>().0.iter().zip(e_steps.as_chunks_mut::<STEP>().0) {
        softmax::terms::<T, RAW, false, STEP>(x, |_| m, e);
    }
    if let (Some(x), Some(e)) = (x.last_chunk::<STEP>(), e.last_chunk_mut::<STEP>()) {
        softmax::terms::<T, RAW, false, STEP>(x, |_| m, e);
    }
}

/// The sum of a block's terms.
#[inline(always)]
fn block_sum<T: Float>(e: &[T]) -> Sum {
    let mut sums = Terms::<T, STEP>::NONE;
    let (blocks, steps) = e.as_chunks::<LANES>();
    for block in blocks {
        sums.add(block);
    }
    let (steps, tail) = steps.as_chunks::<STEP>();
    for step in steps {
        sums.add(step);
    }
    let mut last = [T::ZERO; STEP];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    sums.add(&last);
    sums.fold()
}

/// Where the block that begins at `start` ends: a rest too short for a step joins it.
#[inline(always)]
fn block_end(start: usize, classes: usize) -> usize {
    if classes - start < BLOCK + STEP { classes } else { start + BLOCK }
}

/// The terms of a row, or of a part of whole blocks: calls `add` with the sum of each block, without the maximum's own term.
#[inline(always)]
pub(super) fn terms<T: Float, const RAW: bool>(
    x: &[T],
    e: &mut [T],
    maximum: Maximum<T>,
    own: Option<usize>,
    fetch: impl Fn(usize),
    mut add: impl FnMut(Sum),
) {
    let mut start = 0;
    while start < x.len() {
        let end = block_end(start, x.len());
        let block = &mut e[start..end];
        block_terms::<T, RAW>(&x[start..end], maximum, block, |at| fetch(start + at));
        let own = own.filter(|own| (start..end).contains(own)).map(|own| own - start);
        if let Some(own) = own {
            block[own] = T::ZERO;
        }
        add(block_sum(block));
        if let Some(own) = own {
            block[own] = T::ONE;
        }
        start = end;
    }
}

/// A row's maximum, its terms, and the sum of all of them but one of the maximum's own. `None` where a prediction is outside of
/// its domain.
#[inline(always)]
fn row_terms<T: Working, const RAW: bool>(job: &Job<'_, T>, row: usize, x: &[T], e: &mut [T]) -> Option<(T, Sum)> {
    let parts = split::parts(job);
    if parts > 1 {
        return split::row_terms::<T, RAW>(job, parts, x, e);
    }
    let m = maximum::<T, RAW>(x)?;
    let mut sum = Sum::ZERO;
    let fetch = |at| fetch_next(job, row, at);
    terms::<T, RAW>(x, e, Maximum::new(m), Some(position(x, m)), fetch, |block| sum = sum.plus(block));
    Some((m, sum))
}

/// The terms of a row in code of their own, once for all kinds of shares.
struct RowTerms<'a, 'j, T, const RAW: bool> {
    job: &'a Job<'j, T>,
    row: usize,
    x: &'a [T],
    e: &'a mut [T],
}

impl<T: Working, const RAW: bool> Body for RowTerms<'_, '_, T, RAW> {
    type Output = Option<(T, Sum)>;

    #[inline(always)]
    fn run(self) -> Option<(T, Sum)> {
        row_terms::<T, RAW>(self.job, self.row, self.x, self.e)
    }
}

/// Asks for a block of the next row, and for where this row's derivatives go.
#[inline(always)]
fn fetch_next<T: Working>(job: &Job<'_, T>, row: usize, at: usize) {
    fetch(job, (row + 1) * job.classes + at, row * job.classes + at, LANES);
}

/// Writes one derivative of a row: calls the code with the slice to fill.
macro_rules! store {
    ($job:expr, $sink:expr, $start:expr, $buffer:expr, |$out:ident| $fill:expr) => {
        if let Some(sink) = $sink.as_ref().filter(|_| $job.writes()) {
            let ($out, direct) = place(sink, $start, $buffer);
            $fill;
            if !direct {
                // SAFETY: the row's own elements, which no other task touches.
                unsafe { sink.write($start, $out) };
            }
        }
    };
}

/// Writes zeros for a row that does not count.
#[inline(always)]
fn clear<T: Working>(job: &Job<'_, T>, row: usize, buffer: &mut [T]) {
    let (k, request) = (job.classes, job.request);
    store!(job, request.grad, row * k, &mut buffer[..k], |out| out.fill(T::ZERO));
    store!(job, request.hess, row * k, &mut buffer[..k], |out| out.fill(T::ZERO));
}

/// Rows with one true class.
#[inline(always)]
pub(super) fn hard<T: Working, const RAW: bool>(
    job: &Job<'_, T>,
    rows: &Rows<T>,
    value: &mut [T; LANES],
    mut scratch: Scratch<'_, T>,
) -> bool {
    let (k, group) = (job.classes, group(job));
    let stage = scratch.take(group * k);
    let e = scratch.take(group * k);
    for first in (0..rows.len).step_by(group) {
        let count = group.min(rows.len - first);
        let start = (rows.start + first) * k;
        let (mut facts, mut sums) = (Facts::PLAIN, [Sum::ZERO; LANES]);
        {
            let x = predictions(job, start, &mut stage[..count * k]);
            for j in 0..count {
                let label = rows.label[first + j] as usize;
                if rows.counts[first + j] == T::ZERO {
                    continue;
                }
                let (x, e) = (&x[j * k..(j + 1) * k], &mut e[j * k..(j + 1) * k]);
                let Some((m, sum)) = row_terms::<T, RAW>(job, rows.start + first + j, x, e) else { return false };
                (facts.m[j], sums[j], facts.x[j], facts.e[j]) = (m, sum, x[label], e[label]);
                (facts.class_weight[j], facts.factor[j]) = (job.class_weight(label), rows.factor[first + j]);
            }
        }
        for j in 0..count {
            (facts.rest[j], facts.low[j]) = sums[j].rounded(0.0);
        }
        let head = if count <= STEP { heads::<T, RAW, STEP>(job, &facts) } else { heads::<T, RAW, LANES>(job, &facts) };
        value[first..first + count].copy_from_slice(&head.value[..count]);
        if !job.derives() {
            continue;
        }
        for j in 0..count {
            let (row, label) = (rows.start + first + j, rows.label[first + j] as usize);
            let buffer = &mut stage[..k];
            if rows.counts[first + j] == T::ZERO {
                clear(job, row, buffer);
                continue;
            }
            let e = &e[j * k..(j + 1) * k];
            let (slope, rest, factor) = (head.slope[j], facts.rest[j], facts.factor[j]);
            let (bend, square) = (head.bend[j], head.bend_square[j]);
            let (slope_true, bend_true) = (head.slope_true[j], head.bend_true[j].max(job.floor) * factor);
            store!(job, job.request.grad, row * k, &mut *buffer, |out| {
                for (out, &e) in out.iter_mut().zip(e) {
                    *out = if RAW { slope * e } else { slope };
                }
                out[label] = slope_true;
            });
            store!(job, job.request.hess, row * k, &mut *buffer, |out| {
                for (out, &e) in out.iter_mut().zip(e) {
                    *out = bent::<T, RAW>(e, rest, bend, square).max(job.floor) * factor;
                }
                out[label] = bend_true;
            });
        }
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
    let padded = k.next_multiple_of(LANES);
    let [stage, buffer, e, first, second] = std::array::from_fn(|_| scratch.take(padded));
    let (keep, spread) = job.smoothing;
    let zero = [[T::ZERO; LANES]; CALL];
    let (mut t, mut log_q, mut loss) = (zero, zero, zero);
    for i in 0..rows.len {
        let row = rows.start + i;
        if rows.counts[i] == T::ZERO {
            clear(job, row, buffer);
            continue;
        }
        let x = predictions(job, row * k, &mut stage[..k]);
        let terms = RowTerms::<T, RAW> { job, row, x, e: &mut e[..k] };
        let Some((m, sum)) = simd::dispatch(job.request.level, terms) else { return false };
        let (rest, _) = sum.rounded::<T>(0.0);
        let log1p_rest = f::log1p(rest);
        let mut sum = [0.0; LANES];
        for start in (0..k).step_by(CALL * LANES) {
            let count = (k - start).min(CALL * LANES);
            let blocks = count.div_ceil(LANES);
            // What is beyond the row is the maximum's, without a share: it adds nothing.
            log_q.as_flattened_mut()[count..].fill(m);
            log_q.as_flattened_mut()[..count].copy_from_slice(&x[start..start + count]);
            for block in &mut log_q[..blocks] {
                for i in 0..LANES {
                    block[i] = log_probability::<T, RAW>(block[i], m, log1p_rest);
                }
            }
            t.as_flattened_mut()[count..].fill(T::ZERO);
            let shares = &mut t.as_flattened_mut()[..count];
            if job.shares {
                job.request.y.read(row * k + start, shares);
                let mut outside = false;
                for share in shares {
                    outside |= (*share < T::ZERO) | (*share > T::ONE);
                    *share = if spread == T::ZERO { *share } else { share.mul_add(keep, spread) };
                }
                if outside {
                    return false;
                }
            } else {
                shares.fill(spread);
                if let Some(share) = (rows.label[i] as usize).checked_sub(start).and_then(|at| shares.get_mut(at)) {
                    *share = keep + spread;
                }
            }
            let (first, second) = (&mut first[start..], &mut second[start..]);
            let (first, second) = (first.as_chunks_mut().0, second.as_chunks_mut().0);
            let mut outputs =
                Blocks { y: &t[..blocks], x: &log_q, value: &mut loss, sum: None, grad: first, hess: second };
            (job.kernel)(job.request.level, job.wanted, &job.constants, T::ONE, &mut outputs);
            if !job.class_weight.is_empty() {
                let (loss, first, second) =
                    (loss.as_flattened_mut(), first.as_flattened_mut(), second.as_flattened_mut());
                for c in 0..count {
                    let weight = job.class_weight(start + c);
                    loss[c] = times(weight, loss[c]);
                    first[c] = times(weight, first[c]);
                    second[c] = times(weight, second[c]);
                }
            }
            for block in &loss[..blocks] {
                for i in 0..LANES {
                    sum[i] += block[i].to_f64();
                }
            }
        }
        value[i] = T::lit(fold(sum, |a, b| a + b));
        if !job.derives() {
            continue;
        }
        let (at, factor) = (Row::new(m, rest), rows.factor[i]);
        let firsts = PartedLanes::of(first.as_chunks().0, true).fold();
        let seconds = PartedLanes::of(if job.wanted.hess { second.as_chunks().0 } else { &[] }, true).fold();
        let (e, first, second) = (&e[..k], &first[..k], &second[..k]);
        store!(job, job.request.hess, row * k, &mut buffer[..k], |out| {
            for (i, out) in out.iter_mut().enumerate() {
                let bent = at.hess::<RAW>(x[i], e[i], first[i], firsts, second[i], seconds);
                *out = bent.max(job.floor) * factor;
            }
        });
        store!(job, job.request.grad, row * k, &mut buffer[..k], |out| {
            for (i, out) in out.iter_mut().enumerate() {
                *out = at.grad::<RAW>(x[i], e[i], first[i], firsts) * factor;
            }
        });
    }
    true
}
