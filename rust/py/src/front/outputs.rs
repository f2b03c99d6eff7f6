//! Where results go: the arrays given for them or fresh ones, checked before anything is computed, and how they are handed back.

use super::arrays::{Array, shared_walk};
use super::call::{Arguments, Given, Wanted};
use super::check;
use crate::error::{Kind, raise_for};
use lossreg_core::engine::request::Reduction;
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyTuple};

/// The arrays that results go to.
pub struct Outputs<'py> {
    /// Unreduced values.
    pub value: Option<Array<'py>>,
    /// Derivatives, by the sides of a loss; most have one.
    pub sides: [Derivatives<'py>; 2],
    /// Whether they are the caller's arrays.
    pub given: bool,
}

/// The derivatives with respect to the predictions, or to the scores of a side.
pub struct Derivatives<'py> {
    pub grad: Option<Array<'py>>,
    pub hess: Option<Array<'py>>,
    /// Whether an output is the prediction itself.
    pub in_place: bool,
}

impl<'py> Outputs<'py> {
    /// Those of a call: fresh ones in the order that the arrays share, where that is free.
    #[inline(always)]
    pub fn of(
        py: Python<'py>,
        out: Given<'_, 'py>,
        arguments: &Arguments<'py>,
        wanted: Wanted,
        has_free_order: bool,
    ) -> PyResult<Self> {
        let unreduced = arguments.unreduced();
        let single = arguments.x.is_single();
        if let Some(out) = out.filter(|out| !out.is_none()) {
            return Outputs::given(py, out, arguments, wanted);
        }
        let walk = if has_free_order { shared_walk(arguments.inputs()) } else { None };
        let side = |x: Option<&Array<'py>>| -> PyResult<Derivatives<'py>> {
            let Some(x) = x else { return Ok(Derivatives { grad: None, hess: None, in_place: false }) };
            let fresh =
                |wanted: bool| wanted.then(|| Array::walked(py, x.is_single(), &x.shape(), walk.as_ref())).transpose();
            let hess = if wanted.full {
                let classes = x.shape().product(arguments.inner);
                Some(Array::fresh(py, single, &unreduced, &[classes, classes])?)
            } else {
                fresh(wanted.hess)?
            };
            Ok(Derivatives { grad: fresh(wanted.grad)?, hess, in_place: false })
        };
        let unreduced_value = wanted.value && arguments.reduction == Reduction::None;
        let value = unreduced_value.then(|| Array::walked(py, single, &unreduced, walk.as_ref())).transpose()?;
        Ok(Outputs { value, sides: [side(Some(&arguments.x))?, side(arguments.other.as_ref())?], given: false })
    }

    /// Those that the caller gave, and fresh ones for what these leave out.
    #[inline(never)]
    fn given(py: Python<'py>, out: &Bound<'py, PyAny>, arguments: &Arguments<'py>, wanted: Wanted) -> PyResult<Self> {
        let Arguments { y, x, other, weight, mask, .. } = arguments;
        let two_sided = other.is_some();
        let (mut grads, mut hesses, mut value) = ([None, None], [None, None], None);
        let sides = |out: &Bound<'py, PyAny>| -> PyResult<[Option<Bound<'py, PyAny>>; 2]> {
            if !two_sided {
                return Ok([Some(out.clone()), None]);
            }
            pair(out, "one for real_scores and one for fake_scores").map(|pair| pair.map(Some))
        };
        match (wanted.grad, wanted.hess) {
            (true, true) => {
                let [grad, hess] = pair(out, "one for the gradient and one for the Hessian")?;
                (grads, hesses) = (sides(&grad)?, sides(&hess)?);
            }
            (true, false) => grads = sides(out)?,
            (false, true) => hesses = sides(out)?,
            (false, false) if arguments.reduction == Reduction::None => value = Some(out.clone()),
            (false, false) => {
                let message = "out= takes an array for unreduced values; use it with reduction='none'";
                return Err(raise_for(py, Kind::Parameter, "out", message));
            }
        }
        let array = |given: &Option<Bound<'py, PyAny>>| given.as_ref().map(|out| Array::output(out, "out")).transpose();
        let mut outputs = Outputs {
            value: array(&value)?,
            sides: [
                Derivatives { grad: array(&grads[0])?, hess: array(&hesses[0])?, in_place: false },
                Derivatives { grad: array(&grads[1])?, hess: array(&hesses[1])?, in_place: false },
            ],
            given: true,
        };

