//! Which shapes and memories go together.

use super::arrays::Array;
use super::shape::{Axes, Shape};
use crate::error::{Kind, raise, raise_for, shown};
use crate::evaluator::{Catalogued, Evaluator};
use lossreg_core::engine::entry::{Entry, Settings};
use lossreg_core::engine::memory::Dtype;
use lossreg_core::engine::program::Sees;
use lossreg_core::loss::{Domain, Family};
use lossreg_losses::find;
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Arguments, and what others call them.
const NAMES: [(&str, &[&str]); 5] = [
    ("sample_weight", &["sample_weights", "weight", "weights"]),
    ("where", &["mask", "masks"]),
    ("n_threads", &["num_threads", "threads"]),
    ("y_true", &["label", "labels", "target", "targets", "y"]),
    ("y_pred", &["input", "logits", "pred", "prediction", "predictions", "preds", "y_hat", "y_score"]),
];

/// The error of a keyword argument that no method has: under another name there may be one, or it is a parameter of the loss.
#[cold]
pub fn unknown(py: Python<'_>, loss: &Evaluator<'_, '_>, unknown: &Bound<'_, PyDict>) -> PyErr {
    let none = py.None().into_bound(py);
    let (name, value) = unknown.iter().next().unwrap_or((none.clone(), none));
    let text = name.to_string();
    let has = |ours: &str| !ours.starts_with("y_") || !matches!(loss.family(), Family::Adversarial(_));
    let ours = NAMES.into_iter().find(|(ours, others)| others.contains(&text.as_str()) && has(ours));
    let hint = ours.map(|(ours, _)| format!("; write {ours}="));
    let hint = hint.or_else(|| {
        let is_parameter = loss.has_parameter(&text);
        is_parameter.then(|| format!("; it is a parameter of the loss: loss.replace({text}={})", shown(&value)))
    });
    let message =
        format!("{} got an unexpected keyword argument {}{}", loss.name(), shown(&name), hint.unwrap_or_default());
    raise(py, Kind::Type, &message)
}

/// Refuses two arrays of different shapes.
#[inline(always)]
pub fn same_shape(py: Python<'_>, a: &Array<'_>, b: &Array<'_>) -> PyResult<()> {
    if a.shape() == b.shape() { Ok(()) } else { Err(different_shapes(py, a, b)) }
}

#[cold]
fn different_shapes(py: Python<'_>, a: &Array<'_>, b: &Array<'_>) -> PyErr {
    let fix = if a.len() == b.len() {
        let (from, to) = if a.shape().ndim() > b.shape().ndim() { (a, b) } else { (b, a) };
        format!("if they belong together, pass {}.reshape({}.shape)", from.name, to.name)
    } else {
        "nothing is broadcast; pass as many of the one as of the other".to_owned()
    };
    let message = format!("{} has shape {} and {} has shape {}; {fix}", a.name, a.shape(), b.name, b.shape());
    raise_for(py, Kind::Shape, a.name, &message)
}

/// Refuses a loss that has no more of a Hessian than its diagonal.
pub fn has_full_hessian(py: Python<'_>, loss: &Evaluator<'_, '_>) -> PyResult<()> {
    let name = loss.name();
    match loss {
        Evaluator::Python(_) => {
            let message = format!("{name} is written in Python: it has the diagonal hess(...), no full Hessian");
            Err(raise(py, Kind::Derivative, &message))
        }
        Evaluator::Catalogue(Catalogued { settings: Settings { program: Some(program), .. }, .. })
            if program.0.sees() == Sees::Rows =>
        {
            let message = format!("{name} is a compiled kernel: it has the diagonal hess(...), no full Hessian");
            Err(raise(py, Kind::Derivative, &message))
        }
        Evaluator::Sum(terms) if loss.family() == Family::RowWise => terms.iter().try_for_each(|term| {
            if term.loss.family() == Family::RowWise {
                has_full_hessian(py, &term.loss)
            } else {
                Err(only_diagonal(py, &name))
            }
        }),
        _ if loss.is_coupled() => Err(only_diagonal(py, &name)),
        _ => match loss.family() {
            Family::RowWise => Ok(()),
            Family::SetWise | Family::Columns | Family::Sequence if loss.columns().len() != 1 => {
                Err(only_diagonal(py, &name))
            }
            _ => {
                let message = format!("the Hessian of {name} is diagonal: use hess(...), which is all of it");
                Err(raise(py, Kind::Derivative, &message))
            }
        },
    }
}

