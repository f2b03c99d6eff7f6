//! Rows of many classes, along the row.
//!
//! The maximum of a row comes first; then its terms against that, kept in scratch, and their sums, in blocks that stay in the
//! innermost cache; then each derivative is a product of the terms.

use super::super::blocks::LANES;
use super::super::kernel::Blocks;
use super::super::memory::{Part, Place, Store};
use super::super::request::Parts;
use super::super::working::Working;
use super::chain::{Parted, PartedLanes, Row, fold};
use super::heads::{Facts, bent, heads};
use super::job::{Halt, Job};
use super::rows::{Batch, fetch, predictions};
use super::scratch::room;
use super::softmax::{Maximum, Sum, log_probability, share};
use super::split;
use super::terms::{PART, STEP, maximum, position, terms};
use crate::number::real::times_or_nan;
use crate::number::{functions as f, select};
use crate::parallel::Stop;
use crate::simd::{self, Body};

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

/// A row's maximum, its terms, and the sum of all of them but one of the maximum's own.
#[inline(always)]
fn row_terms<T: Working, const RAW: bool>(
    job: &Job<'_, T>,
    parts: &Parts<'_>,
    row: usize,
    x: &[T],
    e: &mut [T],
    stop: &mut Stop<'_>,
) -> Result<(T, Sum), Halt> {
    // The next row, and where this row's derivatives go.
    let fetch = |at| fetch(job, parts, (row + 1) * job.classes + at, row * job.classes + at, LANES);
    if split::is_wide(job) {
        return split::row_terms::<T, RAW>(job, x, e, &fetch, stop);
    }
    let m = maximum::<T, RAW>(x).ok_or(Halt::Outside)?;
    let mut sum = Sum::ZERO;
    terms::<T, RAW>(x, e, Maximum::new(m), Some(position(x, m)), fetch, |block| sum = sum.plus(block));
    Ok((m, sum))
}

/// The terms of a row in code of their own, once for all kinds of shares.
struct RowTerms<'a, 'j, 's, T, const RAW: bool> {
    job: &'a Job<'j, T>,
    parts: &'a Parts<'s>,
    row: usize,
    x: &'a [T],
    e: &'a mut [T],
    stop: &'a mut Stop<'a>,
}

impl<T: Working, const RAW: bool> Body for RowTerms<'_, '_, '_, T, RAW> {
    type Output = Result<(T, Sum), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(T, Sum), Halt> {
        row_terms::<T, RAW>(self.job, self.parts, self.row, self.x, self.e, self.stop)
    }
}

/// Asks whether to stop at the beginning of each part of a row but the first.
#[inline(always)]
fn heed(part: usize, stop: &mut Stop<'_>) -> Result<(), Halt> {
    if part > 0 && stop() { Err(Halt::Stopped) } else { Ok(()) }
}

/// The sum of a row's numbers, of which the largest were seen.
#[inline(always)]
fn sum_along<T: Working>(mut lanes: PartedLanes<T>, row: &[T], stop: &mut Stop<'_>) -> Result<Parted<T>, Halt> {
    lanes.join();
    for (i, part) in row.chunks(PART).enumerate() {
        heed(i, stop)?;
        lanes.add(part.as_chunks().0);
    }
    Ok(lanes.fold())
}

/// Writes zeros for a row that does not count.
fn clear<T: Working>(
    part: Option<&mut Part<'_>>,
    row: usize,
    buffer: &mut [T],
    stop: &mut Stop<'_>,
) -> Result<(), Halt> {
    if part.is_none() {
        return Ok(());
    }
    let start = row * buffer.len();
    let mut place = Place::of(part, start, buffer);
    for (i, out) in place.numbers().chunks_mut(PART).enumerate() {
        heed(i, stop)?;
        out.fill(T::ZERO);
    }
    place.store(0, Store::Replace);
    Ok(())
}

