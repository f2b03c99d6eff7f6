//! One call: arguments become a request, the engine runs it, and its outputs become Python's.

use crate::arrays::Array;
use crate::error::{Kind, bug, raise, raise_with};
use crate::loss::Native;
use crate::outputs::{Outputs, Outs, PerSide, result, results_are_single};
use crate::reduction;
use crate::shape::{Shape, check_target, class_axis, same_shape};
use crate::{plain, threads};
use lossreg_core::engine::memory::{Dtype, View};
use lossreg_core::engine::request::{Reduction, Request};
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::{pointwise, rowwise};
use lossreg_core::error::Error;
use lossreg_core::loss::{Cost, Family, Side};
use lossreg_core::{parallel, simd};
use pyo3::prelude::*;
use pyo3::types::{PyFloat, PyInt, PyString, PyTuple};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The arguments of an evaluating method.
#[derive(Clone, Copy)]
pub struct Call<'a, 'py> {
    pub y_true: Option<&'a Bound<'py, PyAny>>,
    pub y_pred: Option<&'a Bound<'py, PyAny>>,
    pub sample_weight: Option<&'a Bound<'py, PyAny>>,
    pub r#where: Option<&'a Bound<'py, PyAny>>,
    pub reduction: Option<&'a Bound<'py, PyAny>>,
    pub out: Option<&'a Bound<'py, PyAny>>,
    pub n_threads: Option<&'a Bound<'py, PyAny>>,
    pub real_scores: Option<&'a Bound<'py, PyAny>>,
    pub fake_scores: Option<&'a Bound<'py, PyAny>>,
    pub hessian: Option<&'a Bound<'py, PyAny>>,
    pub min_hessian: Option<f64>,
}

impl Call<'_, '_> {
    /// Whether there is anything besides targets, predictions and a reduction.
    #[inline(always)]
    pub fn says_more(&self) -> bool {
        self.sample_weight.is_some()
            || self.r#where.is_some()
            || self.out.is_some()
            || self.n_threads.is_some()
            || self.real_scores.is_some()
            || self.fake_scores.is_some()
            || self.hessian.is_some()
            || self.min_hessian.is_some()
    }
}

/// Evaluates a loss. A panic arrives as an `InternalError`, never as a `BaseException`.
#[inline]
pub fn evaluate<'py>(
    py: Python<'py>,
    loss: &Native,
    call: &Call<'_, 'py>,
    wanted: Wanted,
    outputs: &mut Outputs<'py>,
) -> PyResult<()> {
    let evaluate = || {
        let done = plain::evaluate(py, loss, call, wanted, outputs)?;
        if done { Ok(()) } else { checked(py, loss, call, wanted, outputs) }
    };
    catch_unwind(AssertUnwindSafe(evaluate)).unwrap_or_else(|panic| Err(bug(py, &*panic)))
}

fn checked<'py>(
    py: Python<'py>,
    loss: &Native,
    call: &Call<'_, 'py>,
    wanted: Wanted,
    outputs: &mut Outputs<'py>,
) -> PyResult<()> {
    exact_hessian(py, call)?;
    let reduction = reduction::named(py, call.reduction)?;
    match loss.entry.info.family {
        Family::Pointwise | Family::RowWise => {
            if let Some(name) = given_side(call) {
                let message = format!("{} takes y_true and y_pred, not {name}", loss.entry.name);
                return Err(raise(py, Kind::Type, &message));
            }
            let y = argument(py, call.y_true, "y_true")?;
            let x = argument(py, call.y_pred, "y_pred")?;
            evaluate_sides(py, loss, call, wanted, reduction, Some(&y), [&x], outputs)
        }
        Family::Adversarial(sides) => match &scores(py, loss, call, sides)? {
            [Some(real), Some(fake)] => evaluate_sides(py, loss, call, wanted, reduction, None, [real, fake], outputs),
            [Some(fake), _] => evaluate_sides(py, loss, call, wanted, reduction, None, [fake], outputs),
            _ => Err(raise(py, Kind::Internal, "a loss has at least one prediction")),
        },
    }
}

#[inline(always)]
fn given_side(call: &Call<'_, '_>) -> Option<&'static str> {
    call.real_scores.map(|_| "real_scores").or(call.fake_scores.map(|_| "fake_scores"))
}

