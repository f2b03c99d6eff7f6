//! The pool, and calls that are shared with it.
//!
//! Fork: a child has none of its parent's threads, so a handler empties the pool's pointer in the child, the next call
//! there builds a pool of its own, and the parent's is leaked (dropping it would wait for threads that do not exist).
//! Every lock belongs to a pool or a call, never to the process: one that another thread holds at the fork stays locked in
//! the child forever, but there it is out of reach.
#![allow(unsafe_code)] // A pool outlives its callers' borrows, so the work's lifetime is erased; and the fork handler.

use super::claims::{Claims, Work};
use super::limit::LINGER;
use super::watch::{POLL, Stop};
use rayon_core::ThreadPoolBuilder;
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long the caller spins for the last running tasks before it sleeps; about the price of being woken.
const SPIN: Duration = Duration::from_micros(40);

/// Runs the tasks on the caller and at most so many workers; whether there are any workers to do so.
///
/// # Panics
/// As [`for_each_task`](super::for_each_task).
pub(super) fn share(tasks: usize, helpers: usize, work: &Work<'_>, stop: &mut Stop<'_>) -> bool {
    let Some(pool) = pool(helpers) else { return false };
    let call = Call { job: Job::new(tasks, helpers + 1, work), pool };
    pool.invite(helpers, &call.job);
    call.job.claims.drain(work, stop);
    call.job.join(stop);
    assert!(call.job.is_finished(), "the process was forked in the middle of a computation");
    let panic = call.job.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some(payload) = panic {
        resume_unwind(payload);
    }
    true
}

/// Rayon's threads with a queue and a bell of our own: a worker that sleeps here is woken some ten times sooner than one that
/// sleeps in rayon's scheduler.
#[derive(Default)]
struct Pool {
    /// How many workers there are; they only become more.
    size: AtomicUsize,
    growing: Mutex<()>,
    /// One entry for each helper that a call still hopes for, first come first served.
    wanted: Mutex<VecDeque<Arc<Job>>>,
    /// How many entries, to be seen without the lock.
    entries: AtomicUsize,
    /// Rung for each entry.
    bell: Condvar,
}

/// The process's pool; null before the first parallel call and after a fork.
static POOL: AtomicPtr<Pool> = AtomicPtr::new(ptr::null_mut());
/// Forks between the first process and this one.
static FORKS: AtomicUsize = AtomicUsize::new(0);

/// Prepares the process for forks; to be called once, early, before there are other threads.
pub fn init() {
    static DONE: AtomicBool = AtomicBool::new(false);
    if DONE.swap(true, Ordering::Relaxed) {
        return;
    }
    // Rayon's memory reclamation initialises itself at first use, behind a lock: a fork in that moment hangs the child.
    drop(crossbeam_epoch::pin());
    #[cfg(unix)]
    // SAFETY: the handler touches atomics only, as a child of a threaded process must. Should registering fail (out of
    // memory), parallel calls in forked children are not served; there is nothing better to do.
    unsafe {
        libc::pthread_atfork(None, None, Some(in_child));
    }
}

#[cfg(unix)]
unsafe extern "C" fn in_child() {
    POOL.store(ptr::null_mut(), Ordering::Relaxed);
    FORKS.fetch_add(1, Ordering::Relaxed);
}

/// The pool, with so many workers or as many as the system grants; none where it grants none.
fn pool(helpers: usize) -> Option<&'static Pool> {
    let mut current = POOL.load(Ordering::Acquire);
    if current.is_null() {
        init();
        let fresh = Box::into_raw(Box::default());
        current = match POOL.compare_exchange(current, fresh, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => fresh,
            Err(other) => {
                // SAFETY: the exchange failed, so the box was never shared.
                drop(unsafe { Box::from_raw(fresh) });
                other
            }
        };
    }
    // SAFETY: the pointer comes from `Box::into_raw` above, and what was stored is never freed.
    let pool = unsafe { &*current };
    if pool.size.load(Ordering::Acquire) < helpers {
        pool.grow(helpers);
    }
    (pool.size.load(Ordering::Acquire) > 0).then_some(pool)
}

