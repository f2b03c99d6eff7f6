//! A batch of at most 64 rows: what belongs to each row besides its classes is read here, and its value weighted.

use super::super::blocks::LANES;
use super::super::memory::{NO_INDEX, Sink, View};
use super::super::working::Working;
use super::scratch::Scratch;
use super::{Job, narrow, wide};
use crate::number::{Float, select};
use crate::simd::Body;

/// A batch, its values and the scratch to compute it in. `RAW`: predictions are logits; `SOFT`: every class has a share.
pub(super) struct Batch<'a, 'j, T, const RAW: bool, const SOFT: bool> {
    pub job: &'a Job<'j, T>,
    pub start: usize,
    pub rows: usize,
    /// The rows' weighted values.
    pub value: &'a mut [f64; LANES],
    pub scratch: &'a mut [T],
}

/// What belongs to the rows of a batch; like all lanes here, aligned for the widest registers.
#[repr(C, align(64))]
pub(super) struct Rows<T> {
    /// 0 for rows that do not count, or have a weight of 0.
    pub counts: [T; LANES],
    /// What values are multiplied by.
    pub weight: [f64; LANES],
    /// What derivatives are multiplied by; 0 for rows that do not count.
    pub factor: [T; LANES],
    /// The true class, 0 where there is none.
    pub label: [i64; LANES],
    pub start: usize,
    pub len: usize,
    /// Whether all count.
    pub all: bool,
}

impl<T: Working, const RAW: bool, const SOFT: bool> Body for Batch<'_, '_, T, RAW, SOFT> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let Batch { job, start, rows: len, value, scratch } = self;
        let zero = [T::ZERO; LANES];
        let mut rows =
            Rows { counts: zero, weight: [1.0; LANES], factor: zero, label: [NO_INDEX; LANES], start, len, all: true };
        job.request.y.prefetch::<i64>(start + 4 * LANES, LANES);
        job.counted.read(start, &mut rows.counts[..len]);
        rows.all = job.counted.all();
        if let Some(view) = &job.request.weight {
            view.read(start, &mut rows.weight[..len]);
            for i in 0..LANES {
                rows.counts[i] = select(rows.weight[i] == 0.0, T::ZERO, rows.counts[i]);
            }
            rows.all = false;
        }
        rows.all = rows.all || rows.counts[..len].iter().all(|&counts| counts != T::ZERO);
        for i in 0..LANES {
            let factor = T::lit(rows.weight[i] * job.scale);
            rows.factor[i] = select(rows.counts[i] == T::ZERO, T::ZERO, factor);
        }
        if !job.shares {
            read_labels::<T>(&job.request.y, start, &mut rows.label, len);
            let mut wrong = 0;
            for i in 0..LANES {
                let inside = (rows.label[i] >= 0) & (rows.label[i] < job.classes as i64);
                wrong |= i64::from(!inside & (rows.counts[i] != T::ZERO));
                rows.label[i] = select(inside, rows.label[i], 0);
            }
            if wrong != 0 {
                return false;
            }
        }
        if job.only_labels() {
            return true;
        }
        let mut each = zero;
        let done = match (job.is_narrow(), SOFT) {
            (true, false) => narrow::hard::<T, RAW>(job, &rows, &mut each, Scratch(scratch)),
            (true, true) => narrow::soft::<T, RAW>(job, &rows, &mut each, Scratch(scratch)),
            (false, false) => wide::hard::<T, RAW>(job, &rows, &mut each, Scratch(scratch)),
            (false, true) => wide::soft::<T, RAW>(job, &rows, &mut each, Scratch(scratch)),
        };
        for i in 0..LANES {
            value[i] = select(rows.counts[i] == T::ZERO, 0.0, each[i].to_f64() * rows.weight[i]);
        }
        done
    }
}

/// Reads class indices. Floats of the working type are converted here, where the loop becomes vector code.
#[inline(always)]
fn read_labels<T: Working>(view: &View<'_>, start: usize, labels: &mut [i64; LANES], len: usize) {
    if Some(view.dtype()) != T::DTYPE {
        return view.read(start, &mut labels[..len]);
    }
    let mut floats = [T::NAN; LANES];
    view.read(start, &mut floats[..len]);
    for i in 0..LANES {
        // A whole number below 2⁵¹ stands in the low bits of its sum with the rounder; no class is beyond.
        let x = floats[i].to_f64();
        let sum = x + f64::ROUNDER;
        let whole = (sum - f64::ROUNDER == x) & (x.abs() < 2251799813685248.0);
        let bits = sum.to_bits().wrapping_sub(f64::ROUNDER.to_bits());
        labels[i] = select(whole, bits as i64, NO_INDEX);
    }
}

/// Asks for elements of the predictions and of derivatives that will be needed soon: between heavy arithmetic neither is on its
/// way by itself.
#[inline(always)]
pub(super) fn fetch<T: Working>(job: &Job<'_, T>, prediction: usize, derivative: usize, count: usize) {
    job.request.x.prefetch::<T>(prediction, count);
    for sink in [&job.request.grad, &job.request.hess].into_iter().flatten() {
        sink.prefetch::<T>(derivative, count);
    }
}

/// The predictions of some rows from `start` on: in place where they can be, otherwise read into the buffer.
#[inline(always)]
pub(super) fn predictions<'a, T: Working>(job: &Job<'a, T>, start: usize, buffer: &'a mut [T]) -> &'a [T] {
    if !job.request.in_place {
        // SAFETY: only an output that is the prediction itself may overlap it.
        if let Some(lent) = unsafe { job.request.x.in_place(start, buffer.len()) } {
            return lent;
        }
    }
    job.request.x.read(start, buffer);
    buffer
}

/// Where a derivative of some elements from `start` on goes: the array itself where it can be, otherwise the buffer.
#[inline(always)]
pub(super) fn place<'a, T: Float>(sink: &'a Sink<'_>, start: usize, buffer: &'a mut [T]) -> (&'a mut [T], bool) {
    // SAFETY: the batch's own elements, which no other batch touches, and of which no other slice is alive.
    match unsafe { sink.in_place(start, buffer.len()) } {
        Some(slice) => (slice, true),
        None => (buffer, false),
    }
}
