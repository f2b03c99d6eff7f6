//! Losses and compiled code of other libraries, without the interpreter: code that calls losses, and code that is one.

mod call;
mod frame;
pub mod kernel;

use crate::guard::guarded;
use crate::loss::Loss;
use pyo3::prelude::*;

/// Names a loss for calls by XLA. A loss that is evaluated in Python, or has derivatives from there, has no such name: ``False``.
#[pyfunction]
pub fn xla_name(loss: &Bound<'_, Loss>, name: String) -> PyResult<bool> {
    guarded(loss.py(), || {
        let native = loss.get().native.as_ref().filter(|native| native.settings.has([true; 2]));
        if let Some(native) = native {
            call::known_as(name, native);
        }
        Ok(native.is_some())
    })
}

/// The address of the function that XLA calls to evaluate losses.
#[pyfunction]
pub fn xla_handler() -> usize {
    frame::address::<call::Evaluation>()
}