impl Pool {
    fn wanted(&self) -> MutexGuard<'_, VecDeque<Arc<Job>>> {
        self.wanted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut VecDeque<Arc<Job>>)) {
        let mut wanted = self.wanted();
        change(&mut wanted);
        self.entries.store(wanted.len(), Ordering::Relaxed);
    }

    /// Starts the workers that are missing, or as many of them as the system grants. They serve forever, so the thread pools that
    /// they come from are never dropped.
    #[cold]
    fn grow(&'static self, helpers: usize) {
        let _alone = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut size = self.size.load(Ordering::Acquire);
        let mut more = helpers.saturating_sub(size);
        while more > 0 && size < helpers {
            let named = ThreadPoolBuilder::new().thread_name(move |index| format!("lossreg-{}", size + index + 1));
            match named.num_threads(more.min(helpers - size)).build() {
                Ok(pool) => {
                    size += pool.current_num_threads();
                    pool.spawn_broadcast(|_| self.serve());
                    std::mem::forget(pool);
                }
                // All of them start or none: half as many may.
                Err(_) => more /= 2,
            }
        }
        self.size.store(size, Ordering::Release);
    }

    /// Asks for helpers. A worker serves all that is wanted before it sleeps again.
    fn invite(&self, helpers: usize, job: &Arc<Job>) {
        self.change(|wanted| wanted.extend(std::iter::repeat_n(job, helpers).cloned()));
        for _ in 0..helpers {
            self.bell.notify_one();
        }
    }

    /// Withdraws the invitations that nobody followed, so that they neither pile up nor delay other calls' helpers.
    fn uninvite(&self, job: &Arc<Job>) {
        self.change(|wanted| wanted.retain(|other| !Arc::ptr_eq(other, job)));
    }

    fn serve(&self) {
        let mut wanted = self.wanted();
        loop {
            wanted = match wanted.pop_front() {
                Some(job) => {
                    self.entries.store(wanted.len(), Ordering::Relaxed);
                    drop(wanted);
                    job.help();
                    drop(job);
                    self.linger();
                    self.wanted()
                }
                None => self.bell.wait(wanted).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }

    /// Waits for the next call without sleeping, for a while.
    fn linger(&self) {
        let since = Instant::now();
        while self.entries.load(Ordering::Relaxed) == 0 && since.elapsed() < LINGER {
            std::hint::spin_loop();
        }
    }
}

/// What a call shares with its helpers; it may outlive the call, the work that it points to may not.
struct Job {
    claims: Claims,
    /// The number of helpers inside, and `CLOSED` once no more may enter.
    gate: AtomicUsize,
    work: *const Work<'static>,
    caller: Thread,
    forks: usize,
    /// The first panic of a helper.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

const CLOSED: usize = 1 << (usize::BITS - 1);

// SAFETY: of its fields only `work` is not `Send` and `Sync` by itself; it points to a `Sync` function, and is followed
// only by helpers inside the gate, whom the call awaits before the function's borrow ends.
unsafe impl Send for Job {}
// SAFETY: as above.
unsafe impl Sync for Job {}

impl Job {
    fn new(tasks: usize, threads: usize, work: &Work<'_>) -> Arc<Job> {
        #[allow(clippy::transmute_ptr_to_ptr)] // a cast cannot change a lifetime
        // SAFETY: only the lifetime in the pointer's type changes; whoever follows the pointer says why it may.
        let work: *const Work<'static> = unsafe { std::mem::transmute(ptr::from_ref(work)) };
        Arc::new(Job {
            claims: Claims::new(tasks, threads),
            gate: AtomicUsize::new(0),
            work,
            caller: thread::current(),
            forks: FORKS.load(Ordering::Relaxed),
            panic: Mutex::new(None),
        })
    }

    /// A worker's part in the call; nothing once the gate is closed.
    fn help(&self) {
        let open = |gate: usize| (gate & CLOSED == 0).then_some(gate + 1);
        if self.gate.fetch_update(Ordering::Acquire, Ordering::Relaxed, open).is_err() {
            return;
        }
        // SAFETY: this thread is inside the gate, so `Call::drop` has not returned and `share`'s borrow of the
        // work is alive; it stays so until the gate is left below.
        let work = unsafe { &*self.work };
        if let Err(payload) =
            catch_unwind(AssertUnwindSafe(|| self.claims.drain(work, &mut || self.claims.is_stopped())))
        {
            self.claims.stop();
            self.panic.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(payload);
        }
        if self.gate.fetch_sub(1, Ordering::Release) == CLOSED + 1 {
            self.caller.unpark();
        }
    }

    /// Closes the gate and waits for the helpers inside.
    fn join(&self, stop: &mut Stop<'_>) {
        self.gate.fetch_or(CLOSED, Ordering::Relaxed);
        let began = Instant::now();
        while !self.is_finished() && self.is_of_this_process() {
            if began.elapsed() < SPIN {
                std::hint::spin_loop();
            } else {
                thread::park_timeout(POLL);
            }
            if stop() {
                self.claims.stop();
            }
        }
    }

    fn is_of_this_process(&self) -> bool {
        self.forks == FORKS.load(Ordering::Relaxed)
    }

    /// Whether the gate is closed and every helper has left; never, where a fork left some behind.
    fn is_finished(&self) -> bool {
        self.gate.load(Ordering::Acquire) == CLOSED
    }
}

/// The caller's hold on its job: ends it and joins the helpers even when a task or `interrupt` unwinds.
struct Call {
    job: Arc<Job>,
    pool: &'static Pool,
}

impl Drop for Call {
    fn drop(&mut self) {
        self.job.claims.stop();
        self.job.join(&mut || false);
        // Not in a child that was forked meanwhile: the lock may be held there by a thread that is gone.
        if self.job.is_of_this_process() {
            self.pool.uninvite(&self.job);
        }
    }
}
