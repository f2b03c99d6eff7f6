//! Tasks: parts of an evaluation that threads take, joined in their order.

use super::sums::{Accumulator, Tally};
use crate::error::Error;
use crate::parallel::{self, Outcome, Stop};
use std::sync::{Mutex, PoisonError};

/// What a task does, with its number, what it has to itself, and what says whether to stop.
pub type Work<'a, P> = dyn Fn(usize, P, &mut Tally<'_>, &mut Stop<'_>) + Sync + 'a;

/// Tasks that are set up and joined at a time, so that no number of them takes much memory.
const ROUND: usize = 1 << 14;

/// What is there of a task: what it has to itself before it runs, its sum afterwards.
enum Task<P, S> {
    Waiting(P),
    Running,
    Done(S),
}

/// Runs the tasks, each with a part of its own and an accumulator, and joins these in the order of the tasks.
///
/// # Panics
/// When a task does, and where there are fewer parts than tasks.
///
/// # Errors
/// [`Error::Interrupted`] when the caller asked to stop.
pub fn over_tasks<A: Accumulator, P: Send>(
    tasks: usize,
    threads: usize,
    mut parts: impl Iterator<Item = P>,
    interrupt: &mut dyn FnMut() -> bool,
    work: &Work<'_, P>,
) -> Result<A::Sum, Error> {
    let run = |task, part, stop: &mut Stop<'_>| {
        let mut accumulator = A::empty();
        work(task, part, &mut accumulator.tally(), stop);
        accumulator.sum()
    };
    if tasks == 1
        && let Some(part) = parts.next()
    {
        let (sum, outcome) = parallel::alone(interrupt, |stop| run(0, part, stop));
        return if outcome == Outcome::Interrupted { Err(Error::Interrupted) } else { Ok(sum) };
    }
    let mut total: Option<A::Sum> = None;
    let mut add = |sum| match &mut total {
        Some(total) => A::join(total, sum),
        none => *none = Some(sum),
    };
    let mut round: Vec<Mutex<Task<P, A::Sum>>> = Vec::new();
    round.try_reserve_exact(tasks.min(ROUND)).map_err(|_| Error::OutOfMemory)?;
    for first in (0..tasks).step_by(ROUND) {
        let count = ROUND.min(tasks - first);
        round.extend(parts.by_ref().take(count).map(|part| Mutex::new(Task::Waiting(part))));
        let outcome = parallel::for_each_long_task(count, threads, interrupt, &|task, stop| {
            let mut slot = round[task].lock().unwrap_or_else(PoisonError::into_inner);
            if let Task::Waiting(part) = std::mem::replace(&mut *slot, Task::Running) {
                *slot = Task::Done(run(first + task, part, stop));
            }
        });
        // A round of light tasks may be over before the caller was asked.
        if outcome == Outcome::Interrupted || (count == ROUND && interrupt()) {
            return Err(Error::Interrupted);
        }
        for task in round.drain(..) {
            if let Task::Done(sum) = task.into_inner().unwrap_or_else(PoisonError::into_inner) {
                add(sum);
            }
        }
    }
    Ok(total.unwrap_or_else(|| A::empty().sum()))
}