/// The error of a loss whose Hessian's diagonal is all that is computed.
#[cold]
fn only_diagonal(py: Python<'_>, name: &str) -> PyErr {
    raise(py, Kind::Derivative, &format!("{name} has the diagonal hess(...), no full Hessian"))
}

/// Which axes of the predictions have one loss together: none, that of classes, in a number that the loss has weights for, or those
/// of a set.
#[inline(always)]
pub fn inner_axes(py: Python<'_>, loss: &Evaluator<'_, '_>, x: &Array<'_>) -> PyResult<Axes> {
    match loss.family() {
        Family::Pointwise | Family::Adversarial(_) => Ok(Axes::NONE),
        Family::RowWise | Family::SetWise => axes(py, loss, x),
        Family::Columns => columns(py, loss, x),
        Family::Sequence => frames(py, loss, x),
    }
}

/// The last axis, which holds the numbers that predict an element; none where that is one number.
fn columns(py: Python<'_>, loss: &Evaluator<'_, '_>, x: &Array<'_>) -> PyResult<Axes> {
    let columns = loss.columns();
    if columns.len() < 2 {
        return Ok(Axes::NONE);
    }
    if x.shape().axes().next_back() == Some(columns.len()) {
        return Ok(x.shape().last(1));
    }
    let message = format!(
        "{} has shape {}; {} wants the shape (..., {}), on whose last axis are {}",
        x.name,
        x.shape(),
        loss.name(),
        columns.len(),
        listed(&columns)
    );
    Err(raise_for(py, Kind::Shape, x.name, &message))
}

/// Names in a row.
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// The axes of frames and of their classes, among which those that the loss has a use for must be.
fn frames(py: Python<'_>, loss: &Evaluator<'_, '_>, x: &Array<'_>) -> PyResult<Axes> {
    let (shape, least) = (x.shape(), loss.least_classes());
    let refuse = |rest: &str| {
        let message = format!("{} has shape {shape}; wanted {rest}", x.name);
        Err(raise_for(py, Kind::Shape, x.name, &message))
    };
    let [.., frames, classes] = *shape.axes().collect::<Vec<_>>() else {
        return refuse("frames of class scores, of shape (..., T, K)");
    };
    if frames == 0 {
        return refuse("at least one frame, of shape (..., T, K)");
    }
    if classes < least {
        return refuse(&format!("more than {classes} classes, for the blank is class {}", least - 1));
    }
    Ok(shape.last(2))
}

fn axes(py: Python<'_>, loss: &Evaluator<'_, '_>, x: &Array<'_>) -> PyResult<Axes> {
    let ndim = x.shape().ndim() as i64;
    let refuse = |rest: &str| {
        let message = format!("{} has shape {}{rest}", x.name, x.shape());
        Err(raise_for(py, Kind::Shape, x.name, &message))
    };
    let by_rows = loss.family() == Family::RowWise;
    if ndim == 0 {
        return refuse(if by_rows {
            "; wanted rows of classes, of shape (..., K)"
        } else {
            "; wanted at least one axis"
        });
    }
    let Some(axes) = loss.axes() else {
        return if x.len() == 0 { refuse("; wanted at least one element") } else { Ok(Axes::first(ndim as usize)) };
    };
    let mut found = Axes::NONE;
    for &axis in axes {
        if axis < -ndim || axis >= ndim {
            return refuse(&format!(", so axis={axis} does not exist; pass one from {} to {}", -ndim, ndim - 1));
        }
        let at = axis.rem_euclid(ndim) as usize;
        if found.has(at) {
            return refuse(&format!(", so axis={axis} is given twice"));
        }
        found = found.and(at);
        if x.shape().axes().nth(at) == Some(0) {
            return refuse(&format!(
                "; axis {axis} must have at least one {}",
                if by_rows { "class" } else { "element" }
            ));
        }
    }
    let classes = x.shape().product(found);
    if let Some((name, weights)) = loss.per_class().into_iter().find(|(_, weights)| *weights != classes) {
        let message = format!("{name} has {weights} numbers and {} has {classes} classes", x.name);
        return Err(raise_for(py, Kind::Shape, x.name, &message));
    }
    Ok(found)
}

