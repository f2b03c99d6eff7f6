//! Rows of many classes, along the row.
//!
//! The maximum of a row comes first; then its terms against that, kept in scratch, and their sums, in blocks that stay in the
//! innermost cache; then each derivative is a product of the terms.

use super::super::blocks::LANES;
use super::super::memory::{Part, Place, Store};
use super::super::request::Parts;
use super::super::working::Working;
use super::heads::{Facts, Head, bent, heads};
use super::job::{Halt, Job};
use super::rows::{Batch, fetch};
use super::scratch::room;
use super::softmax::{Maximum, Sum};
use super::split;
use super::terms::{PART, RowOf, STEP, maximum, position, terms};
use crate::number::select;
use crate::parallel::Stop;
use crate::simd::{self, Body};

/// Elements of the rows that are computed together, where that is more than one row.
const IN_FLIGHT: usize = 2048;

/// Rows that are computed together.
fn group<T>(job: &Job<'_, T>) -> usize {
    (IN_FLIGHT / job.classes).clamp(1, LANES)
}

/// Elements of scratch for a batch.
pub(super) fn scratch<T: Working>(job: &Job<'_, T>) -> usize {
    let k = job.classes;
    (2 * room(k * group(job))).max(if job.sees_all() { 5 * room(k.next_multiple_of(LANES)) } else { 0 })
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
) -> Result<RowOf<T>, Halt> {
    // The next row, and where this row's derivatives go.
    let fetch = |at| fetch(job, parts, (row + 1) * job.classes + at, row * job.classes + at, LANES);
    if split::is_wide(job) {
        return split::row_terms::<T, RAW>(job, x, e, &fetch, stop);
    }
    let m = maximum::<T, RAW>(x).ok_or(Halt::Outside)?;
    let (own, mut sum) = (position(x, m), Sum::ZERO);
    terms::<T, RAW>(x, e, Maximum::new(m), Some(own), fetch, |block| sum = sum.plus(block));
    Ok(RowOf { m, own, sum })
}

/// The terms of a row in code of their own, once for all kinds of targets.
struct RowTerms<'a, 'j, 's, T, const RAW: bool> {
    job: &'a Job<'j, T>,
    parts: &'a Parts<'s>,
    row: usize,
    x: &'a [T],
    e: &'a mut [T],
    stop: &'a mut Stop<'a>,
}

impl<T: Working, const RAW: bool> Body for RowTerms<'_, '_, '_, T, RAW> {
    type Output = Result<RowOf<T>, Halt>;

    #[inline(always)]
    fn run(self) -> Result<RowOf<T>, Halt> {
        row_terms::<T, RAW>(self.job, self.parts, self.row, self.x, self.e, self.stop)
    }
}

/// What is known of a row, and its terms.
#[inline(always)]
pub(super) fn terms_of<'a, T: Working>(
    job: &'a Job<'_, T>,
    parts: &'a Parts<'_>,
    row: usize,
    x: &'a [T],
    e: &'a mut [T],
    stop: &'a mut Stop<'a>,
) -> Result<RowOf<T>, Halt> {
    let level = job.request.level;
    if job.raw {
        simd::dispatch(level, RowTerms::<T, true> { job, parts, row, x, e, stop })
    } else {
        simd::dispatch(level, RowTerms::<T, false> { job, parts, row, x, e, stop })
    }
}

/// Asks whether to stop at the beginning of each part of a row but the first.
#[inline(always)]
pub(super) fn heed(part: usize, stop: &mut Stop<'_>) -> Result<(), Halt> {
    if part > 0 && stop() { Err(Halt::Stopped) } else { Ok(()) }
}

/// Computes a row of an output part by part, from the terms: `compute(first class, terms, out)`; and writes it.
#[inline(always)]
pub(super) fn derive<T: Working>(
    part: Option<&mut Part<'_>>,
    row: usize,
    e: &[T],
    buffer: &mut [T],
    stop: &mut Stop<'_>,
    compute: impl Fn(usize, &[T], &mut [T]),
    replace: impl FnOnce(&mut [T]),
) -> Result<(), Halt> {
    if part.is_none() {
        return Ok(());
    }
    let mut place = Place::of(part, row * e.len(), buffer);
    for (i, (out, e)) in place.numbers().chunks_mut(PART).zip(e.chunks(PART)).enumerate() {
        heed(i, stop)?;
        compute(i * PART, e, out);
    }
    replace(place.numbers());
    place.store(0, Store::Replace);
    Ok(())
}

