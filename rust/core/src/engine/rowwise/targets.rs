//! The shares of classes that rows have for targets: read, checked, smoothed, weighted.

use super::super::blocks::LANES;
use super::super::memory::{Operand, View};
use super::super::scratch::Scratch;
use super::super::transpose::to_classes;
use super::super::working::Working;
use super::job::{Halt, Job};
use super::rows::{Input, Rows};
use crate::number::{Float, select};
use crate::simd::{self, Body};

/// The shares of some classes of a row from `start` on, smoothed, and times their weights where `weighted`: in place where they can be,
/// otherwise in the buffer. In code of its own, once for all that read them.
pub(super) fn of_row<'a, T: Working>(
    job: &Job<'_, T>,
    y: Input<'a, T>,
    row: usize,
    label: i64,
    start: usize,
    weighted: bool,
    buffer: &'a mut [T],
) -> Result<&'a [T], Halt> {
    simd::dispatch(job.request.level, OfRow { job, y, row, label, start, weighted, buffer })
}

struct OfRow<'a, 'b, 'j, T> {
    job: &'b Job<'j, T>,
    y: Input<'a, T>,
    row: usize,
    label: i64,
    start: usize,
    weighted: bool,
    buffer: &'a mut [T],
}

impl<'a, T: Working> Body for OfRow<'a, '_, '_, T> {
    type Output = Result<&'a [T], Halt>;

    #[inline(always)]
    fn run(self) -> Self::Output {
        let OfRow { job, y, row, label, start, weighted, mut buffer } = self;
        let (keep, spread) = job.smoothing;
        let weighted = weighted && !job.class_weight.is_empty();
        if job.shares {
            let first = row * job.classes + start;
            y.view.prefetch::<T>(first + job.classes, buffer.len());
            let mut shares = y.operand(first, buffer);
            if outside(shares.numbers()) {
                return Err(Halt::Outside);
            }
            if spread == T::ZERO && !weighted {
                return Ok(shares.into_numbers());
            }
            for share in shares.numbers_mut() {
                *share = share.mul_add(keep, spread);
            }
            buffer = shares.into_buffer();
        } else {
            buffer.fill(spread);
            if let Some(share) = (label as usize).checked_sub(start).and_then(|at| buffer.get_mut(at)) {
                *share = keep + spread;
            }
        }
        if weighted {
            for (class, share) in buffer.iter_mut().enumerate() {
                *share = *share * job.class_weight(start + class);
            }
        }
        Ok(buffer)
    }
}

/// Fills a buffer with what class indices leave to every class, weighted: [`of_prepared`] adds the true class of a row, and [`restore`]
/// takes it away again.
#[inline(always)]
pub(super) fn prepare<T: Working>(job: &Job<'_, T>, buffer: &mut [T]) {
    if !job.shares {
        for (class, share) in buffer.iter_mut().enumerate() {
            *share = job.smoothing.1 * job.class_weight(class);
        }
    }
}

/// The weighted shares of a row, in a buffer that was prepared.
#[inline(always)]
pub(super) fn of_prepared<'a, T: Working>(
    job: &Job<'_, T>,
    y: Input<'a, T>,
    row: usize,
    label: usize,
    buffer: &'a mut [T],
) -> Result<&'a [T], Halt> {
    if job.shares {
        return of_row(job, y, row, 0, 0, true, buffer);
    }
    buffer[label] = (job.smoothing.0 + job.smoothing.1) * job.class_weight(label);
    Ok(buffer)
}

#[inline(always)]
pub(super) fn restore<T: Working>(job: &Job<'_, T>, label: usize, buffer: &mut [T]) {
    if !job.shares {
        buffer[label] = job.smoothing.1 * job.class_weight(label);
    }
}

/// Whether a share is below 0 or above 1.
#[inline(always)]
fn outside<T: Float>(shares: &[T]) -> bool {
    let mut outside = false;
    for &share in shares {
        outside |= (share < T::ZERO) | (share > T::ONE);
    }
    outside
}

/// Reads rows of a batch class by class; where there are none, they hold the filling.
pub(super) fn load<T: Working>(
    job: &Job<'_, T>,
    view: &View<'_>,
    rows: &Rows<T>,
    filling: T,
    stage: &mut [T],
    to: &mut [[T; LANES]],
) {
    let (k, level) = (job.classes, job.request.level);
    if view.is_by_columns(k) {
        to.as_flattened_mut().fill(filling);
        view.read_columns(rows.start, rows.len, to);
    } else if rows.len == LANES {
        to_classes(level, Operand::of(view, rows.start * k, stage).numbers(), to);
    } else {
        view.read(rows.start * k, &mut stage[..rows.len * k]);
        stage[rows.len * k..].fill(filling);
        to_classes(level, stage, to);
    }
}

