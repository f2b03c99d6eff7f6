//! Arrays of the caller that code of others sees.

use pyo3::prelude::*;

/// What stands behind an array that is lent: NumPy knows no array there that could be written to, and so lets nobody make it writable.
#[pyclass(frozen, module = "lossreg._native")]
struct Lender(Py<PyAny>);

#[pymethods]
impl Lender {
    /// The memory, as NumPy describes it, for reading only.
    #[getter(__array_interface__)]
    fn interface<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let facts = self.0.bind(py).getattr("__array_interface__")?;
        let address = facts.get_item("data")?.get_item(0)?;
        facts.set_item("data", (address, true))?;
        Ok(facts)
    }
}

/// An array over the memory of another, which nobody can write to through it.
pub fn lent<'py>(array: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = array.py();
    py.import("numpy")?.call_method1("asarray", (Lender(array.clone().unbind()),))
}
