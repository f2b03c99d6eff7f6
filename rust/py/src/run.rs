//! A plan becomes results: few numbers in order go straight to a kernel, everything else through the engine of its family.
//!
//! The interpreter is released where that pays. Only the main thread then asks for signals: no other receives them.

use crate::author::{Author, Method};
use crate::evaluator::{Catalogued, Evaluator};
use crate::front::arrays::Array;
use crate::front::call::{Arguments, Call, Wanted};
use crate::front::check;
use crate::front::numpy::Memory;
use crate::front::outputs::{Outputs, Results};
use crate::guard;
use crate::plan::Plan;
use crate::words::{Stop, in_words};
use lossreg_core::engine::curvature::Curve;
use lossreg_core::engine::engine;
use lossreg_core::engine::entry::{Entry, Settings};
use lossreg_core::engine::given::{self, Census, Shown, Values};
use lossreg_core::engine::memory::View;
use lossreg_core::engine::pointwise::small::{self, FEW, Small};
use lossreg_core::engine::request::{self, Reduction, Request};
use lossreg_core::engine::working::Working;
use lossreg_core::error::Error;
use lossreg_core::loss::Family;
use lossreg_core::simd;
use pyo3::prelude::*;

/// Evaluates a loss: reads the arguments, plans, runs.
#[inline(always)]
pub fn evaluate<'py>(
    py: Python<'py>,
    loss: &Evaluator<'_, 'py>,
    call: &Call<'_, 'py>,
    wanted: Wanted,
) -> PyResult<Results<'py>> {
    if wanted.full {
        check::has_full_hessian(py, loss)?;
    }
    let arguments = Arguments::read(py, loss, call)?;
    let outputs = Outputs::of(py, call.out, &arguments, wanted)?;
    let plan = |second| Plan::of(py, loss, &arguments, &outputs, wanted, second);
    let mut value = 0.0;
    if arguments.other.is_some() {
        let (first, second) = (plan(false)?, plan(true)?);
        for plan in [first, second] {
            value += run(py, &plan)?.unwrap_or(0.0);
        }
    } else {
        value = run(py, &plan(false)?)?.unwrap_or(0.0);
    }
    Ok(Results { py, value, outputs })
}

/// The reduced value of a plan, where there is one; outputs have been written to.
#[inline(always)]
fn run<'py>(py: Python<'py>, plan: &Plan<'_, 'py>) -> PyResult<Option<f64>> {
    let outcome = match plan.loss {
        Evaluator::Catalogue(loss) => {
            if let Some(value) = few(plan, loss) {
                return Ok(Some(value));
            }
            catalogued(py, plan, loss)
        }
        Evaluator::Python(author) => authored(py, plan, author),
    };
    outcome.map_err(|stop| in_words(py, stop, plan))
}

/// The plainest calls: few elements of one float dtype, in order, and nothing weighted or left out. `None` where the call is another,
/// or what it holds is unusual.
#[inline(always)]
fn few(plan: &Plan<'_, '_>, loss: &Catalogued) -> Option<f64> {
    let plain = loss.entry.info.family == Family::Pointwise
        && plan.weight.is_none()
        && plan.mask.is_none()
        && plan.curve == Curve::EXACT
        && plan.min_hessian.is_none()
        && !plan.in_place
        && matches!(plan.reduction, Reduction::Mean | Reduction::Sum)
        && plan.x.len() <= FEW;
    let y = plan.y.filter(|_| plain)?;
    if plan.double { few_of::<f64>(plan, loss, y) } else { few_of::<f32>(plan, loss, y) }
}

#[inline(always)]
fn few_of<T: Working>(plan: &Plan<'_, '_>, loss: &Catalogued, y: &Array<'_>) -> Option<f64> {
    let (y, x) = (y.memory.elements::<T>()?, plan.x.memory.elements::<T>()?);
    small::run(Small {
        entry: loss.entry,
        settings: &loss.settings,
        y,
        x,
        wanted: plan.wanted.of_each(),
        divisor: if plan.reduction == Reduction::Mean { x.len() as f64 } else { 1.0 },
        grad: output(plan.grad)?,
        hess: output(plan.hess)?,
        level: simd::active(),
    })
}

