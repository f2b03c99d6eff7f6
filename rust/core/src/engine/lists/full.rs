//! All second derivatives of lists: a matrix for each, whose diagonal is the engine's own.
//!
//! What is off the diagonals is rarely asked for. It is written row by row, of each list in turn, whose loss is computed once more.

use super::super::blocks::TASK;
use super::super::memory::{Operand, Part, Sink};
use super::super::scratch::{self, Scratch, room};
use super::super::sums::Lanes;
use super::super::tasks::over_tasks;
use super::job::Job;
use super::kernel::Several;
use crate::error::Error;
use crate::families::List;
use crate::parallel::Stop;
use std::sync::atomic::Ordering;

/// Writes the second derivatives that are not on the diagonals: without these, what is left of a row lies together.
pub(super) fn run(job: &Job<'_>, mut rest: Sink<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<(), Error> {
    let (lists, size, threads) = (job.lists(), job.size, job.work.request.threads);
    let matrix = size * (size - 1);
    if matrix == 0 {
        return Ok(());
    }
    let per_task = (TASK / matrix).max(1);
    let numbers = job.room(size) + room(size);
    over_tasks::<Lanes, _>(
        lists.div_ceil(per_task),
        threads,
        rest.parts(per_task * matrix),
        interrupt,
        &|task, mut part, _, stop| {
            let some = task * per_task..lists.min((task + 1) * per_task);
            let mut work = |scratch: &mut [f64], stop: &mut Stop<'_>| {
                for list in some.clone() {
                    of_list(job, list, Scratch(scratch), &mut part, stop);
                }
            };
            if scratch::lend(numbers, stop, &mut work).is_none() {
                job.exhausted.store(true, Ordering::Relaxed);
            }
        },
    )?;
    if job.exhausted.load(Ordering::Relaxed) { Err(Error::OutOfMemory) } else { Ok(()) }
}

/// The matrix of a list without its diagonal.
fn of_list(job: &Job<'_>, list: usize, mut scratch: Scratch<'_, f64>, part: &mut Part<'_>, stop: &mut Stop<'_>) {
    let (size, request) = (job.size, job.work.request);
    let [row, weights, x, y, first, second] = std::array::from_fn(|_| scratch.take(size));
    let mut weight = [0.0];
    job.weigh(list, &mut weight);
    let (counts, scale) = (weight[0] != 0.0, job.work.factor.times(weight[0]));
    let x = Operand::of(&request.x, list * size, x);
    // Everything was within its domain when the diagonal was computed.
    let (Some(y), Some(mut order)) = (job.targets(list, &weight, y), job.order(size)) else { return };
    job.weigh_classes(weights, 1);
    let mut elements = List {
        y: y.numbers(),
        x: x.numbers(),
        weights,
        first,
        second,
        derives: true,
        raw: request.settings.raw,
        level: request.level,
        numbers: scratch.take(size * job.kernel.numbers),
        order: &mut order,
        stop: &mut *stop,
    };
    let whole = elements.part(0..size, job.kernel.numbers);
    (job.kernel.run)(
        request.level,
        &request.settings.double,
        Several { elements: whole, counts: &weight, value: &mut [0.0] },
    );
    row.fill(0.0);
    for at in 0..size {
        if (elements.stop)() {
            return;
        }
        if counts {
            (job.kernel.mixed)(&request.settings.double, &elements, at, row);
            let lost = elements.second[at].is_nan();
            for number in row.iter_mut() {
                *number = if lost { f64::NAN } else { *number * scale };
            }
        }
        let start = (list * size + at) * (size - 1);
        part.write(start, &row[..at]);
        part.write(start + at, &row[at + 1..]);
    }
}
