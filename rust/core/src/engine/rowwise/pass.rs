//! A pass over a request of a row-wise loss: tasks, and the batches of each.

use super::super::blocks::{LANES, SEGMENT, TASK};
use super::super::divisor::Counted;
use super::super::passes::{Pass, evaluate};
use super::super::request::{Outputs, Parts, Request};
use super::super::scratch::{self, Scratch};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::super::working::Working;
use super::columns::{self, Columns};
use super::heads::Told;
use super::job::{Halt, Job, has_shares};
use super::rows::{Batch, Input, Rows};
use super::targets::Singles;
use super::{linear, narrow, soft, split, wide};
use crate::error::Error;
use crate::parallel::Stop;
use crate::simd;
use std::sync::atomic::Ordering;

/// Evaluates a row-wise loss; the reduced value where there is one.
///
/// # Errors
/// Where an argument is outside of the loss's domain, a mean is over nothing, the caller asked to stop, or there is no memory
/// for a row.
pub fn run<T: Working>(mut request: Request<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<Option<f64>, Error> {
    let mut outputs = std::mem::take(&mut request.outputs);
    into::<T>(&request, &mut outputs, interrupt)
}

/// Evaluates a row-wise loss, with its results into these outputs instead of its own.
pub(super) fn into<T: Working>(
    request: &Request<'_>,
    outputs: &mut Outputs<'_>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Option<f64>, Error> {
    let ignored = if has_shares(request) { None } else { request.settings.ignore_index };
    let counted = Counted { mask: request.mask.as_ref(), ignored: ignored.map(|index| (&request.y, index)) };
    let job = |purpose, factor| Job::<T>::new(request, &counted, purpose, factor);
    evaluate::<T, _>(request, outputs, &counted, &job, interrupt)
}

impl<T: Working> Pass for Job<'_, T> {
    /// Runs everything in tasks of a fixed number of rows.
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let columns = Columns::of(self, outputs);
        let per_task = match TASK / self.classes {
            rows if rows >= LANES => rows / LANES * LANES,
            _ if columns.any() => LANES,
            rows => rows.max(1),
        };
        let tasks = self.rows.div_ceil(per_task);
        let threads = if split::is_shared(self) { 1 } else { self.request.threads };
        let room =
            if columns.are_beside(self) { narrow::scratch(self) } else { wide::scratch(self) } + columns.scratch(self);
        let parts = outputs.parts(per_task, self.classes);
        let sum = over_tasks::<A, _>(tasks, threads, parts, interrupt, &|index, mut parts, sum, stop| {
            let (start, end) = (index * per_task, self.rows.min((index + 1) * per_task));
            let mut work = |scratch: &mut [T], stop: &mut Stop<'_>| {
                task(self, columns, start, end, &mut parts, scratch, sum, stop);
            };
            if scratch::lend(room, stop, &mut work).is_none() {
                self.exhausted.store(true, Ordering::Relaxed);
            }
        })?;
        if self.exhausted.load(Ordering::Relaxed) { Err(Error::OutOfMemory) } else { Ok(sum) }
    }

    fn verdict(&self) -> Result<(), Error> {
        Job::verdict(self)
    }
}

fn task<T: Working>(
    job: &Job<'_, T>,
    columns: Columns,
    start: usize,
    end: usize,
    parts: &mut Parts<'_>,
    scratch: &mut [T],
    sum: &mut Tally<'_>,
    stop: &mut Stop<'_>,
) {
    let mut values = [[0.0; LANES]; SEGMENT / LANES];
    let (mut read, mut told) = (Rows::NONE, Told::NONE);
    for segment in (start..end).step_by(SEGMENT) {
        let rows = SEGMENT.min(end - segment);
        for (value, start) in values.iter_mut().zip((segment..segment + rows).step_by(LANES)) {
            if job.offence.before(start) {
                return;
            }
            let rows = LANES.min(end - start);
            match batch(job, columns, &mut read, &mut told, start, rows, value, parts, scratch, stop) {
                Ok(()) => {}
                Err(Halt::Outside) => return job.offend(start, rows),
                Err(Halt::Stopped) => return,
            }
        }
        if !job.wanted.value {
            continue;
        }
        match &mut parts.value {
            Some(part) => part.write(segment, &values.as_flattened()[..rows]),
            None => sum.add(&values[..rows.div_ceil(LANES)]),
        }
    }
}

/// The rows from `start` on, at most 64.
fn batch<T: Working>(
    job: &Job<'_, T>,
    columns: Columns,
    rows: &mut Rows<T>,
    told: &mut Told<T>,
    start: usize,
    len: usize,
    value: &mut [f64; LANES],
    parts: &mut Parts<'_>,
    scratch: &mut [T],
    stop: &mut Stop<'_>,
) -> Result<(), Halt> {
    rows.read(job, start, len)?;
    if job.only_labels() {
        return Ok(());
    }
    let mut each = [T::ZERO; LANES];
    let beside = columns.are_beside(job);
    if let Columns::Gathered(arrays) = columns {
        columns::through(job, arrays, rows, parts, scratch, &mut |rows, inputs, parts, scratch| {
            compute(job, beside, rows, inputs, &mut each, told, parts, scratch, stop)
        })?;
    } else {
        let inputs = [&job.request.x, &job.request.y].map(Input::of);
        compute(job, beside, rows, inputs, &mut each, told, parts, scratch, stop)?;
    }
    rows.weigh(job, &each, value);
    Ok(())
}

/// A batch in the code for its rows.
fn compute<T: Working>(
    job: &Job<'_, T>,
    beside: bool,
    rows: &mut Rows<T>,
    [x, y]: [Input<'_, T>; 2],
    value: &mut [T; LANES],
    told: &mut Told<T>,
    parts: &mut Parts<'_>,
    scratch: &mut [T],
    stop: &mut Stop<'_>,
) -> Result<(), Halt> {
    let (level, linear) = (job.request.level, job.is_linear());
    // Rows of shares may have a single true class all the same.
    let singles = match (job.sees_all(), linear || !job.may_be_single()) {
        (false, _) => u64::MAX,
        (true, true) => 0,
        (true, false) => simd::dispatch(level, Singles { job, rows: &mut *rows, y, scratch: Scratch(&mut *scratch) })?,
    };
    if singles != 0 {
        let scratch = Scratch(&mut *scratch);
        let (value, told, parts, stop) = (&mut *value, &mut *told, &mut *parts, &mut *stop);
        let batch = Batch { job, rows, x, y, which: singles, value, told, parts, scratch, stop };
        if beside {
            simd::dispatch(level, narrow::Hard(batch))?;
        } else {
            simd::dispatch(level, wide::Hard(batch))?;
        }
    }
    if singles == u64::MAX {
        return Ok(());
    }
    let batch = Batch { job, rows, x, y, which: !singles, value, told, parts, scratch: Scratch(scratch), stop };
    match (beside, linear) {
        (true, false) => simd::dispatch(level, soft::SideBySide(batch)),
        (true, true) => simd::dispatch(level, linear::SideBySide(batch)),
        (false, false) => simd::dispatch(level, soft::Along(batch)),
        (false, true) => simd::dispatch(level, linear::Along(batch)),
    }
}
