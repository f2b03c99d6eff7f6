//! What is done to arrays without a loss: the functions of `lossreg.ops`, links and `predict`.

use crate::error::{Kind, raise, raise_for, shown};
use crate::front::arrays::{Array, shared_walk};
use crate::front::check;
use crate::front::shape::Axes;
use crate::front::walk::Walk;
use crate::guard::guarded;
use crate::run::released;
use crate::threads;
use crate::words::Stop;
use lossreg_core::engine::memory::View;
use lossreg_core::engine::{ops, rowwise};
use lossreg_core::error::Error;
use lossreg_core::{parallel, simd};
use pyo3::exceptions::PyOverflowError;
use pyo3::prelude::*;
use pyo3::types::PyBool;

/// What arguments are called in errors.
const NAMES: [&str; 5] = ["x", "y", "raw", "mean", "p"];

/// A function of each element, or of each pair of elements: its results, in a fresh array or in `out`.
#[pyfunction]
#[pyo3(signature = (function, x, y=None, *, name="x", out=None, n_threads=None))]
pub fn map_elements<'py>(
    py: Python<'py>,
    function: &str,
    x: &Bound<'py, PyAny>,
    y: Option<&Bound<'py, PyAny>>,
    name: &str,
    out: Option<&Bound<'py, PyAny>>,
    n_threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    guarded(py, || {
        let function = named(py, &ops::Function::NAMED, function)?;
        let x = Array::input(x, argument(py, name)?)?;
        let y = y.map(|y| Array::input(y, "y")).transpose()?;
        if let Some(y) = &y {
            check::same_shape(py, &x, y)?;
        }
        let single = x.is_single() && y.as_ref().is_none_or(Array::is_single);
        let inputs = [Some(&x), y.as_ref()].into_iter().flatten();
        let result = match given(out) {
            Some(out) => Array::output(out, "out")?,
            None => Array::walked(py, single, &x.shape(), shared_walk(inputs.clone()).as_ref())?,
        };
        if given(out).is_some() {
            check::output(&result, single, &x.shape())?;
            let replaced = y.as_ref().filter(|y| result.is_same(y)).unwrap_or(&x);
            let others = inputs.clone().filter(|input| !result.is_same(input));
            check::apart(&result, replaced, false, others, &[])?;
        }
        let walk = shared_walk(inputs.chain([&result]));
        let walk = walk.as_ref();
        let map = ops::Map {
            function,
            x: unless_replaced(&x, walk, &result),
            y: y.as_ref().map(|y| unless_replaced(y, walk, &result)),
            out: result.sink(walk),
            threads: workers(n_threads, x.len(), single)?,
            level: simd::active(),
        };
        let run = if single { ops::run::<f32> } else { ops::run::<f64> };
        computed(py, x.len() as f64 * price(single), |interrupt| run(map, interrupt))?;
        Ok(result.object)
    })
}

/// A function of each row along an axis: its results, in a fresh array or in `out`.
#[pyfunction]
#[pyo3(signature = (function, x, axis, *, name="x", out=None, n_threads=None))]
pub fn map_rows<'py>(
    py: Python<'py>,
    function: &str,
    x: &Bound<'py, PyAny>,
    axis: &Bound<'py, PyAny>,
    name: &str,
    out: Option<&Bound<'py, PyAny>>,
    n_threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    guarded(py, || {
        let function = named(py, &rowwise::ops::Function::NAMED, function)?;
        let x = Array::input(x, argument(py, name)?)?;
        let ndim = x.shape().ndim();
        let Some(axis) = axis_of(axis, ndim)? else {
            return Err(raise(py, Kind::Shape, &no_axis(&x, axis)));
        };
        let axes = Axes::NONE.and(axis);
        let sums = function == rowwise::ops::Function::LogSumExp;
        let (single, shape) = (x.is_single(), x.shape().without(if sums { axes } else { Axes::NONE }));
        let result = match given(out) {
            Some(out) => Array::output(out, "out")?,
            None => Array::fresh(py, single, &shape, &[])?,
        };
        if given(out).is_some() {
            check::output(&result, single, &shape)?;
            check::apart(&result, &x, !sums && result.is_same(&x), [&x].into_iter(), &[])?;
        }
        let classes = x.shape().product(axes);
        if classes == 0 && sums {
            // The logarithm of a sum of nothing.
            result.object.call_method1("fill", (f64::NEG_INFINITY,))?;
        }
        if x.len() > 0 {
            let walk = Walk::with_last(axes, ndim);
            let map = rowwise::ops::Map {
                function,
                x: unless_replaced(&x, walk.as_ref(), &result),
                classes,
                out: result.sink(walk.as_ref().filter(|_| !sums)),
                threads: workers(n_threads, x.len(), single)?,
                level: simd::active(),
            };
            // A logarithm of a sum may cancel the maximum: float32 goes through float64, where that costs no digits.
            let run = if single && !sums { rowwise::ops::run::<f32> } else { rowwise::ops::run::<f64> };
            computed(py, x.len() as f64 * price(single), |interrupt| run(map, interrupt))?;
        }
        Ok(result.object)
    })
}

