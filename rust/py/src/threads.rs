//! How many threads work, and with which instructions.

use crate::error::{Kind, raise, shown};
use lossreg_core::{parallel, simd::Level};
use pyo3::prelude::*;
use pyo3::types::PyBool;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// A number of threads from Python, at least 1.
pub fn number(object: &Bound<'_, PyAny>, name: &str) -> PyResult<usize> {
    let number = if object.is_instance_of::<PyBool>() { None } else { object.extract::<usize>().ok() };
    number.filter(|&n| n > 0).ok_or_else(|| {
        let message = format!("{name} is {}; wanted None or a whole number of at least 1", shown(object));
        raise(object.py(), Kind::Parameter, &message)
    })
}

/// Sets how many threads a call may use unless it says so itself; None goes back to the environment's number.
#[pyfunction]
pub fn set_num_threads(n: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
    parallel::set_num_threads(n.map(|n| number(n, "n")).transpose()?);
    Ok(())
}

/// How many threads a call may use unless it says so itself.
#[pyfunction]
pub fn get_num_threads() -> usize {
    parallel::num_threads()
}

/// The instruction set in use: baseline, avx2, avx512 or neon.
#[pyfunction]
pub fn cpu_level() -> &'static str {
    lossreg_core::simd::active().name()
}

/// The instruction sets that this CPU has.
#[pyfunction]
pub fn cpu_levels() -> Vec<&'static str> {
    Level::available().iter().map(|level| level.name()).collect()
}

/// Whether this is the main thread.
pub fn is_main(py: Python<'_>) -> PyResult<bool> {
    let threading = py.import("threading")?;
    let main = threading.call_method0("main_thread")?.getattr("ident")?;
    threading.call_method0("get_ident")?.eq(main)
}

/// Whether the interpreter is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);
/// Threads, but for the main one, on their way back to the interpreter.
static RETURNING: AtomicUsize = AtomicUsize::new(0);

/// Runs work without the interpreter. Any thread but the main one never comes back to an interpreter that is about to end: Python
/// would end the thread in the midst of frames that cannot be left so.
pub fn released<R: Send>(py: Python<'_>, is_main: bool, work: impl FnOnce() -> R + Send) -> R {
    /// On the way back, also by a panic.
    struct Back(bool);
    impl Drop for Back {
        fn drop(&mut self) {
            if self.0 {
                RETURNING.fetch_add(1, Ordering::SeqCst);
                while ENDING.load(Ordering::SeqCst) {
                    RETURNING.store(0, Ordering::SeqCst);
                    thread::park();
                }
            }
        }
    }
    /// Back again.
    struct There(bool);
    impl Drop for There {
        fn drop(&mut self) {
            if self.0 {
                RETURNING.fetch_sub(1, Ordering::SeqCst);
            }
        }
    }
    let _there = There(!is_main);
    py.detach(|| {
        let _back = Back(!is_main);
        work()
    })
}

/// Keeps other threads from coming back to an interpreter that is about to end, and lets in those that are on their way.
#[pyfunction]
pub fn begin_to_end(py: Python<'_>) {
    ENDING.store(true, Ordering::SeqCst);
    py.detach(|| {
        let since = Instant::now();
        // Not for ever: in a child forked meanwhile, the count is of threads that are not there.
        while RETURNING.load(Ordering::SeqCst) > 0 && since.elapsed() < Duration::from_millis(100) {
            thread::yield_now();
        }
    });
}

/// For programs that look for thread pools by symbol, such as threadpoolctl.
#[allow(unsafe_code)] // An exported symbol.
mod symbols {
    use lossreg_core::parallel;

    // SAFETY: the names are lossreg's own.
    #[unsafe(no_mangle)]
    extern "C" fn lossreg_get_num_threads() -> std::ffi::c_int {
        std::ffi::c_int::try_from(parallel::num_threads()).unwrap_or(std::ffi::c_int::MAX)
    }

    // SAFETY: as above.
    #[unsafe(no_mangle)]
    extern "C" fn lossreg_set_num_threads(n: std::ffi::c_int) {
        parallel::set_num_threads(usize::try_from(n).ok().filter(|&n| n > 0));
    }
}
