//! Errors as Python sees them: the classes of `lossreg.errors`, looked up when one is raised.

use pyo3::exceptions::{PyKeyboardInterrupt, PyMemoryError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::any::Any;

/// Which class an error is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Alias,
    Derivative,
    Domain,
    Dtype,
    Empty,
    Internal,
    Interrupt,
    Memory,
    Parameter,
    Plugin,
    Shape,
    Type,
    UnknownLoss,
}

/// A fact of an error beside its sentence: an attribute of the exception, such as `argument`.
pub type Fact<'a, 'py> = (&'a str, Bound<'py, PyAny>);

/// The error itself.
#[cold]
pub fn raise(py: Python<'_>, kind: Kind, message: &str) -> PyErr {
    raise_with(py, kind, message, [])
}

/// The error itself, with the facts of its sentence as attributes, which its class has to declare.
#[cold]
pub fn raise_with<'a, 'py>(
    py: Python<'py>,
    kind: Kind,
    message: &str,
    facts: impl IntoIterator<Item = Fact<'a, 'py>>,
) -> PyErr {
    let class = match kind {
        Kind::Interrupt => return PyKeyboardInterrupt::new_err(()),
        Kind::Memory => return PyMemoryError::new_err(message.to_owned()),
        Kind::Type => return PyTypeError::new_err(message.to_owned()),
        Kind::Alias => "AliasError",
        Kind::Derivative => "DerivativeError",
        Kind::Domain => "DomainError",
        Kind::Dtype => "DtypeError",
        Kind::Empty => "EmptyError",
        Kind::Internal => "InternalError",
        Kind::Parameter => "ParameterError",
        Kind::Plugin => "PluginError",
        Kind::Shape => "ShapeError",
        Kind::UnknownLoss => "UnknownLossError",
    };
    let make = || {
        let attributes = PyDict::new(py);
        for (name, value) in facts {
            attributes.set_item(name, value)?;
        }
        py.import("lossreg.errors")?.getattr(class)?.call((message,), Some(&attributes))
    };
    match make() {
        Ok(error) => PyErr::from_value(error),
        Err(error) => error,
    }
}

/// The error itself, about an argument, or where it is one of a parameter about a parameter, of that name.
#[cold]
pub fn raise_for(py: Python<'_>, kind: Kind, name: &str, message: &str) -> PyErr {
    let fact = if kind == Kind::Parameter { "parameter" } else { "argument" };
    raise_with(py, kind, message, [(fact, PyString::new(py, name).into_any())])
}

/// An object as messages show it: its repr, escaped and not endlessly, whatever its own code does.
#[cold]
pub fn shown(object: &Bound<'_, PyAny>) -> String {
    let text = || object.py().import("lossreg.shown")?.getattr("shown")?.call1((object,))?.extract();
    text().unwrap_or_else(|error: PyErr| error.to_string())
}

/// A panic as an `InternalError`, for it must not arrive as a `BaseException`.
#[cold]
pub fn bug(py: Python<'_>, panic: &(dyn Any + Send)) -> PyErr {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no message");
    raise(py, Kind::Internal, &format!("lossreg stopped at a bug of its own: {text}; please report it"))
}