/// Rows with one true class.
pub(super) struct Hard<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for Hard<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, value, parts, mut scratch, stop } = self.0;
        let (k, group) = (job.classes, group(job));
        let stage = scratch.take(group * k);
        let e = scratch.take(group * k);
        for first in (0..rows.len).step_by(group) {
            let count = group.min(rows.len - first);
            let start = (rows.start + first) * k;
            let (mut facts, mut sums) = (Facts::PLAIN, [Sum::ZERO; LANES]);
            {
                let x = predictions(job, start, &mut stage[..count * k]);
                let x = x.numbers();
                for j in 0..count {
                    let label = rows.label[first + j] as usize;
                    if rows.counts[first + j] == T::ZERO {
                        continue;
                    }
                    let (x, e) = (&x[j * k..(j + 1) * k], &mut e[j * k..(j + 1) * k]);
                    let row = rows.start + first + j;
                    let terms = RowTerms::<T, true> { job, parts, row, x, e, stop: &mut *stop };
                    let (m, sum) = simd::dispatch(job.request.level, terms)?;
                    (facts.m[j], sums[j], facts.x[j], facts.e[j]) = (m, sum, x[label], e[label]);
                    (facts.class_weight[j], facts.factor[j]) = (job.class_weight(label), rows.factor[first + j]);
                }
            }
            for j in 0..count {
                (facts.rest[j], facts.low[j]) = sums[j].rounded(0.0);
            }
            let head = if count <= STEP { heads::<T, STEP>(job, &facts) } else { heads::<T, LANES>(job, &facts) };
            value[first..first + count].copy_from_slice(&head.value[..count]);
            if !job.derives() {
                continue;
            }
            for j in 0..count {
                let (row, label) = (rows.start + first + j, rows.label[first + j] as usize);
                let buffer = &mut stage[..k];
                if rows.counts[first + j] == T::ZERO {
                    clear(parts.grad.as_mut(), row, buffer, stop)?;
                    clear(parts.hess.as_mut(), row, buffer, stop)?;
                    continue;
                }
                let e = &e[j * k..(j + 1) * k];
                let (slope, slope_low) = (head.slope[j], head.slope_low[j]);
                let (rest, factor) = (facts.rest[j], facts.factor[j]);
                let (bend, square) = (head.bend[j], head.bend_square[j]);
                if parts.grad.is_some() {
                    let mut grad = Place::of(parts.grad.as_mut(), row * k, &mut *buffer);
                    for (i, (out, e)) in grad.numbers().chunks_mut(PART).zip(e.chunks(PART)).enumerate() {
                        heed(i, stop)?;
                        for (out, &e) in out.iter_mut().zip(e) {
                            *out = slope.mul_add(e, slope_low * e);
                        }
                    }
                    grad.numbers()[label] = head.slope_true[j];
                    grad.store(0, Store::Replace);
                }
                if parts.hess.is_some() {
                    let mut hess = Place::of(parts.hess.as_mut(), row * k, &mut *buffer);
                    let flat = job.curved(T::ONE).0.is_some();
                    for (i, (out, e)) in hess.numbers().chunks_mut(PART).zip(e.chunks(PART)).enumerate() {
                        heed(i, stop)?;
                        for (out, &e) in out.iter_mut().zip(e) {
                            let bent = bent(e, rest, bend, square);
                            *out = select(flat, head.bend_true[j], bent).max(job.floor) * factor;
                        }
                    }
                    hess.numbers()[label] = head.bend_true[j].max(job.floor) * factor;
                    hess.store(0, Store::Replace);
                }
            }
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
        let Batch { job, rows, value, parts, mut scratch, stop } = self.0;
        let k = job.classes;
        let padded = k.next_multiple_of(LANES);
        let [stage, buffer, e, first, second] = std::array::from_fn(|_| scratch.take(padded));
        let (stage, buffer) = (&mut stage[..k], &mut buffer[..k]);
        let zero = [[T::ZERO; LANES]; CALL];
        let (mut t, mut log_q, mut q, mut others, mut loss) = (zero, zero, zero, zero, zero);
        for i in 0..rows.len {
            let row = rows.start + i;
            if rows.counts[i] == T::ZERO {
                clear(parts.grad.as_mut(), row, buffer, stop)?;
                clear(parts.hess.as_mut(), row, buffer, stop)?;
                continue;
            }
            let x = predictions(job, row * k, &mut *stage);
            let x = x.numbers();
            let terms = RowTerms::<T, RAW> { job, parts, row, x, e: &mut e[..k], stop: &mut *stop };
            let (m, sum) = simd::dispatch(job.request.level, terms)?;
            let (rest, low) = sum.rounded::<T>(0.0);
            let log1p_rest = f::log1p(rest);
            let mut sum = [0.0; LANES];
            let (mut firsts, mut seconds) = (PartedLanes::NONE, PartedLanes::NONE);
            for start in (0..k).step_by(CALL * LANES) {
                heed(usize::from(start > 0 && start % PART == 0), stop)?;
                let count = (k - start).min(CALL * LANES);
                let blocks = count.div_ceil(LANES);
                log_probabilities::<T, RAW>(&x[start..start + count], m, log1p_rest, &mut log_q[..blocks]);
                if job.kernel.reads_shares() {
                    let classes = &e[start..start + count];
                    for ((q, others), &e) in q.as_flattened_mut().iter_mut().zip(others.as_flattened_mut()).zip(classes)
                    {
                        (*q, *others) = share(e, rest, low);
                    }
                }
                t.as_flattened_mut()[count..].fill(T::ZERO);
                shares(job, row, rows.label[i], start, &mut t.as_flattened_mut()[..count])?;
                let (first, second) = (&mut first[start..], &mut second[start..]);
                let (first, second) = (first.as_chunks_mut().0, second.as_chunks_mut().0);
                let mut outputs = Blocks {
                    y: &t[..blocks],
                    x: &log_q,
                    shares: [&q, &others],
                    value: &mut loss,
                    sum: None,
                    grad: first,
                    hess: second,
                };
                job.kernel.run(job.request.level, job.wanted, &job.constants, T::ONE, &mut outputs);
                for numbers in [loss.as_flattened_mut(), first.as_flattened_mut(), second.as_flattened_mut()] {
                    weigh(job, start, &mut numbers[..blocks * LANES], count);
                }
                for block in &loss[..blocks] {
                    for i in 0..LANES {
                        sum[i] += block[i].to_f64();
                    }
                }
                if job.derives() {
                    firsts.see(&first[..blocks]);
                }
                if job.wanted.hess {
                    seconds.see(&second[..blocks]);
                }
            }
            value[i] = T::lit(fold(sum, |a, b| a + b));
            if !job.derives() {
                continue;
            }
            let (at, factor) = (Row::new(m, rest, low), rows.factor[i]);
            let firsts = sum_along(firsts, first, stop)?;
            let seconds = if job.wanted.hess { sum_along(seconds, second, stop)? } else { Parted::NONE };
            if parts.hess.is_some() {
                let mut hess = Place::of(parts.hess.as_mut(), row * k, &mut *buffer);
                let (flat, times) = job.curved(firsts.all());
                for (i, out) in hess.numbers().chunks_mut(PART).enumerate() {
                    heed(i, stop)?;
                    let part = i * PART..i * PART + out.len();
                    let (x, e, first, second) =
                        (&x[part.clone()], &e[part.clone()], &first[part.clone()], &second[part]);
                    for (i, out) in out.iter_mut().enumerate() {
                        let bent = at.hess::<RAW>(x[i], e[i], first[i], firsts, second[i], seconds);
                        *out = flat.unwrap_or(bent * times).max(job.floor) * factor;
                    }
                }
                hess.store(0, Store::Replace);
            }
            if parts.grad.is_some() {
                let mut grad = Place::of(parts.grad.as_mut(), row * k, &mut *buffer);
                for (i, out) in grad.numbers().chunks_mut(PART).enumerate() {
                    heed(i, stop)?;
                    let part = i * PART..i * PART + out.len();
                    let (x, e, first) = (&x[part.clone()], &e[part.clone()], &first[part]);
                    for (i, out) in out.iter_mut().enumerate() {
                        *out = at.grad::<RAW>(x[i], e[i], first[i], firsts) * factor;
                    }
                }
                grad.store(0, Store::Replace);
            }
        }
        Ok(())
    }
}

