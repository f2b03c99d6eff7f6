//! The pool's promises: each task once, never too many threads, stopped when told so, whole after panics and forks.
//!
//! On a busy machine a worker may come late. So no test gives one a time to come in: a task that needs a worker waits for its sign,
//! as long as only a hang takes. How soon a call stops is measured by the benchmarks.
#![allow(unsafe_code)] // fork, alarm, waitpid

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use lossreg_core::parallel::{Outcome, for_each_task};

/// One test at a time: they share the process's pool, and what they ask is who gets its workers, and when.
fn alone() -> MutexGuard<'static, ()> {
    static POOL: Mutex<()> = Mutex::new(());
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

fn never() -> impl FnMut() -> bool {
    || false
}

/// Keeps a core busy, as a kernel does; sleeping would let one core look like many.
fn compute(time: Duration) {
    let began = Instant::now();
    while began.elapsed() < time {
        std::hint::spin_loop();
    }
}

/// Longer than anything takes but a hang.
const HANG: Duration = Duration::from_secs(120);

/// Waits for a sign of another thread.
fn wait_for(sign: &AtomicBool) {
    wait_until(|| sign.load(Ordering::Acquire));
}

fn wait_until(happened: impl Fn() -> bool) {
    let began = Instant::now();
    while !happened() {
        assert!(began.elapsed() < HANG, "what was waited for never happened");
        thread::yield_now();
    }
}

/// Whether a call of so many tasks gets the help of a worker: each task of the caller waits for one of a worker's.
fn is_helped(tasks: usize, threads: usize) -> bool {
    let caller = thread::current().id();
    let helped = AtomicBool::new(false);
    let outcome = for_each_task(tasks, threads, &mut never(), &|_| {
        if thread::current().id() == caller {
            wait_for(&helped);
        } else {
            helped.store(true, Ordering::Release);
        }
    });
    outcome == Outcome::Done && helped.into_inner()
}

/// Runs the tasks and says whether each ran exactly once.
fn each_ran_once(tasks: usize, threads: usize, time: Duration) -> bool {
    let runs: Vec<AtomicUsize> = (0..tasks).map(|_| AtomicUsize::new(0)).collect();
    let outcome = for_each_task(tasks, threads, &mut never(), &|task| {
        compute(time);
        runs[task].fetch_add(1, Ordering::Relaxed);
    });
    outcome == Outcome::Done && runs.iter().all(|run| run.load(Ordering::Relaxed) == 1)
}

#[test]
fn each_task_runs_once() {
    let _alone = alone();
    for tasks in [0, 1, 2, 3, 7, 64, 1000] {
        for threads in [0, 1, 2, 3, 8] {
            assert!(each_ran_once(tasks, threads, Duration::ZERO), "{tasks} tasks, {threads} threads");
        }
    }
}

