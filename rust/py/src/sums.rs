//! What a `lossreg.State` holds. Its methods are in `state.rs`, and a call may be told by one of what its losses are a part.

#![allow(clippy::doc_markdown)] // Docs are Python's.

use crate::loss::Loss;
use lossreg_core::engine::request::Reduction;
use lossreg_core::engine::sums::Totals;
use pyo3::prelude::*;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The sums of a loss over data that come in parts: in files, on many machines, or while a model is trained.
///
/// They are exact, so ``result`` has the same bits however the data are divided and in whichever order they come, and they are those
/// of one call over all of them. A state takes about a kilobyte, however much it has seen. ``loss.state()`` makes one.
///
/// Examples
/// --------
/// >>> import lossreg
/// >>> loss = lossreg.get("squared_error")
/// >>> first = loss.state().update([1.0, 2.0], [1.5, 2.0])
/// >>> second = loss.state().update([3.0], [5.0])
/// >>> (first + second).result() == loss([1.0, 2.0, 3.0], [1.5, 2.0, 5.0])
/// True
#[pyclass(frozen, weakref, module = "lossreg._native")]
pub struct State {
    pub loss: Py<Loss>,
    pub reduction: Reduction,
    /// One for each array of scores of an adversarial loss, a single one of any other.
    pub sides: Mutex<Vec<Totals>>,
}

impl State {
    /// The sums, while nobody else changes them.
    pub fn sides(&self) -> MutexGuard<'_, Vec<Totals>> {
        self.sides.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