/// The logarithms of the probabilities of some classes, in whole blocks: what is beyond them is the maximum's, and left out again.
#[inline(always)]
fn log_probabilities<T: Working, const RAW: bool>(x: &[T], m: T, log1p_rest: T, log_q: &mut [[T; LANES]]) {
    let numbers = log_q.as_flattened_mut();
    numbers[x.len()..].fill(m);
    numbers[..x.len()].copy_from_slice(x);
    for block in log_q {
        for i in 0..LANES {
            block[i] = log_probability::<T, RAW>(block[i], m, log1p_rest);
        }
    }
}

/// Multiplies the numbers of so many classes from `start` on by the weights of these, and clears what is beyond them.
#[inline(always)]
fn weigh<T: Working>(job: &Job<'_, T>, start: usize, numbers: &mut [T], count: usize) {
    if !job.class_weight.is_empty() {
        for (class, number) in numbers[..count].iter_mut().enumerate() {
            *number = times_or_nan(job.class_weight(start + class), *number);
        }
    }
    numbers[count..].fill(T::ZERO);
}

/// The shares of some classes of a row from `start` on, smoothed.
#[inline(always)]
fn shares<T: Working>(job: &Job<'_, T>, row: usize, label: i64, start: usize, shares: &mut [T]) -> Result<(), Halt> {
    let (keep, spread) = job.smoothing;
    if !job.shares {
        shares.fill(spread);
        if let Some(share) = (label as usize).checked_sub(start).and_then(|at| shares.get_mut(at)) {
            *share = keep + spread;
        }
        return Ok(());
    }
    job.request.y.read(row * job.classes + start, shares);
    let mut outside = false;
    for share in shares {
        outside |= (*share < T::ZERO) | (*share > T::ONE);
        *share = if spread == T::ZERO { *share } else { share.mul_add(keep, spread) };
    }
    if outside { Err(Halt::Outside) } else { Ok(()) }
}