        let unreduced = arguments.unreduced();
        let inputs = || [y.as_ref(), weight.as_ref(), mask.as_ref(), Some(x), other.as_ref()].into_iter().flatten();
        let (mut earlier, mut in_place): (Vec<&Array<'py>>, _) = (Vec::new(), [false; 2]);
        for (i, x) in std::iter::once(x).chain(other).enumerate() {
            let Derivatives { grad, hess, .. } = &outputs.sides[i];
            let value = outputs.value.as_ref().filter(|_| i == 0);
            for (out, shape) in [(value, unreduced), (grad.as_ref(), x.shape()), (hess.as_ref(), x.shape())] {
                let Some(out) = out else { continue };
                check::output(out, x.is_single(), &shape)?;
                // Unreduced values of two sides are written before the second side is read.
                let unreduced_of_two = value.is_some_and(|value| std::ptr::eq(value, out)) && two_sided;
                let replaces = out.is_same(x) && !unreduced_of_two;
                check::apart(out, x, replaces, inputs(), &earlier)?;
                in_place[i] |= replaces;
                earlier.push(out);
            }
        }
        for (side, in_place) in outputs.sides.iter_mut().zip(in_place) {
            side.in_place = in_place;
        }
        if wanted.value && arguments.reduction == Reduction::None && outputs.value.is_none() {
            outputs.value = Some(Array::fresh(py, x.is_single(), &unreduced, &[])?);
        }
        Ok(outputs)
    }
}

impl<'py> Outputs<'py> {
    /// What came out, with the reduced value.
    pub fn into_results(self, py: Python<'py>, value: f64) -> Results<'py> {
        let object = |array: Option<Array<'py>>| array.map(|array| array.object);
        let [first, second] = self.sides;
        Results {
            py,
            value,
            unreduced: object(self.value),
            grad: [object(first.grad), object(second.grad)],
            hess: [object(first.hess), object(second.hess)],
        }
    }
}

fn pair<'py>(out: &Bound<'py, PyAny>, what: &str) -> PyResult<[Bound<'py, PyAny>; 2]> {
    let pair = out.cast::<PyTuple>().ok().filter(|pair| pair.len() == 2);
    let Some(pair) = pair else {
        let message = format!("out must be a tuple of two arrays here, {what}");
        return Err(raise_for(out.py(), Kind::Dtype, "out", &message));
    };
    Ok([pair.get_item(0)?, pair.get_item(1)?])
}

/// What came out.
pub struct Results<'py> {
    pub py: Python<'py>,
    /// The reduced value, where there is one.
    pub value: f64,
    pub unreduced: Option<Bound<'py, PyAny>>,
    /// Derivatives by the sides of the loss.
    pub grad: [Option<Bound<'py, PyAny>>; 2],
    pub hess: [Option<Bound<'py, PyAny>>; 2],
}

impl<'py> Results<'py> {
    /// The value: a float, or the unreduced losses.
    #[inline(always)]
    pub fn value(&mut self) -> Bound<'py, PyAny> {
        self.unreduced.take().unwrap_or_else(|| PyFloat::new(self.py, self.value).into_any())
    }
    /// The first derivative, or a pair of them.
    #[inline(always)]
    pub fn grad(&mut self) -> PyResult<Bound<'py, PyAny>> {
        one_or_pair(self.py, &mut self.grad)
    }
    /// The second derivative, or a pair of them.
    #[inline(always)]
    pub fn hess(&mut self) -> PyResult<Bound<'py, PyAny>> {
        one_or_pair(self.py, &mut self.hess)
    }
}

#[inline(always)]
fn one_or_pair<'py>(py: Python<'py>, arrays: &mut [Option<Bound<'py, PyAny>>; 2]) -> PyResult<Bound<'py, PyAny>> {
    match (arrays[0].take(), arrays[1].take()) {
        (Some(first), Some(second)) => Ok(PyTuple::new(py, [first, second])?.into_any()),
        (first, _) => Ok(first.unwrap_or_else(|| py.None().into_bound(py))),
    }
}
