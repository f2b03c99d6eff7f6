//! Reductions by name.

use crate::error::{Kind, raise};
use lossreg_core::engine::request::Reduction;
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::PyString;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The reductions with their names, the default first.
const REDUCTIONS: [(&str, Reduction); 4] = [
    ("mean", Reduction::Mean),
    ("sum", Reduction::Sum),
    ("none", Reduction::None),
    ("weighted_mean", Reduction::WeightedMean),
];

/// The interned names of the reductions: a string literal in the caller's code is one of these very objects.
static INTERNED: [AtomicPtr<ffi::PyObject>; 4] = [const { AtomicPtr::new(null_mut()) }; 4];

/// Interns the names of the reductions.
pub fn init(py: Python<'_>) {
    for (slot, (name, _)) in INTERNED.iter().zip(REDUCTIONS) {
        slot.store(PyString::intern(py, name).into_ptr(), Ordering::Relaxed);
    }
}

/// The reduction of that name, the default where none is given.
#[inline]
pub fn named(py: Python<'_>, given: Option<&Bound<'_, PyAny>>) -> PyResult<Reduction> {
    let Some(given) = given else { return Ok(Reduction::Mean) };
    for (slot, (_, reduction)) in INTERNED.iter().zip(REDUCTIONS) {
        if slot.load(Ordering::Relaxed) == given.as_ptr() {
            return Ok(reduction);
        }
    }
    let name = given.cast::<PyString>().map(ToString::to_string).unwrap_or_default();
    REDUCTIONS.into_iter().find(|(known, _)| *known == name).map(|(_, reduction)| reduction).ok_or_else(|| {
        let came = given.repr().map_or_else(|_| "something else".to_owned(), |text| text.to_string());
        let names = REDUCTIONS.map(|(name, _)| format!("'{name}'")).join(", ");
        raise(py, Kind::Parameter, &format!("reduction is {came}; wanted one of {names}"))
    })
}
