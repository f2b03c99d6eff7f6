//! The arguments of an evaluating method, as they came in and as they were read.

use super::arrays::Array;
use super::check;
use super::shape::{Axes, Shape};
use crate::error::{Kind, raise, raise_for, shown};
use crate::evaluator::Evaluator;
use crate::sums::State;
use crate::{params, threads};
use lossreg_core::engine::curvature::Curve;
use lossreg_core::engine::request::Reduction;
use lossreg_core::engine::sums::Totals;
use lossreg_core::engine::wanted;
use lossreg_core::loss::{Family, Side};
use pyo3::ffi;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

/// An argument, if there is one.
pub type Given<'a, 'py> = Option<&'a Bound<'py, PyAny>>;

/// Keyword arguments that no method has.
pub type Unknown<'a, 'py> = &'a Bound<'py, PyDict>;

/// The arguments of an evaluating method.
#[derive(Clone, Copy)]
pub struct Call<'a, 'py> {
    pub y_true: Given<'a, 'py>,
    pub y_pred: Given<'a, 'py>,
    pub sample_weight: Given<'a, 'py>,
    pub r#where: Given<'a, 'py>,
    pub reduction: Given<'a, 'py>,
    pub out: Given<'a, 'py>,
    pub n_threads: Given<'a, 'py>,
    pub real_scores: Given<'a, 'py>,
    pub fake_scores: Given<'a, 'py>,
    pub hessian: Given<'a, 'py>,
    pub min_hessian: Given<'a, 'py>,
    pub unknown: Option<Unknown<'a, 'py>>,
}

impl<'a, 'py> Call<'a, 'py> {
    /// The arguments that every method has, in the order of the fields, and keywords that none has.
    #[inline(always)]
    pub fn of(given: [Given<'a, 'py>; 9], unknown: Option<Unknown<'a, 'py>>) -> Self {
        let [y_true, y_pred, sample_weight, r#where, reduction, out, n_threads, real_scores, fake_scores] = given;
        let (hessian, min_hessian) = (None, None);
        Call {
            y_true,
            y_pred,
            sample_weight,
            r#where,
            reduction,
            out,
            n_threads,
            real_scores,
            fake_scores,
            hessian,
            min_hessian,
            unknown,
        }
    }

    /// Whether nothing is said besides targets, predictions, weights, a reduction, where results go and a number of threads: for few
    /// numbers any is one.
    #[inline(always)]
    pub fn is_short(&self) -> bool {
        self.r#where.is_none()
            && self.n_threads.is_none_or(|n| n.is_none() || threads::number(n, "n_threads").is_ok())
            && self.real_scores.is_none()
            && self.fake_scores.is_none()
            && self.hessian.is_none()
            && self.min_hessian.is_none()
            && self.unknown.is_none()
    }

    /// With those of second derivatives.
    #[inline(always)]
    pub fn with_curvature(self, hessian: Given<'a, 'py>, min_hessian: Given<'a, 'py>) -> Self {
        Call { hessian, min_hessian, ..self }
    }
}

/// What a method computes.
#[derive(Clone, Copy, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // Each is an output of its own.
pub struct Wanted {
    pub value: bool,
    pub grad: bool,
    /// The diagonal of the Hessian, or with `full` all of it.
    pub hess: bool,
    pub full: bool,
}

impl Wanted {
    const NOTHING: Wanted = Wanted { value: false, grad: false, hess: false, full: false };
    pub const VALUE: Wanted = Wanted { value: true, ..Wanted::NOTHING };
    pub const GRAD: Wanted = Wanted { grad: true, ..Wanted::NOTHING };
    pub const VALUE_AND_GRAD: Wanted = Wanted { grad: true, ..Wanted::VALUE };
    pub const HESS: Wanted = Wanted { hess: true, ..Wanted::NOTHING };
    pub const GRAD_AND_HESS: Wanted = Wanted { hess: true, ..Wanted::GRAD };
    pub const VALUE_GRAD_HESS: Wanted = Wanted { hess: true, ..Wanted::VALUE_AND_GRAD };
    pub const FULL_HESSIAN: Wanted = Wanted { full: true, ..Wanted::HESS };

    /// The same for the engine.
    #[inline(always)]
    pub fn of_each(self) -> wanted::Wanted {
        wanted::Wanted { value: self.value, grad: self.grad, hess: self.hess }
    }
}

/// The arguments as they were read, with shapes that go together.
pub struct Arguments<'py> {
    /// Targets; adversarial losses have none.
    pub y: Option<Array<'py>>,
    /// Predictions, or the scores of the first side.
    pub x: Array<'py>,
    /// The scores of the second side.
    pub other: Option<Array<'py>>,
    pub weight: Option<Array<'py>>,
    pub mask: Option<Array<'py>>,
    /// Which axes of the predictions have one loss together: those of classes, or of sets.
    pub inner: Axes,
    pub reduction: Reduction,
    /// What that is of, of each array of scores, where these losses are a part of it.
    pub whole: Option<Vec<Totals>>,
    /// What second derivatives are made from.
    pub curve: Curve,
    /// The kind of them that the losses of a sum are asked for.
    pub kind: Option<String>,
    pub min_hessian: Option<f64>,
    /// The most threads to use, where the call says so.
    pub limit: Option<usize>,
}

