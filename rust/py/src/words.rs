//! What the engine stopped at, in words.

use crate::error::{Kind, raise, raise_with};
use crate::front::arrays::Array;
use crate::front::shape::Axes;
use crate::plan::Plan;
use lossreg_core::engine::memory::Dtype;
use lossreg_core::error::Error;
use pyo3::prelude::*;
use pyo3::types::{PyInt, PyString, PyTuple};
use std::fmt::{Display, LowerExp};

/// What stopped a run.
pub enum Stop {
    Engine(Error),
    Python(PyErr),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Stop {
        Stop::Engine(error)
    }
}

impl From<PyErr> for Stop {
    fn from(error: PyErr) -> Stop {
        Stop::Python(error)
    }
}

/// It as an error of Python's.
#[cold]
pub fn in_words(py: Python<'_>, stop: Stop, plan: &Plan<'_, '_>) -> PyErr {
    match stop {
        Stop::Python(error) => error,
        Stop::Engine(Error::Domain { argument, index, value, wanted }) => {
            let target = plan.y.filter(|y| y.name == argument);
            let array = target.unwrap_or(plan.x);
            outside(py, array, place(plan, index, target), value, &wanted)
        }
        Stop::Engine(Error::Empty(message)) => raise(py, Kind::Empty, &message),
        Stop::Engine(Error::Failed(message)) => raise(py, Kind::Plugin, &message),
        Stop::Engine(Error::OutOfMemory) => raise(py, Kind::Memory, "not enough memory for the work space of a row"),
        Stop::Engine(Error::Interrupted) => raise(py, Kind::Interrupt, "interrupted"),
    }
}

/// Where an element is, from its number: of a target with axes of its own, or of an argument whose classes the engine counts last.
fn place(plan: &Plan<'_, '_>, index: usize, target: Option<&Array<'_>>) -> Vec<usize> {
    match target.filter(|y| y.shape().ndim() != plan.x.shape().ndim()) {
        Some(y) => y.shape().unravel(index, Axes::NONE),
        None => plan.x.shape().unravel(index, plan.inner),
    }
}

/// A number outside of its domain: the error says so in its message and in attributes.
fn outside(py: Python<'_>, array: &Array<'_>, place: Vec<usize>, seen: f64, wanted: &str) -> PyErr {
    let attributes = || -> PyResult<PyErr> {
        let place = PyTuple::new(py, place)?;
        let value = array.object.get_item(&place)?.call_method0("item")?;
        // Whole numbers in full, others as short as their own dtype allows.
        let said = match array.dtype() {
            _ if value.is_instance_of::<PyInt>() => value.str()?.to_string(),
            Dtype::F64 => number(seen),
            _ => number(seen as f32),
        };
        let index = if place.len() == 1 { place.get_item(0)? } else { place.into_any() };
        let message = format!("{} holds {said} at index {index}; wanted {wanted}", array.name);
        let argument = PyString::new(py, array.name).into_any();
        Ok(raise_with(py, Kind::Domain, &message, [("argument", argument), ("index", index), ("value", value)]))
    };
    attributes().unwrap_or_else(|error| error)
}

/// A number without more zeros than digits.
fn number<T: Display + LowerExp + Into<f64> + Copy>(x: T) -> String {
    let size = x.into().abs();
    if size.is_nan() {
        return "nan".to_owned();
    }
    if size == 0.0 || (1e-5..1e16).contains(&size) { x.to_string() } else { format!("{x:e}") }
}