/// The elements of an output that is wanted.
#[inline(always)]
fn output<'a, T: Working>(array: Option<&'a Array<'_>>) -> Option<&'a mut [T]> {
    match array {
        Some(array) => array.memory.elements_mut(),
        None => Some(&mut []),
    }
}

/// A loss of the catalogue.
fn catalogued(py: Python<'_>, plan: &Plan<'_, '_>, loss: &Catalogued) -> Result<Option<f64>, Stop> {
    let mut request = request(plan, loss.entry, &loss.settings);
    let engine = engine(loss.entry.info.family);
    let double = plan.double;
    if !plan.wanted.full {
        return released(py, plan.nanoseconds, |interrupt| engine.run(request, double, interrupt));
    }
    let rest = plan.hess.map(|matrices| {
        let (diagonals, rest) = matrices.sink(None).diagonals_and_rest(plan.classes);
        request.outputs.hess = Some(diagonals);
        rest
    });
    released(py, plan.nanoseconds, |interrupt| match rest {
        Some(rest) => engine.run_full(request, rest, double, interrupt).map(|()| None),
        None => Ok(None),
    })
}

/// The request of a plan.
fn request<'a>(plan: &'a Plan<'_, '_>, entry: &'a Entry, settings: &'a Settings) -> Request<'a> {
    let unreduced = plan.unreduced();
    let y = match plan.y {
        Some(y) => y.view(plan.target_axis()),
        None => View::repeated(&plan.side, plan.x.len()),
    };
    let x = plan.x.view(plan.axis);
    Request {
        classes: plan.classes,
        weight: plan.weight.map(|weight| weight.spread(&unreduced)),
        mask: plan.mask.map(|mask| mask.spread(&unreduced)),
        reduction: plan.reduction,
        wanted: plan.wanted.of_each(),
        outputs: request::Outputs {
            value: plan.value.map(|value| value.sink(None)),
            grad: plan.grad.map(|grad| grad.sink(plan.axis)),
            hess: plan.hess.filter(|_| !plan.wanted.full).map(|hess| hess.sink(plan.axis)),
        },
        accumulate: plan.accumulate,
        outputs_given: plan.outputs_given,
        curve: plan.curve,
        min_hessian: plan.min_hessian,
        threads: plan.threads(),
        names: (plan.y.map_or("side", |y| y.name), plan.x.name),
        ..Request::new(entry, settings, y, if plan.in_place { x.replaced() } else { x })
    }
}

/// Nanoseconds of work above which the interpreter is released.
const RELEASE: f64 = 200_000.0;

/// Runs a part of the engine, without the interpreter where that pays.
pub fn released<R: Send>(
    py: Python<'_>,
    nanoseconds: f64,
    work: impl FnOnce(&mut dyn FnMut() -> bool) -> Result<R, Error> + Send,
) -> Result<R, Stop> {
    if nanoseconds < RELEASE {
        return Ok(work(&mut || false)?);
    }
    let mut signal = None;
    let outcome = guard::released(py, |is_main| {
        work(&mut || {
            if is_main {
                #[allow(clippy::redundant_closure_for_method_calls)]
                // The method alone is not general enough in its lifetime.
                let outcome = Python::attach(|py| py.check_signals());
                signal = outcome.err();
            }
            signal.is_some()
        })
    });
    signal.map_or_else(|| Ok(outcome?), |signal| Err(Stop::Python(signal)))
}