impl<'py> Arguments<'py> {
    /// Reads the arguments of a call.
    #[inline(always)]
    pub fn read(py: Python<'py>, loss: &Evaluator<'_, 'py>, call: &Call<'_, 'py>) -> PyResult<Self> {
        if let Some(unknown) = call.unknown {
            return Err(check::unknown(py, loss, unknown));
        }
        let min_hessian = floor(py, call)?;
        let (reduction, whole) = reduction_of(py, loss, call.reduction)?;
        let limit = match call.n_threads {
            Some(n) if !n.is_none() => Some(threads::number(n, "n_threads")?),
            _ => None,
        };
        let (y, x, other) = match loss.family() {
            Family::Pointwise | Family::RowWise | Family::SetWise | Family::Columns | Family::Sequence => {
                if let Some(name) = call.real_scores.map(|_| "real_scores").or(call.fake_scores.map(|_| "fake_scores"))
                {
                    let message = format!("{} takes y_true and y_pred, not {name}", loss.name());
                    return Err(raise(py, Kind::Type, &message));
                }
                (Some(array(py, call.y_true, "y_true")?), array(py, call.y_pred, "y_pred")?, None)
            }
            Family::Adversarial(sides) => {
                let (x, other) = scores(py, loss, call, sides)?;
                (None, x, other)
            }
        };
        let inner = check::inner_axes(py, loss, &x)?;
        let curve = match call.hessian {
            Some(kind) => curve(py, loss, kind, x.shape().product(inner))?,
            None => Curve::EXACT,
        };
        let kind = call.hessian.filter(|_| matches!(loss, Evaluator::Sum(_))).map(ToString::to_string);
        let unreduced = x.shape().without(inner);
        if let Some(y) = &y {
            check::target(py, loss, y, &x, &unreduced)?;
        }
        // Of sequences single frames may be masked.
        let frames = x.shape().without(if loss.family() == Family::Sequence { x.shape().last(1) } else { inner });
        let per_loss = |object: Given<'_, 'py>, name| match object {
            Some(object) if !object.is_none() => {
                let array = Array::input(object, name)?;
                if name == "where" {
                    check::per_loss(py, &array, &frames)?;
                } else {
                    check::per_loss(py, &array, &unreduced)?;
                }
                if let Some(other) = &other {
                    check::per_loss(py, &array, &other.shape())?;
                }
                Ok::<_, PyErr>(Some(array))
            }
            _ => Ok(None),
        };
        let (weight, mask) = (per_loss(call.sample_weight, "sample_weight")?, per_loss(call.r#where, "where")?);
        if let (Some(other), Reduction::None) = (&other, reduction) {
            check::same_shape(py, &x, other)?;
        }
        Ok(Arguments { y, x, other, weight, mask, inner, reduction, whole, curve, kind, min_hessian, limit })
    }

    /// All arrays, but for the scores of a second side.
    pub fn inputs(&self) -> impl Iterator<Item = &Array<'py>> + Clone {
        [self.y.as_ref(), Some(&self.x), self.weight.as_ref(), self.mask.as_ref()].into_iter().flatten()
    }

    /// The shape of the unreduced loss, of the first side where there are two.
    #[inline(always)]
    pub fn unreduced(&self) -> Shape<'_> {
        self.x.shape().without(self.inner)
    }
}

#[inline(always)]
fn array<'py>(py: Python<'py>, object: Given<'_, 'py>, name: &'static str) -> PyResult<Array<'py>> {
    match object {
        Some(object) if !object.is_none() => Array::input(object, name),
        _ => Err(raise(py, Kind::Type, &format!("missing argument {name}"))),
    }
}

/// The scores of an adversarial loss, by position or by name.
fn scores<'py>(
    py: Python<'py>,
    loss: &Evaluator<'_, 'py>,
    call: &Call<'_, 'py>,
    sides: &[Side],
) -> PyResult<(Array<'py>, Option<Array<'py>>)> {
    let refused = |message: String| raise(py, Kind::Type, &format!("{} {message}", loss.name()));
    if sides.len() == 1 && call.y_pred.is_some() {
        return Err(refused("takes one array, fake_scores; weights go to sample_weight=".to_owned()));
    }
    if !sides.contains(&Side::Real) && call.real_scores.is_some() {
        return Err(refused("takes one array, fake_scores; it has no use for real_scores".to_owned()));
    }
    let read = |side: Side, positional: Given<'_, 'py>| {
        let (name, named) = match side {
            Side::Real => ("real_scores", call.real_scores),
            Side::Fake => ("fake_scores", call.fake_scores),
        };
        if positional.is_some() && named.is_some() {
            return Err(refused(format!("got {name} twice")));
        }
        array(py, positional.or(named), name)
    };
    let first = read(sides[0], call.y_true)?;
    let second = sides.get(1).map(|&side| read(side, call.y_pred)).transpose()?;
    Ok((first, second))
}

