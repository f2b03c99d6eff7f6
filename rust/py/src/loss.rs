//! `lossreg.Loss`: the one class of every loss, native, with no Python wrapper between a call and the engine.

use crate::author::Author;
use crate::error::{Kind, raise};
use crate::evaluator::{Catalogued, Evaluator, Term};
use pyo3::prelude::*;

/// A loss with its parameters: immutable, hashable, equal by name and parameters, picklable. Calling one evaluates it.
///
/// Losses are made by ``lossreg.get`` or ``lossreg.losses``. What is no arithmetic (``info``, ``link``, ``repr``, equality, pickling)
/// is written in Python, in ``lossreg/loss.py``, and joined to this class when lossreg is imported.
///
/// Examples
/// --------
/// >>> import lossreg
/// >>> huber = lossreg.get("huber", delta=2.0)
/// >>> huber
/// huber(delta=2.0)
/// >>> huber([0.0, 0.0], [1.0, 4.0])
/// 3.25
#[pyclass(frozen, subclass, weakref, module = "lossreg._native")]
pub struct Loss {
    /// Its formula and parameters; none where a subclass evaluates it in Python, or it is a sum.
    pub native: Option<Catalogued>,
    /// The losses that it is a sum of, and their weights.
    pub terms: Vec<(f64, Py<Loss>)>,
}

impl Loss {
    /// Its formula and parameters; an error where it has none.
    pub fn native(&self, py: Python<'_>) -> PyResult<&Catalogued> {
        self.native.as_ref().ok_or_else(|| raise(py, Kind::Type, Author::NO_FORMULA))
    }
}

/// Who evaluates a loss, of which first and second derivatives are wanted or not.
#[inline(always)]
pub fn evaluator<'a, 'py>(loss: &'a Bound<'py, Loss>, derivatives: [bool; 2]) -> PyResult<Evaluator<'a, 'py>> {
    match &loss.get().native {
        Some(native) if native.settings.has(derivatives) => Ok(Evaluator::Catalogue(native)),
        _ => elsewhere(loss, derivatives),
    }
}

/// Who evaluates a loss that is not in the catalogue, or a compiled kernel without a derivative: its class makes that of what
/// there is, as one written in Python does.
#[cold]
fn elsewhere<'a, 'py>(loss: &'a Bound<'py, Loss>, derivatives: [bool; 2]) -> PyResult<Evaluator<'a, 'py>> {
    let terms = &loss.get().terms;
    if terms.is_empty() {
        return Ok(Evaluator::Python(Author::of(loss.as_any())?));
    }
    let of_term = |(weight, term): &'a (f64, Py<Loss>)| {
        Ok(Term { weight: *weight, loss: evaluator(term.bind(loss.py()), derivatives)? })
    };
    Ok(Evaluator::Sum(terms.iter().map(of_term).collect::<PyResult<_>>()?))
}
