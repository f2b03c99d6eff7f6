//! A loss written in Python: what its class says of it, and its methods, which get checked arrays and return unreduced ones.

use crate::domains;
use crate::error::{Kind, raise, shown};
use lossreg_core::loss::{Domain, Family};
use pyo3::prelude::*;
use pyo3::types::PyString;

/// A loss written in Python.
pub struct Author<'a, 'py> {
    loss: &'a Bound<'py, PyAny>,
    pub name: String,
    pub family: Family,
    pub target: Domain,
    pub prediction: Domain,
}

/// A method of the author's, by what it returns.
#[derive(Clone, Copy)]
pub enum Method {
    Value,
    Grad,
    Hess,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Method::Value => "per_element",
            Method::Grad => "per_element_grad",
            Method::Hess => "per_element_hess",
        }
    }
}

impl<'a, 'py> Author<'a, 'py> {
    /// What is said of a loss that nobody has written.
    pub const NO_FORMULA: &'static str =
        "this loss has no formula: get one by lossreg.get, or write one as a subclass of lossreg.PythonLoss";

    /// The author of a loss, read from its class.
    pub fn of(loss: &'a Bound<'py, PyAny>) -> PyResult<Self> {
        let py = loss.py();
        if !loss.hasattr(Method::Value.name())? {
            return Err(raise(py, Kind::Type, Author::NO_FORMULA));
        }
        let row_wise = loss.getattr("family")?.cast::<PyString>().is_ok_and(|family| family == "row-wise");
        // An element has no class: an index is any number that is not negative.
        let of_elements = |domain| match domain {
            Domain::ClassIndex | Domain::ClassIndexOrProbability if !row_wise => Domain::NonNegative,
            domain => domain,
        };
        Ok(Author {
            loss,
            name: loss.getattr("name")?.extract()?,
            family: if row_wise { Family::RowWise } else { Family::Pointwise },
            target: of_elements(domain(&loss.getattr("target")?)?),
            prediction: domain(&loss.getattr("prediction")?)?,
        })
    }

    /// Whether the class leaves a method to its base, which only raises.
    pub fn lacks(&self, method: Method) -> PyResult<bool> {
        let base = self.loss.getattr("_base")?;
        Ok(self.loss.get_type().getattr(method.name())?.is(&base.getattr(method.name())?))
    }

    /// What a method returns for some arguments: an array of numbers of that shape.
    pub fn call(
        &self,
        method: Method,
        arguments: (&Bound<'py, PyAny>, &Bound<'py, PyAny>),
        shape: &[usize],
    ) -> PyResult<Bound<'py, PyAny>> {
        let numpy = self.loss.py().import("numpy")?;
        let result = numpy.call_method1("asanyarray", (self.quietly(method, arguments)?,))?;
        let masked = numpy.getattr("ma")?.getattr("MaskedArray")?;
        if result.is_instance(&masked)? {
            return Err(self.refused(method, "a masked array", shape)?);
        }
        let result = numpy.call_method1("asarray", (result,))?;
        let dtype = result.getattr("dtype")?;
        let kind: char = dtype.getattr("kind")?.extract()?;
        let came: Vec<usize> = result.getattr("shape")?.extract()?;
        if came == shape && "biuf".contains(kind) {
            return Ok(result);
        }
        let came: Bound<'py, PyAny> = result.getattr("shape")?;
        Err(self.refused(method, &format!("shape {came} and dtype {dtype}"), shape)?)
    }

    /// Calls a method with NumPy's floating-point warnings off: NaN and inf are results.
    fn quietly(&self, method: Method, (y, x): (&Bound<'py, PyAny>, &Bound<'py, PyAny>)) -> PyResult<Bound<'py, PyAny>> {
        let py = self.loss.py();
        let options = pyo3::types::PyDict::new(py);
        options.set_item("all", "ignore")?;
        let state = py.import("numpy")?.call_method("errstate", (), Some(&options))?;
        state.call_method0("__enter__")?;
        let result = self.loss.call_method1(method.name(), (y, x));
        state.call_method1("__exit__", (py.None(), py.None(), py.None()))?;
        result
    }

    /// Whether the class declares a parameter of that name.
    pub fn has_parameter(&self, name: &str) -> bool {
        self.loss.getattr("params").and_then(|params| params.contains(name)).unwrap_or(false)
    }

    #[cold]
    fn refused(&self, method: Method, came: &str, shape: &[usize]) -> PyResult<PyErr> {
        let py = self.loss.py();
        let provider: String = self.loss.getattr("info")?.getattr("provider")?.extract()?;
        let whose = if provider.is_empty() { self.name.clone() } else { format!("{} ({provider})", self.name) };
        let class = self.loss.get_type().name()?;
        let wanted = pyo3::types::PyTuple::new(py, shape)?;
        let message =
            format!("{class}.{} of the loss {whose} returned {came}; wanted shape {wanted} and numbers", method.name());
        Ok(raise(py, Kind::Plugin, &message))
    }
}

/// The domain that a class names.
fn domain(name: &Bound<'_, PyAny>) -> PyResult<Domain> {
    let text = name.extract::<String>().unwrap_or_default();
    domains::named(&text)
        .ok_or_else(|| raise(name.py(), Kind::Parameter, &format!("no domain is called {}", shown(name))))
}
