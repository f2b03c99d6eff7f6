//! `lossreg._native.Kernel`: a compiled kernel of another package; with numbers for its parameters it becomes a loss.

#![allow(clippy::needless_pass_by_value)] // Arguments come from Python.

use crate::domains;
use crate::error::{Kind, raise, shown};
use crate::evaluator::{Catalogued, Defined};
use crate::ffi::kernel::{self as ffi, Typed};
use crate::guard::guarded;
use lossreg_core::engine::blocks::LANES;
use lossreg_core::engine::kernel::Blocks;
use lossreg_core::engine::program::{Failure, Interpreted, Interpreter, Rows, Sees};
use lossreg_core::engine::programmed;
use lossreg_core::engine::sums::Summed;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::loss::{Cost, Domain};
use lossreg_core::number::Float;
use lossreg_core::simd::{self, Body, Level};
use lossreg_kernel::abi::{CONVEX, HAS_GRAD, HAS_HESS, HIGH_OPEN, LIGHT, LOW_OPEN, SWITCH};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyCapsule, PyDict, PyList};
use std::fmt;
use std::sync::Arc;

/// A compiled kernel, from its capsule. `whose` is what handed it over, for errors.
#[pyclass(frozen, module = "lossreg._native")]
pub struct Kernel {
    compiled: Arc<ffi::Kernel>,
    by_rows: bool,
    domains: [Domain; 2],
    defined: Arc<Defined>,
}

#[pymethods]
impl Kernel {
    #[new]
    fn new(py: Python<'_>, capsule: &Bound<'_, PyAny>, whose: &str) -> PyResult<Self> {
        guarded(py, || {
            let refused = |came: &str| raise(py, Kind::Plugin, &format!("{whose} returned {came}"));
            let Ok(capsule) = capsule.cast::<PyCapsule>() else {
                return Err(refused(&format!("{}; wanted a PyCapsule", shown(capsule))));
            };
            let kernel = ffi::Kernel::of(capsule).map_err(|came| refused(&came))?;
            let name = kernel.texts.name.clone();
            let kernel_with = |what: &str| refused(&format!("a kernel {name} with {what}"));
            let known = HAS_GRAD | HAS_HESS | CONVEX | LIGHT;
            if kernel.flags & !known != 0 {
                return Err(kernel_with(&format!("flags {:#x}; this lossreg knows {known:#x}", kernel.flags)));
            }
            let by_rows = kernel.by_rows().map_err(kernel_with)?;
            let domain = |what: &str, text: &str| {
                let text = if text.is_empty() { "real" } else { text };
                let fits = |domain: &Domain| match domain {
                    Domain::ClassIndex | Domain::ClassIndexOrProbability => by_rows && what == "target",
                    Domain::Label | Domain::SoftLabel => !by_rows,
                    _ => true,
                };
                domains::named(text).filter(fits).ok_or_else(|| {
                    let of = if by_rows { "rows" } else { "elements" };
                    kernel_with(&format!("{what} {text:?}, which is no domain of {of}"))
                })
            };
            let domains = [domain("target", &kernel.texts.target)?, domain("prediction", &kernel.texts.prediction)?];
            let params = kernel.params.iter().map(|param| param.name.clone()).collect();
            let defined =
                Arc::new(Defined { name: name.clone(), params, columns: Vec::new(), target_columns: Vec::new() });
            Ok(Kernel { compiled: Arc::new(kernel), by_rows, domains, defined })
        })
    }

    /// What it says of itself, as a dict.
    fn described<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let ffi::Kernel { texts, params, flags, .. } = &*self.compiled;
        let dict = PyDict::new(py);
        for (name, text) in [
            ("name", &texts.name),
            ("summary", &texts.summary),
            ("formula", &texts.formula),
            ("source", &texts.source),
            ("link", &texts.link),
        ] {
            dict.set_item(name, text)?;
        }
        dict.set_item("row_wise", self.by_rows)?;
        for (name, domain) in ["target", "prediction"].into_iter().zip(self.domains) {
            dict.set_item(name, domain.name())?;
        }
        let list = PyList::empty(py);
        for param in params {
            let ffi::Param { name, doc, initial, low, high, flags } = param;
            let item = PyDict::new(py);
            item.set_item("name", name)?;
            item.set_item("doc", doc)?;
            item.set_item("switch", flags & SWITCH != 0)?;
            item.set_item("default", initial)?;
            item.set_item("low", (low, flags & LOW_OPEN != 0))?;
            item.set_item("high", (high, flags & HIGH_OPEN != 0))?;
            list.append(item)?;
        }
        dict.set_item("params", list)?;
        for (name, flag) in [("has_grad", HAS_GRAD), ("has_hess", HAS_HESS), ("convex", CONVEX)] {
            dict.set_item(name, flags & flag != 0)?;
        }
        Ok(dict)
    }

    /// The same text for the same functions, texts and parameters.
    #[getter]
    fn key(&self) -> String {
        self.compiled.key()
    }
}

