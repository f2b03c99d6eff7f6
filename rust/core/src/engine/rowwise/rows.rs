//! What a batch of at most 64 rows is computed from and with, besides its classes.

use super::super::blocks::LANES;
use super::super::memory::{NO_INDEX, Operand, Place, Store, View};
use super::super::request::Parts;
use super::super::scratch::Scratch;
use super::super::working::Working;
use super::heads::Told;
use super::job::{Halt, Job};
use crate::number::{Float, select};
use crate::parallel::Stop;
use crate::simd::{self, Body};

/// Rows of an input: in its array, or gathered from it.
#[derive(Clone, Copy)]
pub(super) struct Input<'a, T> {
    pub view: &'a View<'a>,
    /// Those of a batch, and the index of their first element.
    pub gathered: Option<(&'a [T], usize)>,
}

impl<'a, T: Working> Input<'a, T> {
    /// In its array.
    pub fn of(view: &'a View<'a>) -> Self {
        Input { view, gathered: None }
    }
    /// As many elements from `start` on as the buffer has: in place where they can be, otherwise read into the buffer.
    #[inline(always)]
    pub fn operand<'b>(&self, start: usize, buffer: &'b mut [T]) -> Operand<'b, T>
    where
        'a: 'b,
    {
        match self.gathered {
            Some((rows, first)) => Operand::lent(&rows[start - first..][..buffer.len()], buffer),
            None => Operand::of(self.view, start, buffer),
        }
    }
}

/// Stores what was computed, in code of its own.
#[inline(never)]
pub(super) fn put<T: Working>(place: Place<'_, '_, T>) {
    place.store(0, Store::Replace);
}

/// A batch: its rows, where its values and derivatives go, and the scratch to compute it in.
pub(super) struct Batch<'a, 'j, 's, T> {
    pub job: &'a Job<'j, T>,
    pub rows: &'a Rows<T>,
    pub x: Input<'a, T>,
    pub y: Input<'a, T>,
    /// The rows that are computed: bit i for row i.
    pub which: u64,
    pub value: &'a mut [T; LANES],
    pub told: &'a mut Told<T>,
    pub parts: &'a mut Parts<'s>,
    pub scratch: Scratch<'a, T>,
    pub stop: &'a mut Stop<'a>,
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
    /// Its share: 1, where the target is not a row of shares.
    pub share: [T; LANES],
    pub start: usize,
    pub len: usize,
    /// Whether all count.
    pub all: bool,
}

impl<T: Working> Rows<T> {
    /// Of no rows yet.
    pub const NONE: Self = Rows {
        counts: [T::ZERO; LANES],
        weight: [1.0; LANES],
        factor: [T::ZERO; LANES],
        label: [NO_INDEX; LANES],
        share: [T::ONE; LANES],
        start: 0,
        len: 0,
        all: true,
    };

    /// Reads those from `start` on.
    pub fn read(&mut self, job: &Job<'_, T>, start: usize, len: usize) -> Result<(), Halt> {
        simd::dispatch(job.request.level, Read { job, rows: self, start, len })
    }

    /// Multiplies values by the weights of their rows, in float64.
    pub fn weigh(&self, job: &Job<'_, T>, values: &[T; LANES], weighted: &mut [f64; LANES]) {
        simd::dispatch(job.request.level, Weigh { job, rows: self, values, weighted });
    }
}

struct Weigh<'a, 'j, T> {
    job: &'a Job<'j, T>,
    rows: &'a Rows<T>,
    values: &'a [T; LANES],
    weighted: &'a mut [f64; LANES],
}

impl<T: Working> Body for Weigh<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Weigh { job, rows, values, weighted } = self;
        if rows.all && rows.len == LANES && job.request.weight.is_none() {
            for i in 0..LANES {
                weighted[i] = values[i].to_f64();
            }
            return;
        }
        for i in 0..LANES {
            weighted[i] = select(rows.counts[i] == T::ZERO, 0.0, values[i].to_f64() * rows.weight[i]);
        }
    }
}

struct Read<'a, 'j, T> {
    job: &'a Job<'j, T>,
    rows: &'a mut Rows<T>,
    start: usize,
    len: usize,
}

impl<T: Working> Body for Read<'_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Read { job, rows, start, len } = self;
        (rows.start, rows.len) = (start, len);
        if len < LANES {
            // What is beyond the last row is nothing.
            *rows = Rows { start, len, ..Rows::NONE };
        }
        job.request.y.prefetch::<i64>(start + 4 * LANES, LANES);
        job.counted.read(start, &mut rows.counts[..len]);
        if let Some(view) = &job.request.weight {
            view.read(start, &mut rows.weight[..len]);
            for i in 0..LANES {
                rows.counts[i] = select(rows.weight[i] == 0.0, T::ZERO, rows.counts[i]);
            }
        }
        let all = job.counted.all() && job.request.weight.is_none();
        rows.all = all || rows.counts[..len].iter().all(|&counts| counts != T::ZERO);
        if job.request.weight.is_none() {
            let factor = T::lit(job.factor.times(1.0));
            for i in 0..LANES {
                rows.factor[i] = select(rows.counts[i] == T::ZERO, T::ZERO, factor);
            }
        } else {
            for i in 0..LANES {
                let factor = T::lit(job.factor.times(rows.weight[i]));
                rows.factor[i] = select(rows.counts[i] == T::ZERO, T::ZERO, factor);
            }
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
                return Err(Halt::Outside);
            }
        }
        Ok(())
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
