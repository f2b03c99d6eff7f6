//! The only rayon: numbered tasks run by the caller and by a pool that belongs to this process only.
//!
//! The caller works too. Each thread takes the tasks of a share of its own, then those left in others' shares; nobody waits
//! for a worker that has not started, because waking one costs as much as a small call; workers that come late find the gate
//! closed and touch nothing.
//!
//! Interruption: the caller asks between tasks, and tasks that take long ask while they run; workers are joined before the call
//! returns, whichever way it ends, so nothing touches the data afterwards.

mod claims;
mod limit;
mod pool;
mod watch;

use watch::Watch;

pub use limit::{num_threads, set_num_threads, threads_for};
pub use pool::init;
pub use watch::Stop;

/// How the tasks of a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Every task ran.
    Done,
    /// The caller was told to stop; some tasks may not have run.
    Interrupted,
}

/// Runs `work(0)`, …, `work(tasks - 1)`, each once, on the caller and at most `threads - 1` workers.
///
/// The caller asks `interrupt` between its tasks and while it waits for those of others, about every 25 ms; `true` stops
/// the call after the tasks that are running, so a task should take well below a tenth of a second, or be one of
/// [`for_each_long_task`]. A call from inside a task runs on its own thread only.
///
/// # Panics
/// When a task panics: the other threads stop after their present task, then the panic goes on in the caller. Also in a
/// child that `interrupt` forked, once it returns there: the tasks of the workers left behind are lost.
pub fn for_each_task(
    tasks: usize,
    threads: usize,
    interrupt: &mut dyn FnMut() -> bool,
    work: &(dyn Fn(usize) + Sync),
) -> Outcome {
    for_each_long_task(tasks, threads, interrupt, &|task, _| work(task))
}

/// The same for tasks that may take long: they ask what they are called with whether to stop, and return where it says so.
///
/// # Panics
/// As [`for_each_task`].
pub fn for_each_long_task(
    tasks: usize,
    threads: usize,
    interrupt: &mut dyn FnMut() -> bool,
    work: &(dyn Fn(usize, &mut Stop<'_>) + Sync),
) -> Outcome {
    let mut watch = Watch::new(interrupt);
    let helpers = if claims::is_inside() { 0 } else { threads.min(tasks).saturating_sub(1) };
    if helpers == 0 || !pool::share(tasks, helpers, work, &mut || watch.says_stop()) {
        // Not as in a task of several threads: what runs on one thread may call for helpers itself.
        for task in 0..tasks {
            work(task, &mut || watch.says_stop());
            if watch.says_stop() {
                break;
            }
        }
    }
    if watch.has_stopped() { Outcome::Interrupted } else { Outcome::Done }
}

/// Runs work on this thread, which may ask whether to stop as a long task does.
pub fn alone<R>(interrupt: &mut dyn FnMut() -> bool, work: impl FnOnce(&mut Stop<'_>) -> R) -> (R, Outcome) {
    let mut watch = Watch::new(interrupt);
    let result = work(&mut || watch.says_stop());
    (result, if watch.has_stopped() { Outcome::Interrupted } else { Outcome::Done })
}
