//! `lossreg._native`: the arithmetic of lossreg-core over NumPy arrays.

mod author;
mod catalog;
mod domains;
mod error;
mod evaluator;
mod ffi;
mod formula;
mod front;
mod guard;
mod kernel;
mod loss;
mod methods;
mod ops;
mod params;
mod plan;
mod run;
mod short;
mod start;
mod state;
mod sums;
mod threads;
mod twins;
mod words;

use pyo3::exceptions::PyImportError;
use pyo3::prelude::*;

/// The native half of lossreg.
// Nothing here needs the interpreter's lock: classes are frozen, what changes has a lock of its own, under which no Python runs.
#[pymodule(name = "_native", gil_used = false)]
fn native(module: &Bound<'_, PyModule>) -> PyResult<()> {
    lossreg_core::parallel::init();
    lossreg_core::simd::init().map_err(PyImportError::new_err)?;
    module.py().import("numpy")?; // without which the look-up of its interface would panic
    front::numpy::init(module.py());
    front::call::init(module.py());
    module.add("__version__", env!("CARGO_PKG_VERSION"))?;
    module.add_class::<loss::Loss>()?;
    module.add_class::<sums::State>()?;
    module.add_class::<formula::Formula>()?;
    module.add_class::<kernel::Kernel>()?;
    module.add_function(wrap_pyfunction!(formula::formula_functions, module)?)?;
    module.add_function(wrap_pyfunction!(formula::is_of_classes, module)?)?;
    module.add_function(wrap_pyfunction!(catalog::catalog, module)?)?;
    module.add_function(wrap_pyfunction!(catalog::check_params, module)?)?;
    module.add_function(wrap_pyfunction!(ops::map_elements, module)?)?;
    module.add_function(wrap_pyfunction!(ops::map_rows, module)?)?;
    module.add_function(wrap_pyfunction!(start::summary, module)?)?;
    module.add_function(wrap_pyfunction!(start::between, module)?)?;
    module.add_function(wrap_pyfunction!(start::slope, module)?)?;
    module.add_function(wrap_pyfunction!(threads::set_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(threads::get_num_threads, module)?)?;
    module.add_function(wrap_pyfunction!(threads::cpu_level, module)?)?;
    module.add_function(wrap_pyfunction!(threads::cpu_levels, module)?)?;
    module.add_function(wrap_pyfunction!(ffi::xla_name, module)?)?;
    module.add_function(wrap_pyfunction!(ffi::xla_handler, module)?)?;
    guard::init(module)?;
    Ok(())
}