/// The scores of an adversarial loss, by position or by name.
fn scores<'py>(py: Python<'py>, loss: &Native, call: &Call<'_, 'py>, sides: &[Side]) -> PyResult<PerSide<Array<'py>>> {
    let refuse = |message: String| Err(raise(py, Kind::Type, &format!("{} {message}", loss.entry.name)));
    if sides.len() == 1 && call.y_pred.is_some() {
        return refuse("takes one array, fake_scores; weights go to sample_weight=".to_owned());
    }
    if !sides.contains(&Side::Real) && call.real_scores.is_some() {
        return refuse("takes one array, fake_scores; it has no use for real_scores".to_owned());
    }
    let mut scores: PerSide<Array<'py>> = [None, None];
    for ((slot, side), positional) in scores.iter_mut().zip(sides).zip([call.y_true, call.y_pred]) {
        let (name, named) = match side {
            Side::Real => ("real_scores", call.real_scores),
            Side::Fake => ("fake_scores", call.fake_scores),
        };
        if positional.is_some() && named.is_some() {
            return refuse(format!("got {name} twice"));
        }
        *slot = Some(argument(py, positional.or(named), name)?);
    }
    if let [Some(real), Some(fake)] = &scores {
        same_shape(py, real, fake)?;
    }
    Ok(scores)
}

#[inline(always)]
pub fn argument<'py>(py: Python<'py>, object: Option<&Bound<'py, PyAny>>, name: &'static str) -> PyResult<Array<'py>> {
    match object {
        Some(object) if !object.is_none() => Array::input(object, name),
        _ => Err(raise(py, Kind::Type, &format!("missing argument {name}"))),
    }
}

