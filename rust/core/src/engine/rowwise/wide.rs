//! Rows of many classes, along the row.
//!
//! A row goes by in blocks that stay in the innermost cache: the block's maximum, its terms against the maximum so far, kept in
//! scratch, and their sum. Blocks before the one of the row's maximum are rescaled at the end, once each. So the predictions cross
//! the memory bus once, and each derivative once.

use super::super::block::{Blocks, LANES};
use super::super::working::Working;
use super::Job;
use super::batch::{Rows, place, predictions};
use super::chain::{PartedLanes, Row, fold};
use super::heads::{Facts, bent, heads, times};
use super::scratch::{Scratch, room};
use super::softmax::{self, Sum, Terms, log_probability, term};
use crate::number::{Float, functions as f, select};

/// Classes in a block.
const BLOCK: usize = 2048;
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
    let (k, maxima) = (job.classes, room(job.classes / BLOCK + 1));
    if job.sees_all() { maxima + 5 * room(k.next_multiple_of(LANES)) } else { maxima + 2 * room(k * group(job)) }
}

/// The maximum of a block, if everything in it is within its domain.
#[inline(always)]
fn maximum<T: Float, const RAW: bool>(x: &[T]) -> Option<T> {
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

/// The terms of a block against a maximum, and their sum.
#[inline(always)]
fn block_terms<T: Float, const RAW: bool>(x: &[T], e: &mut [T], m: T) -> Sum {
    let mut sums = Terms::<T, STEP>::NONE;
    let (blocks, steps) = x.as_chunks::<LANES>();
    let (e_blocks, e_steps) = e.as_chunks_mut::<LANES>();
    for (x, e) in blocks.iter().zip(e_blocks) {
        softmax::terms::<T, RAW, LANES>(x, &[m; LANES], e);
        sums.add(e);
    }
    for (x, e) in steps.as_chunks::<STEP>().0.iter().zip(e_steps.as_chunks_mut::<STEP>().0) {
        softmax::terms::<T, RAW, STEP>(x, &[m; STEP], e);
        sums.add(e);
    }
    let tail = x.len() % STEP;
    if tail > 0
        && let (Some(x), Some(e)) = (x.last_chunk::<STEP>(), e.last_chunk_mut::<STEP>())
    {
        // The last step overlaps with the one before: what is common was added there.
        softmax::terms::<T, RAW, STEP>(x, &[m; STEP], e);
        let mut fresh = *e;
        for i in 0..STEP {
            fresh[i] = select(i < STEP - tail, T::ZERO, e[i]);
        }
        sums.add(&fresh);
    }
    sums.fold()
}

/// Where the block that begins at `start` ends: a rest too short for a step joins it.
#[inline(always)]
fn block_end(start: usize, classes: usize) -> usize {
    if classes - start < BLOCK + STEP { classes } else { start + BLOCK }
}

/// A row's maximum, its terms, and their sum. `None` where a prediction is outside of its domain.
#[inline(always)]
fn terms<T: Float, const RAW: bool>(x: &[T], e: &mut [T], maxima: &mut [T]) -> Option<(T, Sum)> {
    let (mut m, mut sum) = (-T::INFINITY, Sum::ZERO);
    let (mut start, mut stale) = (0, 0);
    while start < x.len() {
        let end = block_end(start, x.len());
        let most = maximum::<T, RAW>(&x[start..end])?;
        if most > m {
            (m, sum, stale) = (most, Sum::ZERO, start);
        }
        maxima[start / BLOCK] = m;
        sum = sum.plus(block_terms::<T, RAW>(&x[start..end], &mut e[start..end], m));
        start = end;
    }
    // Added up again as they are now, for the sum must be that of these very terms.
    for (block, &most) in e[..stale].as_chunks_mut::<BLOCK>().0.iter_mut().zip(maxima.iter()) {
        let factor = T::lit(term::<f64, RAW>(most.to_f64(), m.to_f64()));
        let mut sums = Terms::<T, STEP>::NONE;
        for e in block.as_chunks_mut::<LANES>().0 {
            for i in 0..LANES {
                e[i] = e[i] * factor;
            }
            sums.add(e);
        }
        sum = sum.plus(sums.fold());
    }
    Some((m, sum))
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
    let maxima = scratch.take(k / BLOCK + 1);
    let stage = scratch.take(group * k);
    let e = scratch.take(group * k);
    for first in (0..rows.len).step_by(group) {
        let count = group.min(rows.len - first);
        let start = (rows.start + first) * k;
        let (mut facts, mut sums) = (Facts::PLAIN, [Sum::ONE; LANES]);
        {
            let x = predictions(job, start, &mut stage[..count * k]);
            for j in 0..count {
                let label = rows.label[first + j] as usize;
                if rows.counts[first + j] == T::ZERO {
                    continue;
                }
                let (x, e) = (&x[j * k..(j + 1) * k], &mut e[j * k..(j + 1) * k]);
                let Some((m, sum)) = terms::<T, RAW>(x, e, maxima) else { return false };
                (facts.m[j], sums[j], facts.x[j], facts.e[j]) = (m, sum, x[label], e[label]);
                (facts.class_weight[j], facts.factor[j]) = (job.class_weight(label), rows.factor[first + j]);
            }
        }
        for j in 0..count {
            (facts.rest[j], facts.low[j]) = sums[j].rest::<T, RAW>(facts.m[j]);
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
    let maxima = scratch.take(k / BLOCK + 1);
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
        let Some((m, sum)) = terms::<T, RAW>(x, &mut e[..k], maxima) else { return false };
        let (rest, _) = sum.rest::<T, RAW>(m);
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
