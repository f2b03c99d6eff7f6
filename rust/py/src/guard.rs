//! What surrounds native code that Python calls: a panic becomes an error, code that calls itself without end is stopped before the
//! stack is full, and the interpreter does not end in the midst of it.
//!
//! When an interpreter ends, Python ends each of its daemon threads where that next asks for the interpreter, by unwinding its
//! stack; frames of native code cannot be left so, and the process would die. So the end waits for threads that are inside, and
//! those that come later, or come back from work without the interpreter, wait forever. The main thread is none of them.

use crate::error::bug;
use pyo3::exceptions::PyRecursionError;
use pyo3::prelude::*;
use pyo3::types::IntoPyDict;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Threads inside that hold the interpreter or are to get it again, but for the main thread.
static INSIDE: AtomicUsize = AtomicUsize::new(0);
/// Whether the interpreter is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);
/// Which thread is the main one, by [`here`]; 0 until it is seen.
static MAIN: AtomicUsize = AtomicUsize::new(0);

/// How long the end waits for those inside: longer than code of others takes on a busy machine, and not forever for what does
/// not return.
const PATIENCE: Duration = Duration::from_secs(10);

/// Prepares the end of the interpreter, and forks.
pub fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    let (end, child) = (wrap_pyfunction!(begin_to_end, module)?, wrap_pyfunction!(begin_in_child, module)?);
    py.import("atexit")?.call_method1("register", (end,))?;
    if let Ok(register) = py.import("os")?.getattr("register_at_fork") {
        register.call((), Some(&[("after_in_child", child)].into_py_dict(py)?))?;
    }
    Ok(())
}

#[pyfunction]
fn begin_to_end(py: Python<'_>) {
    ENDING.store(true, Ordering::SeqCst);
    if INSIDE.load(Ordering::SeqCst) == 0 {
        return; // In a subinterpreter that ends last, whoever gives the interpreter away never gets it again.
    }
    py.detach(|| {
        let since = Instant::now();
        while INSIDE.load(Ordering::SeqCst) > 0 && since.elapsed() < PATIENCE {
            thread::yield_now();
        }
    });
}

/// In a child the thread that forked is the main one, and there is no other.
#[pyfunction]
fn begin_in_child() {
    MAIN.store(here(), Ordering::Relaxed);
    INSIDE.store(0, Ordering::SeqCst);
}

thread_local! {
    /// How many calls of native code are nested in this thread.
    static NESTED: Cell<usize> = const { Cell::new(0) };
}

/// The most nested calls, each of which takes some 20 kB of the stack: Python's own limit would come too late.
const DEEPEST: usize = 32;

/// Something that tells living threads apart, cheaply.
#[inline(always)]
fn here() -> usize {
    NESTED.with(|nested| std::ptr::from_ref(nested) as usize)
}

/// Whether this is the main thread, the only one that receives signals.
#[inline(always)]
pub fn is_main(py: Python<'_>) -> bool {
    let main = MAIN.load(Ordering::Relaxed);
    main == here() || main == 0 && find_main(py).unwrap_or(false)
}

#[cold]
fn find_main(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    let found = threading.call_method0("get_ident")?.eq(main)?;
    if found {
        MAIN.store(here(), Ordering::Relaxed);
    }
    Ok(found)
}

/// Runs native code that Python called.
#[inline(always)]
pub fn guarded<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    let _inside = Inside::enter(py);
    if NESTED.get() > DEEPEST {
        return Err(too_deep());
    }
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(bug(py, &*panic)))
}

#[cold]
fn too_deep() -> PyErr {
    PyRecursionError::new_err(format!("a loss calls itself: calls of losses are nested {DEEPEST} deep"))
}

/// Runs work of native code without the interpreter; it learns whether it is the main thread's.
pub fn released<R: Send>(py: Python<'_>, work: impl FnOnce(bool) -> R + Send) -> R {
    let is_main = is_main(py);
    py.detach(|| {
        let _outside = (!is_main).then(|| {
            leave();
            Return
        });
        work(is_main)
    })
}

/// A call inside; whether it is one of a thread that is not the main one.
struct Inside(bool);

impl Inside {
    #[inline(always)]
    fn enter(py: Python<'_>) -> Inside {
        let counts = !is_main(py);
        NESTED.set(NESTED.get() + 1);
        if counts {
            INSIDE.fetch_add(1, Ordering::SeqCst);
            if ENDING.load(Ordering::SeqCst) {
                py.detach(wait_forever);
            }
        }
        Inside(counts)
    }
}

impl Drop for Inside {
    #[inline(always)]
    fn drop(&mut self) {
        NESTED.set(NESTED.get() - 1);
        if self.0 {
            leave();
        }
    }
}

/// On the way back to the interpreter.
struct Return;

impl Drop for Return {
    fn drop(&mut self) {
        INSIDE.fetch_add(1, Ordering::SeqCst);
        if ENDING.load(Ordering::SeqCst) {
            wait_forever();
        }
    }
}

/// One thread less is inside. In a child that was forked meanwhile, none was.
fn leave() {
    let less = |inside: usize| Some(inside.saturating_sub(1));
    let _ = INSIDE.fetch_update(Ordering::SeqCst, Ordering::SeqCst, less);
}

fn wait_forever() {
    leave();
    loop {
        thread::park();
    }
}