#[inline(always)]
fn evaluate_sides<'py, const SIDES: usize>(
    py: Python<'py>,
    loss: &Native,
    call: &Call<'_, 'py>,
    wanted: Wanted,
    reduction: Reduction,
    y: Option<&Array<'py>>,
    sides: [&Array<'py>; SIDES],
    outputs: &mut Outputs<'py>,
) -> PyResult<()> {
    let (info, settings) = (loss.entry.info, &loss.settings);
    let (first, two_sided) = (sides[0], SIDES == 2);
    let axis = if info.family == Family::RowWise { Some(class_axis(py, loss, first)?) } else { None };
    let classes = axis.map_or(1, |axis| first.shape().axes().nth(axis).unwrap_or(1));
    let unreduced = first.shape().without(axis);
    if let Some(y) = y {
        check_target(py, loss, y, first, &unreduced)?;
    }
    let weight = per_loss(py, call.sample_weight, "sample_weight", &unreduced)?;
    let mask = per_loss(py, call.r#where, "where", &unreduced)?;

    let given = call.out.filter(|out| !out.is_none());
    let outs = Outs::of(py, given, wanted, reduction, two_sided)?;
    let unreduced_value = wanted.value && reduction == Reduction::None;
    let value = if unreduced_value { Some(result(py, outs.value.as_ref(), first, &unreduced)?) } else { None };
    let mut grads: [Option<Array<'py>>; SIDES] = [const { None }; SIDES];
    let mut hesses: [Option<Array<'py>>; SIDES] = [const { None }; SIDES];
    for (i, x) in sides.into_iter().enumerate() {
        if wanted.grad {
            grads[i] = Some(result(py, outs.grad[i].as_ref(), x, &x.shape())?);
        }
        if wanted.hess {
            hesses[i] = Some(result(py, outs.hess[i].as_ref(), x, &x.shape())?);
        }
    }
    let mut in_place = [false; SIDES];
    if given.is_some() {
        let inputs = [y, weight.as_ref(), mask.as_ref(), Some(sides[0]), Some(sides[SIDES - 1])];
        let mut earlier: Vec<&Array<'_>> = Vec::new();
        for (i, x) in sides.into_iter().enumerate() {
            let own = value.as_ref().filter(|_| i == 0 && outs.value.is_some()).map(|value| (value, &unreduced));
            let shape = x.shape();
            let grad = grads[i].as_ref().filter(|_| outs.grad[i].is_some()).map(|grad| (grad, &shape));
            let hess = hesses[i].as_ref().filter(|_| outs.hess[i].is_some()).map(|hess| (hess, &shape));
            for (output, shape) in [own, grad, hess].into_iter().flatten() {
                output.check_output(results_are_single(x), shape)?;
                // Unreduced values of two sides are written before the second side is read.
                let may_replace = output.is_same(x) && !(unreduced_value && two_sided);
                output.keep_apart(x, may_replace, &inputs, &earlier)?;
                in_place[i] |= may_replace;
                earlier.push(output);
            }
        }
    }

    let mut total = 0.0;
    for (i, x) in sides.into_iter().enumerate() {
        let side = match info.family {
            Family::Adversarial(sides) if sides[i] == Side::Real => 1.0,
            _ => 0.0,
        };
        let mut request = Request {
            entry: loss.entry,
            settings,
            classes,
            y: match y {
                Some(y) => y.view(axis.filter(|_| y.shape().ndim() == x.shape().ndim())),
                None => View::repeated(&side, x.len()),
            },
            x: x.view(axis),
            weight: weight.as_ref().map(|weight| weight.spread(&unreduced)),
            mask: mask.as_ref().map(|mask| mask.spread(&unreduced)),
            reduction,
            wanted,
            value: value.as_ref().map(|value| value.sink(None)),
            accumulate: i > 0,
            grad: grads[i].as_ref().map(|grad| grad.sink(axis)),
            hess: hesses[i].as_ref().map(|hess| hess.sink(axis)),
            in_place: in_place[i],
            outputs_given: given.is_some(),
            min_hessian: call.min_hessian,
            threads: 1,
            level: simd::active(),
            names: (y.map_or("side", Array::name), x.name()),
        };
        let double = !results_are_single(x) || y.is_some_and(|y| y.dtype == Dtype::F64);
        let value = run(py, loss, &mut request, double, call.n_threads)
            .map_err(|error| in_words(py, error, y.unwrap_or(x), x, axis, &unreduced))?;
        total += value.unwrap_or(0.0);
    }
    outputs.value = match value {
        Some(value) => Some(value.into_object()),
        None if wanted.value => Some(PyFloat::new(py, total).into_any()),
        None => None,
    };
    for (to, from) in [(&mut outputs.grad, grads), (&mut outputs.hess, hesses)] {
        for (to, from) in to.iter_mut().zip(from) {
            *to = from.map(Array::into_object);
        }
    }
    Ok(())
}

/// Weights or a mask, in the shape of the unreduced loss or of its leading axes.
#[inline(always)]
pub fn per_loss<'py>(
    py: Python<'py>,
    object: Option<&Bound<'py, PyAny>>,
    name: &'static str,
    unreduced: &Shape<'_>,
) -> PyResult<Option<Array<'py>>> {
    let Some(object) = object.filter(|object| !object.is_none()) else { return Ok(None) };
    let array = Array::input(object, name)?;
    if !array.shape().leads(unreduced) {
        let came = array.shape();
        let message =
            format!("{name} has shape {came}; wanted that of the unreduced loss, {unreduced}, or of its leading axes");
        return Err(raise(py, Kind::Shape, &message));
    }
    if name == "where" && array.dtype.is_float() {
        let came = array.object().getattr("dtype")?;
        let message = format!("where has dtype {came}; wanted bool (weights go to sample_weight=)");
        return Err(raise(py, Kind::Dtype, &message));
    }
    Ok(Some(array))
}

/// What stopped a run.
pub enum Stop {
    Engine(Error),
    Python(PyErr),
}

/// Nanoseconds of work above which the interpreter is released.
const RELEASE: f64 = 200_000.0;

/// Runs the engine, without the interpreter where that pays.
fn run(
    py: Python<'_>,
    loss: &Native,
    request: &mut Request<'_>,
    double: bool,
    n_threads: Option<&Bound<'_, PyAny>>,
) -> Result<Option<f64>, Stop> {
    let each = match (loss.entry.info.cost, double) {
        (Cost::Light, _) => 0.2,
        (Cost::Heavy, false) => 1.0,
        (Cost::Heavy, true) => 3.0,
    };
    let elements = request.x.len();
    let limit = n_threads.filter(|n| !n.is_none()).map(|n| threads::number(n, "n_threads")).transpose();
    let limit = limit.map_err(Stop::Python)?;
    let engine = |request: &Request<'_>, interrupt: &mut dyn FnMut() -> bool| {
        match (loss.entry.info.family, double) {
            (Family::RowWise, false) => rowwise::run::<f32>(request, interrupt),
            (Family::RowWise, true) => rowwise::run::<f64>(request, interrupt),
            (_, false) => pointwise::run::<f32>(request, interrupt),
            (_, true) => pointwise::run::<f64>(request, interrupt),
        }
        .map_err(Stop::Engine)
    };
    request.threads = parallel::threads_for(elements, each, limit.unwrap_or_else(parallel::num_threads));
    if elements as f64 * each < RELEASE {
        return engine(request, &mut || false);
    }
    py.detach(|| {
        let mut signal = None;
        let outcome = engine(request, &mut || {
            #[allow(clippy::redundant_closure_for_method_calls)]
            // The method alone is not general enough in its lifetime.
            let outcome = Python::attach(|py| py.check_signals());
            signal = outcome.err();
            signal.is_some()
        });
        match signal {
            Some(error) => Err(Stop::Python(error)),
            None => outcome,
        }
    })
}