/// Refuses a target whose shape does not go with the predictions.
#[inline(always)]
pub fn target(
    py: Python<'_>,
    loss: &Evaluator<'_, '_>,
    y: &Array<'_>,
    x: &Array<'_>,
    unreduced: &Shape<'_>,
) -> PyResult<()> {
    if matches!(loss.family(), Family::Pointwise | Family::SetWise) {
        return same_shape(py, y, x);
    }
    match loss.family() {
        Family::Sequence => return labels(py, y, x, unreduced),
        Family::Columns => return given(py, loss, y, x, unreduced),
        _ => {}
    }
    let (takes_indices, takes_rows) = loss.takes();
    let (sparse, dense) = (y.shape() == *unreduced, y.shape() == x.shape());
    if sparse && takes_indices || dense && takes_rows {
        return Ok(());
    }
    let wanted = match (takes_indices, takes_rows) {
        (true, false) if unreduced.ndim() == 0 => format!("scores of shape {}, a row for each target", rows_of(y)),
        (true, false) => {
            let rows = [Domain::Probability, Domain::ClassIndexOrProbability];
            let hint = if dense { siblings(loss, "rows of probabilities", rows) } else { String::new() };
            format!("class indices of shape {unreduced}{hint}")
        }
        (true, true) => format!("class indices of shape {unreduced} or rows of probabilities of shape {}", x.shape()),
        _ if sparse => {
            let indices = [Domain::ClassIndex, Domain::ClassIndexOrProbability];
            format!("rows of shape {}{}", x.shape(), siblings(loss, "class indices", indices))
        }
        _ => format!("rows of shape {}", x.shape()),
    };
    let fix = if takes_indices { other_axis(loss, y, x) } else { String::new() };
    Err(refused(py, y, x, &format!("{wanted}{fix}")))
}

/// What to use for targets of another kind: of the losses that a loss is related to, or these are, those that take them.
fn siblings(loss: &Evaluator<'_, '_>, what: &str, takes: [Domain; 2]) -> String {
    let Evaluator::Catalogue(loss) = loss else { return String::new() };
    let related = |entry: &Entry| entry.info.relations.iter().filter_map(|(name, _)| find(name));
    let near: Vec<_> = related(loss.entry).filter(|entry| entry.info.family == Family::RowWise).collect();
    let further = near.iter().flat_map(|entry| related(entry));
    let fit = |entry: &&Entry| takes.contains(&entry.info.target);
    let mut names: Vec<_> = near.iter().copied().filter(fit).map(|entry| entry.name).collect();
    if names.is_empty() {
        names.extend(further.filter(fit).map(|entry| entry.name));
    }
    if names.is_empty() { names.join("") } else { format!("; for {what} use {}", names.join(" or ")) }
}

/// The error of a target whose shape does not go with the predictions.
fn refused(py: Python<'_>, y: &Array<'_>, x: &Array<'_>, wanted: &str) -> PyErr {
    let message = format!("{} has shape {} and {} has shape {}; wanted {wanted}", y.name, y.shape(), x.name, x.shape());
    raise_for(py, Kind::Shape, y.name, &message)
}

/// What to write where class indices belong to predictions with their classes on another axis, as PyTorch has them on axis 1.
fn other_axis(loss: &Evaluator<'_, '_>, y: &Array<'_>, x: &Array<'_>) -> String {
    let mut axes = (0..x.shape().ndim()).filter(|&axis| y.shape() == x.shape().without(Axes::NONE.and(axis)));
    match axes.next() {
        Some(axis) if loss.has_parameter("axis") => {
            format!("; if the classes are on axis {axis}, write loss.replace(axis={axis})")
        }
        _ => String::new(),
    }
}

/// Refuses a target that is not one number for each element, or as many as the loss takes, on the last axis.
fn given(
    py: Python<'_>,
    loss: &Evaluator<'_, '_>,
    y: &Array<'_>,
    x: &Array<'_>,
    unreduced: &Shape<'_>,
) -> PyResult<()> {
    let (columns, shape) = (loss.target_columns(), y.shape());
    let numbers = (!columns.is_empty()).then_some(columns.len());
    let of_elements = if numbers.is_some() { shape.without(shape.last(1)) } else { shape };
    if numbers.is_none_or(|numbers| shape.axes().next_back() == Some(numbers)) && of_elements == *unreduced {
        return Ok(());
    }
    if numbers.is_none() && shape == x.shape() {
        let (columns, each) = (listed(&loss.columns()), loss.columns().len());
        let lens: Vec<_> = shape.axes().chain([each]).map(|len| len.to_string()).collect();
        let message = format!(
            "{} has shape {shape}, as {} has, and {columns} on its last axis; wanted predictions of shape ({}), or targets of \
             shape {unreduced}",
            x.name,
            y.name,
            lens.join(", ")
        );
        return Err(raise_for(py, Kind::Shape, x.name, &message));
    }
    let lens: Vec<_> = unreduced.axes().chain(numbers).map(|len| len.to_string()).collect();
    let wanted = if lens.len() == 1 { format!("({},)", lens[0]) } else { format!("({})", lens.join(", ")) };
    let what = if columns.is_empty() {
        format!("one for each {}", listed(&loss.columns()))
    } else {
        format!("on whose last axis are {}", listed(&columns))
    };
    Err(refused(py, y, x, &format!("targets of shape {wanted}, {what}")))
}