/// Writes zeros for a row that does not count.
pub(super) fn clear<T: Working>(
    parts: &mut Parts<'_>,
    row: usize,
    buffer: &mut [T],
    stop: &mut Stop<'_>,
) -> Result<(), Halt> {
    for part in [&mut parts.grad, &mut parts.hess].into_iter().flatten() {
        let mut place = Place::of(Some(part), row * buffer.len(), &mut *buffer);
        for (i, out) in place.numbers().chunks_mut(PART).enumerate() {
            heed(i, stop)?;
            out.fill(T::ZERO);
        }
        place.store(0, Store::Replace);
    }
    Ok(())
}

/// Rows with one true class.
pub(super) struct Hard<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for Hard<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, x, which, value, parts, mut scratch, stop, .. } = self.0;
        let (k, group) = (job.classes, group(job));
        let stage = scratch.take(group * k);
        let e = scratch.take(group * k);
        for first in (0..rows.len).step_by(group) {
            let count = group.min(rows.len - first);
            let mine = |j: usize| which >> (first + j) & 1 != 0;
            if (0..count).all(|j| !mine(j)) {
                continue;
            }
            let start = (rows.start + first) * k;
            let (mut facts, mut sums) = (Facts::PLAIN, [Sum::ZERO; LANES]);
            {
                let x = x.operand(start, &mut stage[..count * k]);
                let x = x.numbers();
                for j in 0..count {
                    let label = rows.label[first + j] as usize;
                    if rows.counts[first + j] == T::ZERO || !mine(j) {
                        continue;
                    }
                    let (x, e) = (&x[j * k..(j + 1) * k], &mut e[j * k..(j + 1) * k]);
                    let RowOf { m, sum, .. } = terms_of(job, parts, rows.start + first + j, x, e, &mut *stop)?;
                    (facts.m[j], sums[j], facts.x[j], facts.e[j]) = (m, sum, x[label], e[label]);
                    (facts.class_weight[j], facts.factor[j]) = (job.class_weight(label), rows.factor[first + j]);
                    facts.share[j] = rows.share[first + j];
                }
            }
            for j in 0..count {
                (facts.rest[j], facts.low[j]) = sums[j].rounded(0.0);
            }
            let head = if count <= STEP { heads::<T, STEP>(job, &facts) } else { heads::<T, LANES>(job, &facts) };
            for j in 0..count {
                let (row, label) = (rows.start + first + j, rows.label[first + j] as usize);
                let buffer = &mut stage[..k];
                if !mine(j) {
                    continue;
                }
                if rows.counts[first + j] == T::ZERO {
                    clear(parts, row, buffer, stop)?;
                    continue;
                }
                value[first + j] = head.value[j];
                self::row(job, &head, &facts, j, row, label, &e[j * k..(j + 1) * k], parts, buffer, stop)?;
            }
        }
        Ok(())
    }
}

/// The derivatives of a row with one true class.
#[inline(always)]
fn row<T: Working>(
    job: &Job<'_, T>,
    head: &Head<T>,
    facts: &Facts<T>,
    j: usize,
    row: usize,
    label: usize,
    e: &[T],
    parts: &mut Parts<'_>,
    buffer: &mut [T],
    stop: &mut Stop<'_>,
) -> Result<(), Halt> {
    let (slope, slope_low, slope_true) = (head.slope[j], head.slope_low[j], head.slope_true[j]);
    let grad = |_, e: &[T], out: &mut [T]| {
        if !job.raw {
            return out.fill(slope);
        }
        for (out, &e) in out.iter_mut().zip(e) {
            *out = slope.mul_add(e, slope_low * e);
        }
    };
    derive(parts.grad.as_mut(), row, e, buffer, stop, grad, |out| out[label] = slope_true)?;
    let (bend, square, bend_true) = (head.bend[j], head.bend_square[j], head.bend_true[j]);
    let (rest, factor, flat) = (facts.rest[j], facts.factor[j], job.is_flat());
    let hess = |_, e: &[T], out: &mut [T]| {
        if !job.raw || flat {
            return out.fill(select(flat, bend_true, bend).max(job.floor) * factor);
        }
        for (out, &e) in out.iter_mut().zip(e) {
            *out = bent(e, rest, bend, square).max(job.floor) * factor;
        }
    };
    derive(parts.hess.as_mut(), row, e, buffer, stop, hess, |out| out[label] = bend_true.max(job.floor) * factor)
}