#[test]
fn the_limit_holds_and_is_reached() {
    let _alone = alone();
    for threads in 1..=4 {
        let (inside, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        for_each_task(64, threads, &mut never(), &|_| {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            wait_until(|| most.load(Ordering::SeqCst) >= threads);
            compute(Duration::from_micros(500)); // a thread too many would be seen
            inside.fetch_sub(1, Ordering::SeqCst);
        });
        assert_eq!(most.into_inner(), threads, "at once");
    }
}

#[test]
fn workers_are_named() {
    let _alone = alone();
    let caller = thread::current().id();
    let (helped, named) = (AtomicBool::new(false), AtomicBool::new(true));
    for_each_task(16, 2, &mut never(), &|_| {
        if thread::current().id() == caller {
            wait_for(&helped);
        } else {
            named.fetch_and(thread::current().name().is_some_and(|n| n.starts_with("lossreg-")), Ordering::Relaxed);
            helped.store(true, Ordering::Release);
        }
    });
    assert!(named.into_inner());
}

#[test]
fn an_interrupt_stops_a_call() {
    let _alone = alone();
    for threads in [1, 2, 4] {
        let (ran, running) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let mut asked = 0;
        let mut interrupt = || {
            asked += 1;
            asked == 2
        };
        let outcome = for_each_task(100_000, threads, &mut interrupt, &|_| {
            running.fetch_add(1, Ordering::SeqCst);
            compute(Duration::from_millis(1));
            ran.fetch_add(1, Ordering::SeqCst);
            running.fetch_sub(1, Ordering::SeqCst);
        });
        assert_eq!(running.into_inner(), 0, "a task outlived its call");
        assert_eq!(outcome, Outcome::Interrupted);
        assert_eq!(asked, 2, "asked again after it said stop");
        assert!(ran.into_inner() < 100_000, "the rest ran all the same");
    }
}

#[test]
fn an_interrupt_is_heard_while_others_finish() {
    let _alone = alone();
    let caller = thread::current().id();
    let (helping, heard) = (AtomicBool::new(false), AtomicBool::new(false));
    let mut polls = 0;
    let mut interrupt = || {
        polls += 1;
        heard.store(true, Ordering::Release);
        true
    };
    let outcome = for_each_task(2, 2, &mut interrupt, &|_| {
        if thread::current().id() == caller {
            wait_for(&helping);
        } else {
            helping.store(true, Ordering::Release);
            wait_for(&heard);
            thread::sleep(Duration::from_millis(60)); // in which it could be asked once more
        }
    });
    assert_eq!(outcome, Outcome::Interrupted);
    assert_eq!(polls, 1, "asked again after it said stop");
}

#[test]
fn the_first_panic_reaches_the_caller_after_everyone_left() {
    let _alone = alone();
    for culprit in [0, 17, 63] {
        let running = AtomicUsize::new(0);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            for_each_task(64, 3, &mut never(), &|task| {
                running.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_micros(300));
                running.fetch_sub(1, Ordering::SeqCst);
                assert!(task != culprit, "task {culprit} failed");
            })
        }));
        assert_eq!(running.into_inner(), 0, "a task outlived its call");
        let message = caught.expect_err("the panic was lost");
        assert_eq!(message.downcast_ref::<String>(), Some(&format!("task {culprit} failed")));
        assert!(each_ran_once(64, 3, Duration::ZERO), "the pool did not survive");
    }
}

#[test]
fn a_panic_on_a_worker_stops_the_caller() {
    let _alone = alone();
    let caller = thread::current().id();
    let ran = AtomicUsize::new(0);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        for_each_task(100_000, 2, &mut never(), &|_| {
            ran.fetch_add(1, Ordering::Relaxed);
            thread::sleep(Duration::from_micros(200));
            assert!(thread::current().id() == caller, "on a worker");
        })
    }));
    assert_eq!(caught.expect_err("the panic was lost").downcast_ref::<&str>(), Some(&"on a worker"));
    assert!(ran.into_inner() < 100_000, "the rest ran all the same");
}

#[test]
fn a_panicking_interrupt_leaves_nobody_behind() {
    let _alone = alone();
    let running = AtomicUsize::new(0);
    let caught = catch_unwind(AssertUnwindSafe(|| {
        for_each_task(100_000, 2, &mut || panic!("asked"), &|_| {
            running.fetch_add(1, Ordering::SeqCst);
            thread::sleep(Duration::from_millis(1));
            running.fetch_sub(1, Ordering::SeqCst);
        })
    }));
    assert!(caught.is_err());
    assert_eq!(running.into_inner(), 0, "a task outlived its call");
}

#[test]
fn a_call_inside_a_task_runs_on_its_thread() {
    let _alone = alone();
    let inner = AtomicUsize::new(0);
    for_each_task(8, 2, &mut never(), &|_| {
        let here = thread::current().id();
        for_each_task(8, 8, &mut never(), &|_| {
            assert_eq!(thread::current().id(), here);
            inner.fetch_add(1, Ordering::Relaxed);
        });
        thread::sleep(Duration::from_millis(1));
    });
    assert_eq!(inner.into_inner(), 64);
}

#[test]
fn eight_callers_share_the_pool() {
    let _alone = alone();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..100).for_each(|_| assert!(each_ran_once(50, 3, Duration::from_micros(2)))));
        }
    });
}

