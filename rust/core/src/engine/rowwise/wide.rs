//! Rows of many classes, along the row.
//!
//! The maximum of a row comes first; then its terms against that, kept in scratch, and their sums, in blocks that stay in the
//! innermost cache; then each derivative is a product of the terms.

use super::super::blocks::LANES;
use super::super::memory::Place;
use super::super::request::Parts;
use super::super::scratch::room;
use super::super::working::Working;
use super::heads::{Facts, Head, bent, heads};
use super::job::{Halt, Job};
use super::rows::{Batch, put};
use super::softmax::{Sum, is_empty};
use super::split;
use super::terms::{self, Ahead, CALL, PART, RowOf, STEP, maximum_of, position_of};
use crate::number::select;
use crate::parallel::Stop;
use crate::simd::Body;
use std::ops::Range;

/// Elements of the rows that are computed together, where that is more than one row.
const IN_FLIGHT: usize = 2048;

/// Rows that are computed together.
fn group<T>(job: &Job<'_, T>) -> usize {
    (IN_FLIGHT / job.classes).clamp(1, STEP)
}

/// Elements of scratch for a batch.
pub(super) fn scratch<T: Working>(job: &Job<'_, T>) -> usize {
    let k = job.classes;
    let padded = k.next_multiple_of(LANES);
    let in_q = if job.in_q.is_some() { 2 } else { 0 };
    let soft = (5 + in_q) * room(padded) + 5 * room(padded.clamp(CALL * LANES, PART));
    (2 * room(k * group(job))).max(if job.sees_all() { soft } else { 0 })
}

/// What is known of a row, and its terms.
pub(super) fn terms_of<T: Working>(
    job: &Job<'_, T>,
    parts: &Parts<'_>,
    row: usize,
    x: &[T],
    e: &mut [T],
    stop: &mut Stop<'_>,
) -> Result<RowOf<T>, Halt> {
    let (level, k) = (job.request.level, job.classes);
    // The next row, and where this row's derivatives go.
    let ahead =
        Ahead { x: &job.request.x, at: (row + 1) * k, parts: [parts.grad.as_ref(), parts.hess.as_ref()], to: row * k };
    if split::is_wide(job) {
        return split::row_terms(job, x, e, &ahead, stop);
    }
    let m = maximum_of(level, job.raw, x).filter(|&m| !is_empty(job.raw, m, x.iter().copied())).ok_or(Halt::Outside)?;
    let own = position_of(level, x, m);
    let sum = terms::terms_of(level, job.scores(), x, e, m, Some(own), &ahead);
    Ok(RowOf { m, own, sum })
}

/// Asks whether to stop at the beginning of each part of a row but the first.
#[inline(always)]
pub(super) fn heed(part: usize, stop: &mut Stop<'_>) -> Result<(), Halt> {
    if part > 0 && stop() { Err(Halt::Stopped) } else { Ok(()) }
}

/// The classes of a row part by part. What is computed of them stands in a loop over these, not in a closure: that may be compiled as
/// a function of its own, without the instructions of the level.
#[inline(always)]
pub(super) fn parts_of(classes: usize) -> impl Iterator<Item = Range<usize>> {
    (0..classes).step_by(PART).map(move |start| start..classes.min(start + PART))
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
        put(place);
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
        let (mut facts, mut head) = (Facts::PLAIN, Head::NONE);
        for first in (0..rows.len).step_by(group) {
            let count = group.min(rows.len - first);
            let mine = |j: usize| which >> (first + j) & 1 != 0;
            if (0..count).all(|j| !mine(j)) {
                continue;
            }
            let start = (rows.start + first) * k;
            let mut sums = [Sum::ZERO; STEP];
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
            heads::<T, STEP>(job, &facts, &mut head);
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
    let k = e.len();
    if parts.grad.is_some() {
        let (slope, slope_low) = (head.slope[j], head.slope_low[j]);
        let mut grad = Place::of(parts.grad.as_mut(), row * k, &mut *buffer);
        for part in parts_of(k) {
            heed(part.start, stop)?;
            let (out, e) = (&mut grad.numbers()[part.clone()], &e[part]);
            if job.raw {
                for (out, &e) in out.iter_mut().zip(e) {
                    *out = slope.mul_add(e, slope_low * e);
                }
            } else {
                out.fill(slope);
            }
        }
        grad.numbers()[label] = head.slope_true[j];
        put(grad);
    }
    if parts.hess.is_some() {
        let (bend, square, bend_true) = (head.bend[j], head.bend_square[j], head.bend_true[j]);
        let (rest, factor, flat) = (facts.rest[j], facts.factor[j], job.is_flat());
        let mut hess = Place::of(parts.hess.as_mut(), row * k, buffer);
        for part in parts_of(k) {
            heed(part.start, stop)?;
            let (out, e) = (&mut hess.numbers()[part.clone()], &e[part]);
            if job.raw && !flat {
                for (out, &e) in out.iter_mut().zip(e) {
                    *out = bent(e, rest, bend, square).max(job.floor) * factor;
                }
            } else {
                out.fill(select(flat, bend_true, bend).max(job.floor) * factor);
            }
        }
        hess.numbers()[label] = bend_true.max(job.floor) * factor;
        put(hess);
    }
    Ok(())
}