/// The shares of a batch class by class, likewise; 0 in rows that do not count.
pub(super) fn of_batch<T: Working>(
    job: &Job<'_, T>,
    rows: &Rows<T>,
    weighted: bool,
    stage: &mut [T],
    t: &mut [[T; LANES]],
) -> Result<(), Halt> {
    if job.shares {
        load(job, &job.request.y, rows, T::ZERO, stage, t);
    }
    simd::dispatch(job.request.level, OfBatch { job, rows, weighted, t })
}

struct OfBatch<'a, 'j, T> {
    job: &'a Job<'j, T>,
    rows: &'a Rows<T>,
    weighted: bool,
    t: &'a mut [[T; LANES]],
}

impl<T: Working> Body for OfBatch<'_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let OfBatch { job, rows, weighted, t } = self;
        let (keep, spread) = job.smoothing;
        if job.shares {
            let mut outside = [T::ZERO; LANES];
            for t in t.iter_mut() {
                for i in 0..LANES {
                    let share = select(rows.counts[i] == T::ZERO, T::ZERO, t[i]);
                    outside[i] = outside[i].max(select((share < T::ZERO) | (share > T::ONE), T::ONE, T::ZERO));
                    t[i] = share.mul_add(keep, spread);
                }
            }
            if outside.iter().any(|&outside| outside != T::ZERO) {
                return Err(Halt::Outside);
            }
        } else {
            let mut label = [T::ZERO; LANES];
            for i in 0..LANES {
                label[i] = T::from_integer(rows.label[i]);
            }
            for (class, t) in t.iter_mut().enumerate() {
                let class = T::lit(class as f64);
                for i in 0..LANES {
                    t[i] = select(label[i] == class, keep + spread, spread);
                }
            }
        }
        if weighted && !job.class_weight.is_empty() {
            for (class, t) in t.iter_mut().enumerate() {
                let weight = job.class_weight(class);
                for i in 0..LANES {
                    t[i] = t[i] * weight;
                }
            }
        }
        Ok(())
    }
}

/// Finds the rows of shares that have a single true class, or none: bit i for row i, and for rows that do not count, or are not
/// there. The class and its share go to `rows`.
pub(super) struct Singles<'a, 'j, T> {
    pub job: &'a Job<'j, T>,
    pub rows: &'a mut Rows<T>,
    pub y: Input<'a, T>,
    pub scratch: Scratch<'a, T>,
}

impl<T: Working> Body for Singles<'_, '_, T> {
    type Output = Result<u64, Halt>;

    #[inline(always)]
    fn run(self) -> Result<u64, Halt> {
        let Singles { job, rows, y, mut scratch } = self;
        let mut singles = 0;
        if !job.is_narrow() {
            let buffer = scratch.take(job.classes);
            for i in 0..LANES {
                if i >= rows.len || rows.counts[i] == T::ZERO {
                    singles |= 1 << i;
                } else if let Some((label, share)) = only(of_row(job, y, rows.start + i, 0, 0, false, &mut *buffer)?) {
                    (rows.label[i], rows.share[i]) = (label as i64, share);
                    singles |= 1 << i;
                }
            }
            return Ok(singles);
        }
        let stage = scratch.take(LANES * job.classes);
        let t = scratch.take(LANES * job.classes).as_chunks_mut().0;
        of_batch(job, rows, false, stage, t)?;
        let (mut count, mut label) = ([T::ZERO; LANES], [T::ZERO; LANES]);
        rows.share = [T::ZERO; LANES];
        for (class, t) in t.iter().enumerate() {
            let class = T::lit(class as f64);
            for i in 0..LANES {
                let there = t[i] != T::ZERO;
                count[i] = count[i] + select(there, T::ONE, T::ZERO);
                // Of a single number, the sum is that number.
                label[i] = label[i] + select(there, class, T::ZERO);
                rows.share[i] = rows.share[i] + t[i];
            }
        }
        for i in 0..LANES {
            let single = count[i] <= T::ONE;
            rows.label[i] = select(single, label[i].to_f64() as i64, 0);
            singles |= u64::from(single) << i;
        }
        Ok(singles)
    }
}

/// The only number that is not 0, with its index; the first where all are.
#[inline(always)]
fn only<T: Float>(numbers: &[T]) -> Option<(usize, T)> {
    let mut found = (0, T::ZERO);
    let (blocks, rest) = numbers.as_chunks::<LANES>();
    let mut count = 0;
    for (i, block) in blocks.iter().map(<[T; LANES]>::as_slice).chain([rest]).enumerate() {
        let mut any = false;
        for &number in block {
            any |= number != T::ZERO;
        }
        if !any {
            continue;
        }
        for (j, &number) in block.iter().enumerate().filter(|(_, number)| **number != T::ZERO) {
            found = (i * LANES + j, number);
            count += 1;
        }
        if count > 1 {
            return None;
        }
    }
    Some(found)
}
