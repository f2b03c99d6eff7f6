//! A call becomes results: a short one goes straight to a kernel, every other becomes a plan for the engine of its family.
//!
//! The interpreter is released where that pays. Only the main thread then asks for signals: no other receives them.

use crate::author::{Author, Method};
use crate::evaluator::{Catalogued, Evaluator, Term};
use crate::front::arrays::Array;
use crate::front::call::{Arguments, Call, Wanted};
use crate::front::check;
use crate::front::lent::lent;
use crate::front::numpy::Memory;
use crate::front::outputs::{Derivatives, Outputs, Results};
use crate::front::shape::Shape;
use crate::front::walk::Walk;
use crate::guard;
use crate::plan::{Plan, has_free_order};
use crate::short;
use crate::words::{Stop, in_words};
use lossreg_core::engine::curvature::Curve;
use lossreg_core::engine::engine;
use lossreg_core::engine::entry::{Code, Entry, Settings};
use lossreg_core::engine::given::{self, Census, Scaled, Shown, Values};
use lossreg_core::engine::means::means;
use lossreg_core::engine::memory::View;
use lossreg_core::engine::opposed;
use lossreg_core::engine::request::{self, Reduction, Request};
use lossreg_core::engine::sums::Totals;
use lossreg_core::engine::wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::error::Error;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use std::sync::{Mutex, PoisonError};

/// Evaluates a loss: a short call at once, any other by reading the arguments, planning and running.
#[inline(always)]
pub fn evaluate<'py>(
    py: Python<'py>,
    loss: &Evaluator<'_, 'py>,
    call: &Call<'_, 'py>,
    wanted: Wanted,
) -> PyResult<Results<'py>> {
    if let Evaluator::Catalogue(loss) = loss
        && let Some(results) = short::evaluate(py, loss, call, wanted)?
    {
        return Ok(results);
    }
    planned(py, loss, call, wanted)
}

fn planned<'py>(
    py: Python<'py>,
    loss: &Evaluator<'_, 'py>,
    call: &Call<'_, 'py>,
    wanted: Wanted,
) -> PyResult<Results<'py>> {
    if wanted.full {
        check::has_full_hessian(py, loss)?;
    }
    let arguments = Arguments::read(py, loss, call)?;
    let outputs = Outputs::of(py, call.out, &arguments, wanted, has_free_order(loss, &arguments))?;
    let plan = |second| Plan::of(py, loss, &arguments, &outputs, wanted, second);
    let value = if arguments.other.is_some() {
        both(py, &[plan(false)?, plan(true)?])?
    } else {
        run(py, &plan(false)?)?.unwrap_or(0.0)
    };
    Ok(outputs.into_results(py, value))
}

/// Both sides of a game, whose values are added: one after the other, or together where each sees the other.
fn both<'py>(py: Python<'py>, plans: &[Plan<'_, 'py>; 2]) -> PyResult<f64> {
    if let Evaluator::Catalogue(Catalogued { entry, settings, .. }) = plans[0].loss
        && let Code::Opposed(terms) = entry.code
    {
        let requests = plans.each_ref().map(|plan| request(plan, entry, settings, None));
        let nanoseconds = plans.iter().map(|plan| plan.nanoseconds).sum();
        let single = !plans[0].double;
        let outcome = released(py, nanoseconds, |interrupt| opposed::run(requests, terms, single, interrupt));
        return outcome.map_err(|stop| in_words(py, stop, &plans[0]));
    }
    let mut value = 0.0;
    for plan in plans {
        value += run(py, plan)?.unwrap_or(0.0);
    }
    Ok(value)
}

/// What reductions of a call are made of, one for each array of scores of an adversarial loss.
pub fn totals<'py>(py: Python<'py>, loss: &Evaluator<'_, 'py>, call: &Call<'_, 'py>) -> PyResult<Vec<Totals>> {
    let mut arguments = Arguments::read(py, loss, call)?;
    // A sum, so that there may be nothing.
    arguments.reduction = Reduction::Sum;
    let outputs = Outputs::of(py, None, &arguments, Wanted::VALUE, has_free_order(loss, &arguments))?;
    let of_side = |second| {
        let totals = Mutex::default();
        let plan = Plan::of(py, loss, &arguments, &outputs, Wanted::VALUE, second)?;
        run(py, &Plan { totals: Some(&totals), ..plan })?;
        Ok(totals.into_inner().unwrap_or_else(PoisonError::into_inner))
    };
    [false, true].into_iter().take(1 + usize::from(arguments.other.is_some())).map(of_side).collect()
}

