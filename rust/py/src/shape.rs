//! Shapes of arguments: which go together, and how they are shown in errors.

use crate::arrays::Array;
use crate::error::{Kind, raise};
use crate::loss::Native;
use lossreg_core::engine::memory::Axis;
use lossreg_core::loss::{Domain, Family, Value};
use pyo3::prelude::*;

/// The lengths of some axes, possibly without one.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    axes: &'a [Axis],
    without: Option<usize>,
}

impl<'a> Shape<'a> {
    /// The lengths of all these axes.
    #[inline]
    pub fn of(axes: &'a [Axis]) -> Self {
        Shape { axes, without: None }
    }
    /// The shape without an axis.
    pub fn without(self, axis: Option<usize>) -> Self {
        Shape { without: axis, ..self }
    }
    pub fn axes(&self) -> impl DoubleEndedIterator<Item = usize> + use<'a> {
        let without = self.without;
        self.axes.iter().enumerate().filter(move |(i, _)| Some(*i) != without).map(|(_, axis)| axis.len)
    }
    pub fn ndim(&self) -> usize {
        self.axes.len() - usize::from(self.without.is_some())
    }
    /// Whether this shape is how the other begins.
    pub fn leads(&self, other: &Shape<'_>) -> bool {
        self.ndim() <= other.ndim() && self.axes().zip(other.axes()).all(|(a, b)| a == b)
    }
    /// The indices of an element counted in C order.
    pub fn unravel(&self, mut index: usize) -> Vec<usize> {
        let mut indices: Vec<usize> = self
            .axes()
            .rev()
            .map(|len| {
                let here = index % len.max(1);
                index /= len.max(1);
                here
            })
            .collect();
        indices.reverse();
        indices
    }
}

impl PartialEq for Shape<'_> {
    #[inline(always)]
    fn eq(&self, other: &Shape<'_>) -> bool {
        if self.without.is_some() || other.without.is_some() {
            return self.axes().eq(other.axes());
        }
        self.axes.len() == other.axes.len() && self.axes.iter().zip(other.axes).all(|(a, b)| a.len == b.len)
    }
}

impl std::fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lens: Vec<_> = self.axes().map(|len| len.to_string()).collect();
        if lens.len() == 1 { write!(f, "({},)", lens[0]) } else { write!(f, "({})", lens.join(", ")) }
    }
}

#[inline]
pub fn same_shape(py: Python<'_>, a: &Array<'_>, b: &Array<'_>) -> PyResult<()> {
    if a.shape() == b.shape() {
        return Ok(());
    }
    let fix = if a.len() == b.len() {
        let (from, to) = if a.shape().ndim() > b.shape().ndim() { (a, b) } else { (b, a) };
        format!("if they belong together, pass {}.reshape({}.shape)", from.name(), to.name())
    } else {
        "nothing is broadcast; pass as many of the one as of the other".to_owned()
    };
    let message = format!("{} has shape {} and {} has shape {}; {fix}", a.name(), a.shape(), b.name(), b.shape());
    Err(raise(py, Kind::Shape, &message))
}

/// Which axis of the predictions holds the classes, in a number that the loss has weights for.
pub fn class_axis(py: Python<'_>, loss: &Native, x: &Array<'_>) -> PyResult<usize> {
    let (ndim, axis) = (x.shape().ndim() as i64, loss.settings.axis);
    let at = if axis < 0 { axis + ndim } else { axis };
    if !(0..ndim).contains(&at) {
        let message = format!("y_pred has shape {}; axis={axis} of its classes does not exist", x.shape());
        return Err(raise(py, Kind::Shape, &message));
    }
    let classes = x.shape().axes().nth(at as usize).unwrap_or(1);
    if classes == 0 {
        let message = format!("y_pred has shape {}; axis {axis} must have at least one class", x.shape());
        return Err(raise(py, Kind::Shape, &message));
    }
    let per_class =
        loss.params.iter().find_map(|value| if let Value::List(weights) = value { Some(weights.len()) } else { None });
    if let Some(weights) = per_class.filter(|weights| *weights != classes) {
        let message = format!("class_weight has {weights} numbers and y_pred has {classes} classes");
        return Err(raise(py, Kind::Shape, &message));
    }
    Ok(at as usize)
}

/// Refuses a target whose shape does not go with the predictions.
#[inline]
pub fn check_target(
    py: Python<'_>,
    loss: &Native,
    y: &Array<'_>,
    x: &Array<'_>,
    unreduced: &Shape<'_>,
) -> PyResult<()> {
    let (dense, sparse) = (y.shape() == x.shape(), y.shape() == *unreduced);
    let wanted = match loss.entry.info.target {
        Domain::ClassIndex if sparse => return Ok(()),
        Domain::ClassIndexOrProbability if sparse || dense => return Ok(()),
        Domain::ClassIndex if unreduced.ndim() == 0 => format!("scores of shape {}, a row for each target", rows_of(y)),
        Domain::ClassIndex => format!("class indices of shape {unreduced}"),
        Domain::ClassIndexOrProbability => {
            format!("class indices of shape {unreduced} or rows of probabilities of shape {}", x.shape())
        }
        _ if loss.entry.info.family == Family::Pointwise => return same_shape(py, y, x),
        _ if dense => return Ok(()),
        _ if sparse => format!(
            "rows of shape {}; for class indices use sparse_categorical_cross_entropy or categorical_focal",
            x.shape()
        ),
        _ => format!("rows of shape {}", x.shape()),
    };
    let message = format!("y_true has shape {} and y_pred has shape {}; wanted {wanted}", y.shape(), x.shape());
    Err(raise(py, Kind::Shape, &message))
}

/// The shape of rows of K classes for these targets, in words.
fn rows_of(y: &Array<'_>) -> String {
    let lens: Vec<_> = y.shape().axes().map(|len| len.to_string()).chain(["K".to_owned()]).collect();
    format!("({})", lens.join(", "))
}