impl Kernel {
    /// The loss with these parameters.
    ///
    /// # Errors
    /// Where one of them is no number.
    pub fn with(&self, params: &Bound<'_, PyDict>) -> PyResult<Catalogued> {
        let mut numbers = Vec::new();
        for name in &self.defined.params {
            numbers.push(match params.get_item(name)? {
                Some(value) if value.is_instance_of::<PyBool>() => f64::from(u8::from(value.is_truthy()?)),
                Some(value) => value.extract()?,
                None => f64::NAN,
            });
        }
        let program = Compiled { kernel: self.compiled.clone(), params: numbers };
        let cost = if self.compiled.flags & LIGHT != 0 { Cost::Light } else { Cost::Heavy };
        let [target, prediction] = self.domains;
        let sees = program.sees();
        let settings = programmed::settings(Arc::new(program), target, prediction, !self.compiled.has_single());
        let entry = programmed::entry(sees, cost);
        Ok(Catalogued { entry, params: Vec::new(), settings, defined: Some(self.defined.clone()) })
    }
}

/// A kernel with numbers for its parameters: a program of the engine.
struct Compiled {
    kernel: Arc<ffi::Kernel>,
    params: Vec<f64>,
}

/// A failure that is not the kernel's: it has no such derivative.
const NO_DERIVATIVE: Failure = Failure(i32::MIN);

impl Compiled {
    fn lacks(&self, grad: bool, hess: bool) -> bool {
        let [has_grad, has_hess] = self.derivatives();
        grad && !has_grad || hess && !has_hess
    }

    /// Calls the kernel for blocks.
    fn called<T: Typed + Copy>(&self, wanted: Wanted, blocks: &mut Blocks<'_, T>) -> Result<(), Failure> {
        let Blocks { y, x, value, grad, hess, .. } = blocks;
        let count = x.len();
        let outputs = [(value, wanted.value), (grad, wanted.grad), (hess, wanted.hess)].map(|(output, wanted)| {
            let there = if wanted { count.min(output.len()) } else { 0 };
            output[..there].as_flattened_mut()
        });
        self.kernel.elements(&self.params, [y.as_flattened(), x.as_flattened()], outputs).map_err(Failure)
    }
}

/// Blocks that are computed between two looks ahead: more lines at once would wait for each other.
const PIECE: usize = 4;

/// Scales and spoils what a kernel has written, and adds its values up.
fn settle<T: Float + Summed>(level: Level, wanted: Wanted, scale: T, blocks: &mut Blocks<'_, T>) {
    simd::dispatch(level, Settle { wanted, scale, blocks: &mut *blocks });
    if let (true, Some(sum)) = (wanted.value, &mut blocks.sum) {
        T::add_up(level, &blocks.value[..blocks.x.len()], sum);
    }
}

impl<T: Typed + Float + Summed> Interpreter<T> for Compiled {
    fn run(&self, level: Level, wanted: Wanted, scale: T, blocks: &mut Blocks<'_, T>) -> Result<(), Failure> {
        if self.lacks(wanted.grad, wanted.hess) {
            return Err(NO_DERIVATIVE);
        }
        self.called(wanted, blocks)?;
        settle(level, wanted, scale, blocks);
        Ok(())
    }

    fn run_far(&self, level: Level, wanted: Wanted, scale: T, blocks: &mut Blocks<'_, T>) -> Result<(), Failure> {
        if self.lacks(wanted.grad, wanted.hess) {
            return Err(NO_DERIVATIVE);
        }
        let count = blocks.x.len();
        for first in (0..count).step_by(PIECE) {
            let part = first..count.min(first + PIECE);
            let behind = |array: &[[T; LANES]]| {
                simd::prefetch(array.as_ptr().wrapping_add(array.len() + first), part.len());
            };
            let arrays = [blocks.y, blocks.x, &*blocks.grad, &*blocks.hess];
            arrays.into_iter().filter(|array| !array.is_empty()).for_each(behind);
            self.called(wanted, &mut blocks.part(part))?;
        }
        settle(level, wanted, scale, blocks);
        Ok(())
    }

    fn run_rows(&self, rows: &mut Rows<'_, T>) -> Result<(), Failure> {
        if self.lacks(!rows.grad.is_empty(), !rows.hess.is_empty()) {
            return Err(NO_DERIVATIVE);
        }
        self.kernel.rows(&self.params, rows).map_err(Failure)
    }
}

/// Derivatives times a scale, and NaN wherever an input is.
struct Settle<'r, 'a, T> {
    wanted: Wanted,
    scale: T,
    blocks: &'r mut Blocks<'a, T>,
}

impl<T: Float> Body for Settle<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Settle { wanted, scale, blocks } = self;
        if scale != T::ONE {
            for (output, wanted) in [(&mut *blocks.grad, wanted.grad), (&mut *blocks.hess, wanted.hess)] {
                for number in output.as_flattened_mut().iter_mut().filter(|_| wanted) {
                    *number = *number * scale;
                }
            }
        }
        blocks.spoil(wanted);
    }
}

impl Interpreted for Compiled {
    fn sees(&self) -> Sees {
        if self.kernel.by_rows() == Ok(true) { Sees::Rows } else { Sees::Elements }
    }

    fn single(&self) -> &dyn Interpreter<f32> {
        self
    }

    fn double(&self) -> &dyn Interpreter<f64> {
        self
    }

    fn derivatives(&self) -> [bool; 2] {
        [HAS_GRAD, HAS_HESS].map(|flag| self.kernel.flags & flag != 0)
    }

    fn words(&self, failure: Failure) -> String {
        let name = &self.kernel.texts.name;
        if failure == NO_DERIVATIVE {
            return format!("the kernel of {name} has no such derivative");
        }
        let Failure(status) = failure;
        let message = self.kernel.message(status).map_or(String::new(), |message| format!(": {message}"));
        format!("the kernel of {name} returned the error {status}{message}")
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").field("name", &self.kernel.texts.name).field("params", &self.params).finish()
    }
}
