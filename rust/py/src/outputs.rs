//! Outputs of a call: the arrays given for them, fresh ones, and how they are handed back.

use crate::arrays::Array;
use crate::error::{Kind, raise};
use crate::shape::Shape;
use lossreg_core::engine::memory::Dtype;
use lossreg_core::engine::request::Reduction;
use lossreg_core::engine::wanted::Wanted;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// An array for each side; a loss with one side leaves the second out.
pub type PerSide<T> = [Option<T>; 2];

/// What came out; derivatives of a two-sided loss are pairs.
pub struct Outputs<'py> {
    pub py: Python<'py>,
    pub value: Option<Bound<'py, PyAny>>,
    pub grad: PerSide<Bound<'py, PyAny>>,
    pub hess: PerSide<Bound<'py, PyAny>>,
}

impl<'py> Outputs<'py> {
    /// Of nothing yet.
    #[inline(always)]
    pub fn none(py: Python<'py>) -> Self {
        Outputs { py, value: None, grad: [None, None], hess: [None, None] }
    }
    pub fn py(&self) -> Python<'py> {
        self.py
    }
    pub fn value(&mut self) -> Bound<'py, PyAny> {
        self.value.take().unwrap_or_else(|| self.py.None().into_bound(self.py))
    }
    pub fn grad(&mut self) -> PyResult<Bound<'py, PyAny>> {
        one_or_pair(self.py, &mut self.grad)
    }
    pub fn hess(&mut self) -> PyResult<Bound<'py, PyAny>> {
        one_or_pair(self.py, &mut self.hess)
    }
}

fn one_or_pair<'py>(py: Python<'py>, arrays: &mut PerSide<Bound<'py, PyAny>>) -> PyResult<Bound<'py, PyAny>> {
    match (arrays[0].take(), arrays[1].take()) {
        (Some(first), Some(second)) => Ok(PyTuple::new(py, [first, second])?.into_any()),
        (first, _) => Ok(first.unwrap_or_else(|| py.None().into_bound(py))),
    }
}

/// Whether results for this prediction are singles: those for float32 and narrower floats are.
#[inline]
pub fn results_are_single(x: &Array<'_>) -> bool {
    matches!(x.dtype, Dtype::F32 | Dtype::F16 | Dtype::Bf16)
}

/// The array given for a result, or a fresh one.
#[inline(always)]
pub fn result<'py>(
    py: Python<'py>,
    given: Option<&Bound<'py, PyAny>>,
    x: &Array<'_>,
    shape: &Shape<'_>,
) -> PyResult<Array<'py>> {
    match given {
        Some(given) => Array::output(given, "out"),
        None => Array::fresh(py, results_are_single(x), shape, "out"),
    }
}

/// What was given to write to.
pub struct Outs<'py> {
    pub value: Option<Bound<'py, PyAny>>,
    pub grad: PerSide<Bound<'py, PyAny>>,
    pub hess: PerSide<Bound<'py, PyAny>>,
}

impl<'py> Outs<'py> {
    #[inline]
    pub fn of(
        py: Python<'py>,
        out: Option<&Bound<'py, PyAny>>,
        wanted: Wanted,
        reduction: Reduction,
        two_sided: bool,
    ) -> PyResult<Self> {
        let mut outs = Outs { value: None, grad: [None, None], hess: [None, None] };
        let Some(out) = out else { return Ok(outs) };
        let sides = |out: &Bound<'py, PyAny>| -> PyResult<PerSide<Bound<'py, PyAny>>> {
            if two_sided {
                let (real, fake) = two(out, "one for real_scores and one for fake_scores")?;
                Ok([Some(real), Some(fake)])
            } else {
                Ok([Some(out.clone()), None])
            }
        };
        match (wanted.grad, wanted.hess) {
            (true, true) => {
                let (grad, hess) = two(out, "one for the gradient and one for the Hessian")?;
                (outs.grad, outs.hess) = (sides(&grad)?, sides(&hess)?);
            }
            (true, false) => outs.grad = sides(out)?,
            (false, true) => outs.hess = sides(out)?,
            (false, false) if reduction == Reduction::None => outs.value = Some(out.clone()),
            (false, false) => {
                let message = "out= takes an array for unreduced values; use it with reduction='none'";
                return Err(raise(py, Kind::Parameter, message));
            }
        }
        Ok(outs)
    }
}

fn two<'py>(out: &Bound<'py, PyAny>, what: &str) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
    let pair = out.cast::<PyTuple>().ok().filter(|pair| pair.len() == 2);
    let Some(pair) = pair else {
        return Err(raise(out.py(), Kind::Dtype, &format!("out must be a tuple of two arrays here, {what}")));
    };
    Ok((pair.get_item(0)?, pair.get_item(1)?))
}