/// Refuses labels that are not one sequence for each of frames.
fn labels(py: Python<'_>, y: &Array<'_>, x: &Array<'_>, unreduced: &Shape<'_>) -> PyResult<()> {
    if y.shape().ndim() > 0 && y.shape().without(y.shape().last(1)) == *unreduced {
        return Ok(());
    }
    let lens: Vec<_> = unreduced.axes().map(|len| len.to_string()).chain(["L".to_owned()]).collect();
    Err(refused(py, y, x, &format!("labels of shape ({}), a sequence for each of frames", lens.join(", "))))
}

/// The shape of rows of K classes for these targets, in words.
fn rows_of(y: &Array<'_>) -> String {
    let lens: Vec<_> = y.shape().axes().map(|len| len.to_string()).chain(["K".to_owned()]).collect();
    format!("({})", lens.join(", "))
}

/// Refuses weights or a mask that do not have the shape of the unreduced loss or of its leading axes, and a mask of floats.
pub fn per_loss(py: Python<'_>, array: &Array<'_>, unreduced: &Shape<'_>) -> PyResult<()> {
    let (name, came) = (array.name, array.shape());
    if !came.leads(unreduced) {
        let message =
            format!("{name} has shape {came}; wanted that of the unreduced loss, {unreduced}, or of its leading axes");
        return Err(raise_for(py, Kind::Shape, name, &message));
    }
    if name == "where" && array.dtype().is_float() {
        let came = array.object.getattr("dtype")?;
        let message = format!("where has dtype {came}; wanted bool (weights go to sample_weight=)");
        return Err(raise_for(py, Kind::Dtype, name, &message));
    }
    Ok(())
}

/// Refuses an output of the wrong dtype or shape, and one whose own elements overlap.
pub fn output(out: &Array<'_>, single: bool, shape: &Shape<'_>) -> PyResult<()> {
    let (py, name) = (out.object.py(), out.name);
    let wanted = if single { Dtype::F32 } else { Dtype::F64 };
    if out.dtype() != wanted || out.memory.swapped {
        let (came, wanted) = (out.object.getattr("dtype")?, if single { "float32" } else { "float64" });
        return Err(raise_for(py, Kind::Dtype, name, &format!("{name} has dtype {came}; the result is {wanted}")));
    }
    if out.shape() != *shape {
        let message = format!("{name} has shape {}; the result has {shape}", out.shape());
        return Err(raise_for(py, Kind::Shape, name, &message));
    }
    if out.repeats() {
        let message = format!("{name} repeats its elements; pass an array of its own memory");
        return Err(raise_for(py, Kind::Alias, name, &message));
    }
    Ok(())
}

/// Refuses an output that overlaps an input, but for the prediction that it replaces, or another output.
pub fn apart<'a, 'py: 'a>(
    out: &Array<'py>,
    prediction: &Array<'py>,
    replaces: bool,
    inputs: impl Iterator<Item = &'a Array<'py>>,
    outputs: &[&Array<'py>],
) -> PyResult<()> {
    let mut inputs = inputs.filter(|input| !(replaces && std::ptr::eq(*input, prediction)));
    let input = inputs.find(|input| out.overlaps(input)).map(|input| input.name);
    let output = || outputs.iter().find(|other| out.overlaps(other)).map(|_| "the other output");
    let Some(other) = input.or_else(output) else { return Ok(()) };
    let message = format!(
        "{} overlaps {other}; pass {} itself to work in place, or an array of its own memory",
        out.name, prediction.name
    );
    Err(raise_for(out.object.py(), Kind::Alias, out.name, &message))
}