/// What a kind of second derivative is made from; refuses one that the loss does not have.
fn curve(py: Python<'_>, loss: &Evaluator<'_, '_>, kind: &Bound<'_, PyAny>, classes: usize) -> PyResult<Curve> {
    let name = kind.cast::<PyString>().map(ToString::to_string).unwrap_or_default();
    loss.curve(&name, classes).ok_or_else(|| {
        let kinds: Vec<_> = loss.kinds().iter().map(|(kind, _)| format!("'{kind}'")).collect();
        let message = format!("hessian is {}; this loss has {}", shown(kind), kinds.join(", "));
        raise_for(py, Kind::Parameter, "hessian", &message)
    })
}

/// The floor under second derivatives.
#[inline(always)]
fn floor(py: Python<'_>, call: &Call<'_, '_>) -> PyResult<Option<f64>> {
    let Some(floor) = call.min_hessian.filter(|floor| !floor.is_none()) else { return Ok(None) };
    params::number(floor).map(Some).ok_or_else(|| {
        let message = format!("min_hessian is {}; wanted None or a finite number", shown(floor));
        raise_for(py, Kind::Parameter, "min_hessian", &message)
    })
}

/// The reductions with their names, the default first.
const REDUCTIONS: [(&str, Reduction); 4] = [
    ("mean", Reduction::Mean),
    ("sum", Reduction::Sum),
    ("none", Reduction::None),
    ("weighted_mean", Reduction::WeightedMean),
];

/// The name of a reduction.
pub fn name_of(reduction: Reduction) -> &'static str {
    REDUCTIONS.into_iter().find(|(_, known)| *known == reduction).map_or("", |(name, _)| name)
}

/// The interned names of the reductions: a string literal in the caller's code is one of these very objects.
static INTERNED: [AtomicPtr<ffi::PyObject>; 4] = [const { AtomicPtr::new(null_mut()) }; 4];

/// Interns the names of the reductions.
pub fn init(py: Python<'_>) {
    for (slot, (name, _)) in INTERNED.iter().zip(REDUCTIONS) {
        slot.store(PyString::intern(py, name).into_ptr(), Ordering::Relaxed);
    }
}

/// The reduction of that very name, the default where none is given.
#[inline(always)]
pub fn interned(given: Given<'_, '_>) -> Option<Reduction> {
    let Some(given) = given else { return Some(Reduction::Mean) };
    let mut names = INTERNED.iter().zip(REDUCTIONS);
    names.find(|(slot, _)| slot.load(Ordering::Relaxed) == given.as_ptr()).map(|(_, (_, reduction))| reduction)
}

/// The reduction; with a state in its place, that of all that the state has seen, of which these losses are a part.
fn reduction_of(
    py: Python<'_>,
    loss: &Evaluator<'_, '_>,
    given: Given<'_, '_>,
) -> PyResult<(Reduction, Option<Vec<Totals>>)> {
    let Some(state) = given.and_then(|given| given.cast::<State>().ok()).map(Bound::get) else {
        return Ok((reduction(py, given)?, None));
    };
    let whole = state.sides().clone();
    if whole.len() != loss.sides() {
        let message = format!("reduction is a state of another loss than {}; make it by loss.state", loss.name());
        return Err(raise_for(py, Kind::Parameter, "reduction", &message));
    }
    Ok((state.reduction, Some(whole)))
}

/// The reduction of that name, the default where none is given.
#[inline(always)]
pub fn reduction(py: Python<'_>, given: Given<'_, '_>) -> PyResult<Reduction> {
    let Some(given) = given else { return Ok(Reduction::Mean) };
    if let Some(reduction) = interned(Some(given)) {
        return Ok(reduction);
    }
    let name = given.cast::<PyString>().map(ToString::to_string).unwrap_or_default();
    REDUCTIONS.into_iter().find(|(known, _)| *known == name).map(|(_, reduction)| reduction).ok_or_else(|| {
        let names = REDUCTIONS.map(|(name, _)| format!("'{name}'")).join(", ");
        let message = format!("reduction is {}; wanted one of {names}", shown(given));
        raise_for(py, Kind::Parameter, "reduction", &message)
    })
}