#[test]
fn a_late_worker_touches_nothing() {
    let _alone = alone();
    // Calls much shorter than a wake-up: most invitations arrive after the data is gone.
    for round in 0..20_000_usize {
        let data: Vec<AtomicUsize> = (0..2).map(|_| AtomicUsize::new(round)).collect();
        for_each_task(2, 2, &mut never(), &|task| {
            data[task].fetch_add(1, Ordering::Relaxed);
        });
        assert!(data.iter().all(|value| value.load(Ordering::Relaxed) == round + 1));
    }
}

#[test]
fn a_long_call_beside_many_short_ones_is_helped() {
    let _alone = alone();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(Ordering::Relaxed) {
                assert!(each_ran_once(2, 2, Duration::ZERO));
            }
        });
        let helped = (0..20).filter(|_| is_helped(200, 2)).count();
        stop.store(true, Ordering::Relaxed);
        assert_eq!(helped, 20, "calls that were helped");
    });
}

/// Forks and runs `child` there, bounded by an alarm; its verdict is the result.
#[cfg(unix)]
fn in_a_fork(child: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child uses only what the pool promises to be usable there, and leaves by `_exit`.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork failed");
    if pid == 0 {
        // SAFETY: as above; the default action of the alarm ends the child.
        unsafe { libc::alarm(2 * HANG.as_secs() as u32) };
        let right = catch_unwind(AssertUnwindSafe(child)).unwrap_or(false);
        // SAFETY: ends the child without running the parent's exit handlers.
        unsafe { libc::_exit(i32::from(!right)) };
    }
    let mut status = 0;
    // SAFETY: `pid` is a child of this process and `status` a valid place.
    let waited = unsafe { libc::waitpid(pid, &raw mut status, 0) };
    waited == pid && libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0
}

/// Whether a call really uses several threads, and runs each task once.
#[cfg(unix)]
fn computes_in_parallel() -> bool {
    is_helped(40, 3) && each_ran_once(500, 3, Duration::ZERO)
}

#[cfg(unix)]
#[test]
fn children_forked_amid_computations_compute_in_parallel() {
    let _alone = alone();
    lossreg_core::parallel::init();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    assert!(each_ran_once(20, 3, Duration::from_micros(50)));
                    thread::sleep(Duration::from_micros(200));
                }
            });
        }
        let right = (0..50).filter(|_| in_a_fork(computes_in_parallel)).count();
        let grandchild = in_a_fork(|| computes_in_parallel() && in_a_fork(computes_in_parallel));
        stop.store(true, Ordering::Relaxed);
        assert_eq!(right, 50, "children that computed rightly");
        assert!(grandchild, "a child of a child");
    });
    assert!(computes_in_parallel(), "the parent's pool survived");
}

#[cfg(unix)]
#[test]
fn a_child_forked_by_the_interrupt_neither_hangs_nor_lies() {
    let _alone = alone();
    // The tasks of workers that stayed in the parent are lost to the child: it must hear so, not wait or return.
    let caller = thread::current().id();
    let mut child = None;
    let (helping, forked) = (AtomicBool::new(false), AtomicBool::new(false));
    let ended = catch_unwind(AssertUnwindSafe(|| {
        let mut interrupt = || {
            if child.is_none() {
                // SAFETY: the child only unwinds to the end of this test and leaves by `_exit`.
                child = Some(unsafe { libc::fork() });
                // SAFETY: a bound for the child; the parent goes on without it.
                unsafe { libc::alarm(if child == Some(0) { 2 * HANG.as_secs() as u32 } else { 0 }) };
                forked.store(true, Ordering::Release);
            }
            false
        };
        for_each_task(2, 2, &mut interrupt, &|_| {
            if thread::current().id() == caller {
                wait_for(&helping);
            } else {
                helping.store(true, Ordering::Release);
                wait_for(&forked);
            }
        })
    }));
    if child == Some(0) {
        // SAFETY: ends the child without running the parent's exit handlers.
        unsafe { libc::_exit(i32::from(ended.is_ok() || !computes_in_parallel())) };
    }
    let mut status = 0;
    // SAFETY: the child forked above, and a valid place for its status.
    unsafe { libc::waitpid(child.expect("never asked"), &raw mut status, 0) };
    assert!(ended.is_ok_and(|outcome| outcome == Outcome::Done));
    assert!(libc::WIFEXITED(status) && libc::WEXITSTATUS(status) == 0, "status {status}");
}