pub fn given<'a, 'py>(object: Option<&'a Bound<'py, PyAny>>) -> Option<&'a Bound<'py, PyAny>> {
    object.filter(|object| !object.is_none())
}

fn named<F: Copy>(py: Python<'_>, functions: &[(&str, F)], name: &str) -> PyResult<F> {
    let found = functions.iter().find(|(known, _)| *known == name).map(|(_, function)| *function);
    found.ok_or_else(|| raise(py, Kind::Parameter, &format!("there is no function {name:?} of arrays")))
}

fn argument(py: Python<'_>, name: &str) -> PyResult<&'static str> {
    let known = NAMES.into_iter().find(|known| *known == name);
    known.ok_or_else(|| raise(py, Kind::Internal, "an argument without a name"))
}

fn axis_of(axis: &Bound<'_, PyAny>, ndim: usize) -> PyResult<Option<usize>> {
    let number = axis.extract::<i64>();
    if axis.is_instance_of::<PyBool>()
        || number.as_ref().is_err_and(|error| !error.is_instance_of::<PyOverflowError>(axis.py()))
    {
        let message = format!("axis is {}; wanted a whole number", shown(axis));
        return Err(raise_for(axis.py(), Kind::Parameter, "axis", &message));
    }
    let at = number.ok().map(|at| if at < 0 { at + ndim as i64 } else { at });
    Ok(at.and_then(|at| usize::try_from(at).ok()).filter(|&at| at < ndim))
}

fn no_axis(x: &Array<'_>, axis: &Bound<'_, PyAny>) -> String {
    let (name, ndim, axis) = (x.name, x.shape().ndim(), shown(axis));
    if ndim == 0 {
        return format!("{name} is a single number; wanted an array with an axis of classes");
    }
    format!("{name} has shape {}, so axis={axis} does not exist; pass one from -{ndim} to {}", x.shape(), ndim - 1)
}

/// A rough price of an element, in nanoseconds.
fn price(single: bool) -> f64 {
    if single { 1.0 } else { 3.0 }
}

fn workers(n_threads: Option<&Bound<'_, PyAny>>, elements: usize, single: bool) -> PyResult<usize> {
    let limit = given(n_threads).map(|n| threads::number(n, "n_threads")).transpose()?;
    Ok(parallel::threads_for(elements, price(single), limit.unwrap_or_else(parallel::num_threads)))
}

/// An input to read from, which the output may replace.
fn unless_replaced<'a>(input: &'a Array<'_>, walk: Option<&Walk>, output: &Array<'_>) -> View<'a> {
    let view = input.view(walk);
    if output.is_same(input) { view.replaced() } else { view }
}

/// Runs the engine, and says what stopped it.
pub fn computed<R: Send>(
    py: Python<'_>,
    nanoseconds: f64,
    engine: impl FnOnce(&mut dyn FnMut() -> bool) -> Result<R, Error> + Send,
) -> PyResult<R> {
    released(py, nanoseconds, engine).map_err(|stop| match stop {
        Stop::Python(error) => error,
        Stop::Engine(Error::Interrupted) => raise(py, Kind::Interrupt, "interrupted"),
        Stop::Engine(Error::OutOfMemory) => raise(py, Kind::Memory, "not enough memory for the work space of a row"),
        Stop::Engine(Error::Failed(message)) => raise(py, Kind::Plugin, &message),
        Stop::Engine(error) => raise(py, Kind::Internal, &error.to_string()),
    })
}