/// A loss written in Python: the engine looks at the arguments, the author computes, the engine weighs and adds up.
fn authored<'py>(py: Python<'py>, plan: &Plan<'_, 'py>, author: &Author<'_, 'py>) -> Result<Option<f64>, Stop> {
    let settings = given::ENTRY.settings(&[]);
    let request = request(plan, &given::ENTRY, &settings);
    let census = released(py, plan.nanoseconds, |interrupt| Census::of(&request, interrupt))?;
    let shown = if plan.double { shown::<f64> } else { shown::<f32> };
    let (y, x) = shown(py, plan, author, &request, census)?;
    let results = [
        (Method::Value, plan.wanted.value, plan.unreduced()),
        (Method::Grad, plan.wanted.grad, plan.x.shape()),
        (Method::Hess, plan.wanted.hess && plan.curve == Curve::EXACT, plan.x.shape()),
    ];
    let results = results.map(|(method, wanted, shape)| {
        if !wanted || census.first.is_none() && !author.lacks(method)? {
            return Ok(None);
        }
        let shape: Vec<usize> = shape.axes().collect();
        author.call(method, (&y, &x), &shape).and_then(|result| readable(plan, result)).map(Some)
    });
    let [value, grad, hess] = results;
    let (value, grad, hess) = (value?, grad?, hess?);
    // Where nothing counts there are no results, and no element of them is used.
    let (len, nothing) = (plan.x.len(), 0.0);
    let constant = if let Curve::Constant(number) = plan.curve { number } else { 0.0 };
    let (value, grad, hess) = (value.as_ref(), grad.as_ref(), hess.as_ref());
    let values = Values {
        value: result(value, &nothing, len / plan.classes),
        grad: result(grad, &nothing, len),
        hess: result(hess, &constant, len),
    };
    released(py, plan.nanoseconds, |interrupt| given::run(request, &values, interrupt))
}

/// The arguments as the author gets them: read-only arrays in order, their numbers checked, those that do not count replaced.
fn shown<'py, T: Working>(
    py: Python<'py>,
    plan: &Plan<'_, 'py>,
    author: &Author<'_, 'py>,
    request: &Request<'_>,
    census: Census,
) -> Result<(Bound<'py, PyAny>, Bound<'py, PyAny>), Stop> {
    let copy = |array: &Array<'py>| -> PyResult<Option<Array<'py>>> {
        let as_it_is = census.all && array.memory.elements::<T>().is_some();
        (!as_it_is).then(|| Array::fresh(py, T::SINGLE, &array.shape(), &[])).transpose()
    };
    let target = plan.y.unwrap_or(plan.x);
    let indices = plan.has_indices().then(|| Array::indices(py, &target.shape())).transpose()?;
    let y = if indices.is_some() { None } else { copy(target)? };
    let x = copy(plan.x)?;
    let domains = [author.target, author.prediction];
    if let Some(first) = census.first {
        let to = Shown {
            y: y.as_ref().and_then(|y| y.memory.elements_mut()).unwrap_or_default(),
            indices: indices.as_ref().and_then(|indices| indices.memory.elements_mut()),
            x: x.as_ref().and_then(|x| x.memory.elements_mut()).unwrap_or_default(),
        };
        released(py, plan.nanoseconds, |interrupt| given::show::<T>(request, domains, first, to, interrupt))?;
    }
    let read_only = |copied: Option<Array<'py>>, array: &Array<'py>| -> PyResult<Bound<'py, PyAny>> {
        let object = copied.map_or_else(|| array.object.call_method0("view"), |copied| Ok(copied.object))?;
        object.call_method1("setflags", (false,))?;
        Ok(object)
    };
    Ok((read_only(indices.or(y), target)?, read_only(x, plan.x)?))
}

/// What the author returned, to be read by the engine while it writes to the outputs.
fn readable<'py>(plan: &Plan<'_, 'py>, result: Bound<'py, PyAny>) -> PyResult<Array<'py>> {
    let result = if Memory::of(&result).is_some() { result } else { result.call_method1("astype", ("float64",))? };
    let array = Array::input(&result, "result")?;
    let overlaps = [plan.value, plan.grad, plan.hess].into_iter().flatten().any(|output| output.overlaps(&array));
    if overlaps { Array::input(&result.call_method0("copy")?, "result") } else { Ok(array) }
}

fn result<'a>(array: Option<&'a Array<'_>>, nothing: &'a f64, len: usize) -> View<'a> {
    array.map_or_else(|| View::repeated(nothing, len), |array| array.view(None))
}
