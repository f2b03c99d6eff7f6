//! Losses called by compiled code of other libraries, without the interpreter.

mod call;
mod frame;

use crate::guard::guarded;
use crate::loss::Loss;
use pyo3::prelude::*;

/// Names a loss for calls by XLA. A loss that is evaluated in Python has no such name: ``False``.
#[pyfunction]
pub fn xla_name(loss: &Bound<'_, Loss>, name: String) -> PyResult<bool> {
    guarded(loss.py(), || {
        Ok(loss.get().catalogued().is_some_and(|native| {
            call::known_as(name, native);
            true
        }))
    })
}

/// The address of the function that XLA calls to evaluate losses.
#[pyfunction]
pub fn xla_handler() -> usize {
    frame::address::<call::Evaluation>()
}