/// The reduced value of a plan, where there is one; outputs have been written to.
fn run<'py>(py: Python<'py>, plan: &Plan<'_, 'py>) -> PyResult<Option<f64>> {
    let outcome = match plan.loss {
        Evaluator::Catalogue(loss) => catalogued(py, plan, loss),
        Evaluator::Python(author) => authored(py, plan, author),
        Evaluator::Sum(terms) => summed(py, plan, terms),
    };
    outcome.map_err(|stop| in_words(py, stop, plan))
}

/// A loss of the catalogue.
fn catalogued(py: Python<'_>, plan: &Plan<'_, '_>, loss: &Catalogued) -> Result<Option<f64>, Stop> {
    let ordered = |walk| request(plan, loss.entry, &loss.settings, walk);
    let mut request = ordered(plan.walk.as_ref());
    let engine = engine(loss.entry);
    let double = plan.double;
    if !plan.wanted.full {
        let outcome = released(py, plan.nanoseconds, |interrupt| engine.run(request, double, interrupt));
        if let (Err(Stop::Engine(Error::Domain { .. })), Some(_)) = (&outcome, plan.walk_of_losses()) {
            // The error names the first number outside in C order.
            let (wanted, outputs) = (wanted::Wanted::NOTHING, request::Outputs::default());
            let look = Request { wanted, outputs, ..ordered(None) };
            released(py, plan.nanoseconds, |interrupt| engine.run(look, double, interrupt))?;
        }
        return outcome;
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

/// The request of a plan whose arrays are gone through in some order.
fn request<'a>(plan: &'a Plan<'_, '_>, entry: &'a Entry, settings: &'a Settings, walk: Option<&Walk>) -> Request<'a> {
    let unreduced = plan.unreduced();
    // Of the predictions, and of what belongs to each loss.
    let of_losses = walk.filter(|_| plan.inner.is_empty());
    let y = match plan.y {
        Some(y) => y.view(if plan.has_indices() { of_losses } else { walk }),
        None => View::repeated(&plan.side, plan.x.len()),
    };
    let x = plan.x.view(walk);
    let is_of_frames = plan.mask.is_some_and(|mask| mask.shape().ndim() > unreduced.ndim());
    let (frames, mask) = if is_of_frames { (plan.mask, None) } else { (None, plan.mask) };
    Request {
        classes: plan.classes,
        frame: (plan.x.shape().product(plan.x.shape().last(1)), frames.map(|frames| frames.view(None))),
        indices: plan.has_indices(),
        weight: plan.weight.map(|weight| weight.spread(&unreduced, of_losses)),
        mask: mask.map(|mask| mask.spread(&unreduced, of_losses)),
        reduction: plan.reduction,
        whole: plan.whole,
        wanted: plan.wanted.of_each(),
        outputs: request::Outputs {
            value: plan.value.map(|value| value.sink(of_losses)),
            grad: plan.grad.map(|grad| grad.sink(walk)),
            hess: plan.hess.filter(|_| !plan.wanted.full).map(|hess| hess.sink(walk)),
            totals: plan.totals,
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
    let request = request(plan, &given::ENTRY, &settings, plan.walk.as_ref());
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
    let constant = plan.curve.constant().unwrap_or(0.0);
    let (value, grad, hess) = (value.as_ref(), grad.as_ref(), hess.as_ref());
    let values = Values {
        value: vec![Scaled::once(result(value, &nothing, len / plan.classes))],
        grad: vec![Scaled::once(result(grad, &nothing, len))],
        hess: vec![Scaled::once(result(hess, &constant, len))],
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
        lent(copied.as_ref().map_or(&array.object, |copied| &copied.object))
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

/// What a loss of a sum has computed, and its weight.
struct Part<'py> {
    weight: f64,
    value: Option<Array<'py>>,
    derivatives: Derivatives<'py>,
    /// Of a loss of elements beside others of rows or sets: the means of its values over each, and the share of an element in them.
    means: Option<Vec<f64>>,
    share: f64,
}

/// A weighted sum of losses: each computes what is wanted as it is, and the engine weighs, adds up and reduces that.
fn summed<'py>(py: Python<'py>, plan: &Plan<'_, 'py>, terms: &[Term<'_, 'py>]) -> Result<Option<f64>, Stop> {
    let ignore_index = plan.loss.ignore_index().filter(|_| plan.has_indices());
    let settings = Settings { ignore_index, ..given::ENTRY.settings(&[]) };
    let mut request = request(plan, &given::ENTRY, &settings, plan.walk.as_ref());
    // Whoever is asked for the losses as they are must not see what a weight of 0 hides either.
    let mixed = terms.iter().any(|term| plan.is_wider_than(&term.loss));
    let hides = plan.weight.is_some() || ignore_index.is_some() || mixed && plan.mask.is_some();
    let counts = hides.then(|| Array::fresh(py, false, &plan.unreduced(), &[])).transpose()?;
    if let Some(to) = counts.as_ref().and_then(|counts| counts.memory.elements_mut()) {
        released(py, plan.nanoseconds, |interrupt| given::counts(&request, to, interrupt))?;
    }
    let of_elements = counts.as_ref().filter(|_| mixed).map(|counts| spread_out(plan, counts)).transpose()?;
    let mut parts = Vec::new();
    for Term { weight, loss } in terms {
        let narrow = plan.is_wider_than(loss);
        let fresh = |wanted: bool, shape: Shape<'_>, more: &[usize]| {
            wanted.then(|| Array::fresh(py, !plan.double, &shape, more)).transpose()
        };
        let second = plan.wanted.hess && !matches!(plan.curve, Curve::Constant(_));
        let hess = if plan.wanted.full {
            fresh(second, plan.unreduced(), &[plan.classes; 2])?
        } else {
            fresh(second, plan.x.shape(), &[])?
        };
        let derivatives = Derivatives { grad: fresh(plan.wanted.grad, plan.x.shape(), &[])?, hess, in_place: false };
        let value = fresh(plan.wanted.value, if narrow { plan.x.shape() } else { plan.unreduced() }, &[])?;
        let mask = if narrow { of_elements.as_ref() } else { counts.as_ref().or(plan.mask) };
        run(py, &plan.of_term(loss, mask, value.as_ref(), &derivatives))?;
        let means = value.as_ref().filter(|_| narrow).map(|value| {
            let (values, size, threads) = (value.view(plan.walk.as_ref()), plan.classes, plan.threads());
            released(py, plan.nanoseconds, |interrupt| means(&values, size, threads, interrupt))
        });
        let share = if narrow { (plan.classes as f64).recip() } else { 1.0 };
        parts.push(Part { weight: *weight, value, derivatives, means: means.transpose()?, share });
    }
    let (walk, mut walk_of_hess) = (plan.walk.as_ref(), plan.walk.as_ref());
    let nothing = 0.0;
    if plan.wanted.full {
        // Matrices lie in C order, each a row of numbers; there are no predictions beside them.
        walk_of_hess = None;
        request.x = View::repeated(&nothing, request.losses() * plan.classes * plan.classes);
        request.classes = plan.classes * plan.classes;
        request.outputs.hess = plan.hess.map(|hess| hess.sink(None));
    }
    let hess = match &plan.curve {
        Curve::Constant(number) => vec![Scaled::once(View::repeated(number, request.x.len()))],
        _ => scaled(&parts, |part| Some((part.share, part.derivatives.hess.as_ref()?.view(walk_of_hess)))),
    };
    let of_losses = plan.walk_of_losses();
    let values = Values {
        value: scaled(&parts, |part| match &part.means {
            Some(means) => Some((1.0, View::of(means))),
            None => Some((1.0, part.value.as_ref()?.view(of_losses))),
        }),
        grad: scaled(&parts, |part| Some((part.share, part.derivatives.grad.as_ref()?.view(walk)))),
        hess,
    };
    released(py, plan.nanoseconds, |interrupt| given::run(request, &values, interrupt))
}

/// One of the results of all parts, each with a factor of its own besides its weight.
fn scaled<'a, 'py>(parts: &'a [Part<'py>], of: impl Fn(&'a Part<'py>) -> Option<(f64, View<'a>)>) -> Vec<Scaled<'a>> {
    let results = parts.iter().filter_map(|part| of(part).map(|result| (part.weight, result)));
    results.map(|(weight, (factor, view))| Scaled { weight: weight * factor, view }).collect()
}

/// What is said of each row or set, said of each of its elements.
fn spread_out<'py>(plan: &Plan<'_, 'py>, of_each: &Array<'py>) -> PyResult<Array<'py>> {
    let (numpy, shape) = (of_each.object.py().import("numpy")?, plan.x.shape());
    let inner: Vec<usize> = (0..shape.ndim()).filter(|&axis| plan.inner.has(axis)).collect();
    let apart = numpy.call_method1("expand_dims", (&of_each.object, PyTuple::new(numpy.py(), inner)?))?;
    let whole = PyTuple::new(numpy.py(), shape.axes().collect::<Vec<_>>())?;
    Array::input(&numpy.call_method1("broadcast_to", (apart, whole))?, of_each.name)
}
