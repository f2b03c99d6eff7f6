//! How many threads work, and with which instructions.

use crate::error::{Kind, raise_for, shown};
use lossreg_core::{parallel, simd::Level};
use pyo3::prelude::*;
use pyo3::types::PyBool;

/// A number of threads from Python, at least 1.
pub fn number(object: &Bound<'_, PyAny>, name: &str) -> PyResult<usize> {
    let number = if object.is_instance_of::<PyBool>() { None } else { object.extract::<usize>().ok() };
    number.filter(|&n| n > 0).ok_or_else(|| {
        let message = format!("{name} is {}; wanted None or a whole number of at least 1", shown(object));
        raise_for(object.py(), Kind::Parameter, name, &message)
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