/// An engine's error as Python's.
#[cold]
pub fn in_words(
    py: Python<'_>,
    stop: Stop,
    y: &Array<'_>,
    x: &Array<'_>,
    axis: Option<usize>,
    unreduced: &Shape<'_>,
) -> PyErr {
    let error = match stop {
        Stop::Python(error) => return error,
        Stop::Engine(error) => error,
    };
    match error {
        Error::Domain { argument, index, value, wanted } => {
            let array = if argument == x.name() { x } else { y };
            let rows = array.shape() == *unreduced;
            let place = match axis.filter(|_| !rows) {
                Some(axis) => {
                    let classes = x.shape().axes().nth(axis).unwrap_or(1);
                    let mut place = unreduced.unravel(index / classes);
                    place.insert(axis, index % classes);
                    place
                }
                None => unreduced.unravel(index),
            };
            outside(py, argument, array, &place, value, &wanted).unwrap_or_else(|error| error)
        }
        Error::Empty(message) => raise(py, Kind::Empty, &message),
        Error::OutOfMemory => raise(py, Kind::Memory, "not enough memory for the work space of a row"),
        Error::Interrupted => raise(py, Kind::Interrupt, "interrupted"),
    }
}

/// The error of a number at a place of an argument; its attributes hold the number in the array's own type.
fn outside(
    py: Python<'_>,
    argument: &str,
    array: &Array<'_>,
    place: &[usize],
    value: f64,
    wanted: &str,
) -> PyResult<PyErr> {
    let at = PyTuple::new(py, place)?;
    let number = array.object().get_item(&at)?.call_method0("item")?;
    let index = if let [index] = place { index.into_pyobject(py)?.into_any() } else { at.into_any() };
    // Integers beyond 2⁵³ are not what the engine read.
    let shown = if number.is_instance_of::<PyInt>() { number.str()?.to_string() } else { value.to_string() };
    let message = format!("{argument} holds {shown} at index {index}; wanted {wanted}");
    let facts = [("argument", PyString::new(py, argument).into_any()), ("index", index), ("value", number)];
    Ok(raise_with(py, Kind::Domain, &message, facts))
}

#[inline]
fn exact_hessian(py: Python<'_>, call: &Call<'_, '_>) -> PyResult<()> {
    if let Some(kind) = call.hessian {
        let name = kind.cast::<PyString>().map(ToString::to_string).unwrap_or_default();
        if name != "exact" {
            let came = kind.repr().map_or_else(|_| "something else".to_owned(), |text| text.to_string());
            return Err(raise(py, Kind::Parameter, &format!("hessian is {came}; this loss has 'exact'")));
        }
    }
    match call.min_hessian {
        Some(floor) if !floor.is_finite() => {
            Err(raise(py, Kind::Parameter, &format!("min_hessian is {floor}; wanted None or a finite number")))
        }
        _ => Ok(()),
    }
}
