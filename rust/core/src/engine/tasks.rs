//! Tasks: parts of an evaluation that threads take, joined in their order.

use super::sums::{Accumulator, Tally};
use crate::error::Error;
use crate::parallel::{self, Outcome};
use std::sync::Mutex;

/// Tasks between two joins of their sums: as many as there is no end of, such as those of an array that repeats one element,
/// neither take memory nor time that an interruption would wait for.
const ROUND: usize = 1 << 16;

/// Runs the tasks, each with an accumulator of its own, and joins these in the order of the tasks.
///
/// # Panics
/// When a task does.
///
/// # Errors
/// [`Error::Interrupted`] when the caller asked to stop.
pub fn over_tasks<A: Accumulator>(
    tasks: usize,
    threads: usize,
    interrupt: &mut dyn FnMut() -> bool,
    work: &(dyn Fn(usize, &mut Tally<'_>) + Sync),
) -> Result<A::Sum, Error> {
    let run = |task| {
        let mut part = A::empty();
        work(task, &mut part.tally());
        part.sum()
    };
    if tasks == 1 {
        return Ok(run(0));
    }
    let mut total = A::empty().sum();
    for first in (0..tasks).step_by(ROUND) {
        let count = ROUND.min(tasks - first);
        let mut parts: Vec<Mutex<Option<A::Sum>>> = Vec::new();
        parts.try_reserve_exact(count).map_err(|_| Error::OutOfMemory)?;
        parts.resize_with(count, || Mutex::new(None));
        let outcome = parallel::for_each_task(count, threads, interrupt, &|task| {
            let part = run(first + task);
            *parts[task].lock().expect("only its own task locks a part") = Some(part);
        });
        if outcome == Outcome::Interrupted {
            return Err(Error::Interrupted);
        }
        for part in parts.into_iter().filter_map(|part| part.into_inner().ok().flatten()) {
            A::join(&mut total, part);
        }
    }
    Ok(total)
}
