//! Which tasks of a call are taken, and by whom.

use super::watch::Stop;
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// A task's code: called with its number and with what says whether to stop, for tasks that take long to ask now and then.
pub(super) type Work<'a> = dyn Fn(usize, &mut Stop<'_>) + Sync + 'a;

thread_local! {
    /// Whether this thread is running tasks.
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is running a task of several threads.
pub(super) fn is_inside() -> bool {
    INSIDE.get()
}

/// Which tasks are taken. Every thread has a share of its own, of neighbours, and helps with the others' when that is done:
/// where a task writes to fresh memory, two threads that touch one page first would both wait for the system to clear it.
pub(super) struct Claims {
    tasks: usize,
    /// The next task of each share.
    next: Box<[Line]>,
    /// Threads that have come.
    arrived: AtomicUsize,
    stopped: AtomicBool,
}

/// A counter that shares its cache line with no other.
#[repr(align(64))]
struct Line(AtomicUsize);

impl Claims {
    pub fn new(tasks: usize, shares: usize) -> Claims {
        let next = (0..shares).map(|share| Line(AtomicUsize::new(Claims::begin(tasks, shares, share)))).collect();
        Claims { tasks, next, arrived: AtomicUsize::new(0), stopped: AtomicBool::new(false) }
    }

    /// The first task of a share.
    fn begin(tasks: usize, shares: usize, share: usize) -> usize {
        (tasks as u128 * share as u128 / shares as u128) as usize
    }

    /// Leaves no task for anybody.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
        for next in &self.next {
            next.0.store(self.tasks, Ordering::Relaxed);
        }
    }

    /// Whether [`Claims::stop`] was called.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Claims and runs tasks until none is left or `stop` says so, which leaves none for the others either.
    pub fn drain(&self, work: &Work<'_>, stop: &mut Stop<'_>) {
        struct Restore(bool);
        impl Drop for Restore {
            fn drop(&mut self) {
                INSIDE.set(self.0);
            }
        }
        let _restore = Restore(INSIDE.replace(true));
        let shares = self.next.len();
        let own = self.arrived.fetch_add(1, Ordering::Relaxed);
        for share in (own..own + shares).map(|share| share % shares) {
            let end = Claims::begin(self.tasks, shares, share + 1);
            loop {
                let task = self.next[share].0.fetch_add(1, Ordering::Relaxed);
                if task >= end {
                    break;
                }
                work(task, stop);
                if stop() {
                    self.stop();
                }
            }
        }
    }
}
