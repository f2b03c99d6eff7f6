//! A call with every check behind it and nothing computed yet.

use crate::error::{Kind, raise};
use crate::evaluator::Evaluator;
use crate::front::arrays::{Array, shared_walk};
use crate::front::call::{Arguments, Wanted};
use crate::front::outputs::{Derivatives, Outputs};
use crate::front::shape::{Axes, Shape};
use crate::front::walk::Walk;
use lossreg_core::engine::curvature::Curve;
use lossreg_core::engine::request::Reduction;
use lossreg_core::engine::sums::Totals;
use lossreg_core::loss::{Family, Side};
use lossreg_core::parallel;
use pyo3::prelude::*;
use std::sync::Mutex;

/// What is to be computed from what, and where it goes. A pair of score arrays is two plans, whose values are added.
#[allow(clippy::struct_excessive_bools)] // Each is a fact of its own.
pub struct Plan<'a, 'py> {
    pub loss: &'a Evaluator<'a, 'py>,
    /// Targets; adversarial losses have none, but the number of their side.
    pub y: Option<&'a Array<'py>>,
    pub side: f64,
    pub x: &'a Array<'py>,
    pub weight: Option<&'a Array<'py>>,
    pub mask: Option<&'a Array<'py>>,
    /// Which axes of the predictions have one loss together, such as classes, and how many elements they hold.
    pub inner: Axes,
    pub classes: usize,
    /// The order in which all arrays are gone through, or the predictions' with their inner axes last.
    pub walk: Option<Walk>,
    pub reduction: Reduction,
    /// What that is of, where these losses are a part of it.
    pub whole: Option<&'a Totals>,
    pub wanted: Wanted,
    /// What second derivatives are made from, and the kind of them that the losses of a sum are asked for.
    pub curve: Curve,
    pub kind: &'a str,
    pub min_hessian: Option<f64>,
    /// Unreduced values, and whether they are added to what is there.
    pub value: Option<&'a Array<'py>>,
    pub accumulate: bool,
    pub grad: Option<&'a Array<'py>>,
    /// The diagonal of the Hessian or all of it.
    pub hess: Option<&'a Array<'py>>,
    /// What reductions are made of, in the place of a reduced value.
    pub totals: Option<&'a Mutex<Totals>>,
    pub in_place: bool,
    pub outputs_given: bool,
    /// Whether the arithmetic is in float64.
    pub double: bool,
    /// How long the engine needs, in nanoseconds, about.
    pub nanoseconds: f64,
    /// The most threads to use, where the call says so.
    pub limit: Option<usize>,
}

impl<'a, 'py> Plan<'a, 'py> {
    /// The plan of a call, of its second side where `second`.
    ///
    /// # Errors
    /// Where there is nothing to take a mean of, or the loss has no such output.
    #[inline(always)]
    pub fn of(
        py: Python<'py>,
        loss: &'a Evaluator<'a, 'py>,
        arguments: &'a Arguments<'py>,
        outputs: &'a Outputs<'py>,
        wanted: Wanted,
        second: bool,
    ) -> PyResult<Self> {
        let Arguments { y, weight, mask, inner, reduction, whole, curve, kind, min_hessian, limit, .. } = arguments;
        let x = arguments.other.as_ref().filter(|_| second).unwrap_or(&arguments.x);
        let derivatives = &outputs.sides[usize::from(second)];
        let classes = x.shape().product(*inner);
        let whole = whole.as_ref().map(|sides| &sides[usize::from(second)]);
        if matches!(reduction, Reduction::Mean | Reduction::WeightedMean) && x.len() == 0 && whole.is_none() {
            return Err(raise(py, Kind::Empty, EMPTY));
        }
        let double = is_double(loss, y.as_ref(), x);
        let nanoseconds = if wanted.full { 3.0 * classes as f64 } else { loss.nanoseconds(double) };
        Ok(Plan {
            loss,
            y: y.as_ref(),
            side: match loss.family() {
                Family::Adversarial(sides) if sides[usize::from(second)] == Side::Real => 1.0,
                _ => 0.0,
            },
            x,
            weight: weight.as_ref(),
            mask: mask.as_ref(),
            inner: *inner,
            classes,
            walk: if !inner.is_empty() {
                Walk::with_last(*inner, x.shape().ndim())
            } else if has_free_order(loss, arguments) {
                let outputs = [&outputs.value, &derivatives.grad, &derivatives.hess].into_iter().flatten();
                shared_walk(arguments.inputs().chain(outputs))
            } else {
                None
            },
            reduction: *reduction,
            whole,
            wanted,
            curve: *curve,
            kind: kind.as_deref().unwrap_or("exact"),
            min_hessian: *min_hessian,
            value: outputs.value.as_ref(),
            accumulate: second,
            grad: derivatives.grad.as_ref(),
            hess: derivatives.hess.as_ref(),
            totals: None,
            in_place: derivatives.in_place,
            outputs_given: outputs.given,
            double,
            nanoseconds: x.len() as f64 * nanoseconds,
            limit: *limit,
        })
    }

    /// Whether a loss of a sum is one of elements, where others are of rows or of sets.
    pub fn is_wider_than(&self, loss: &Evaluator<'_, '_>) -> bool {
        !self.inner.is_empty() && loss.family() == Family::Pointwise
    }

    /// The plan of a loss of a sum: unweighted and unreduced, of what a mask lets through.
    pub fn of_term(
        &'a self,
        loss: &'a Evaluator<'a, 'py>,
        mask: Option<&'a Array<'py>>,
        value: Option<&'a Array<'py>>,
        derivatives: &'a Derivatives<'py>,
    ) -> Self {
        let of_elements = self.is_wider_than(loss);
        Plan {
            loss,
            mask,
            weight: None,
            inner: if of_elements { Axes::NONE } else { self.inner },
            classes: if of_elements { 1 } else { self.classes },
            walk: self.walk.clone().filter(|_| !of_elements),
            reduction: Reduction::None,
            whole: None,
            wanted: Wanted { hess: derivatives.hess.is_some(), ..self.wanted },
            curve: loss.curve(self.kind, self.classes).unwrap_or(Curve::EXACT),
            min_hessian: None,
            value,
            accumulate: false,
            grad: derivatives.grad.as_ref(),
            hess: derivatives.hess.as_ref(),
            totals: None,
            in_place: false,
            outputs_given: false,
            ..*self
        }
    }

    /// The shape of the unreduced loss.
    pub fn unreduced(&self) -> Shape<'a> {
        self.x.shape().without(self.inner)
    }

    /// Whether targets are class indices, one a row, or one an element where one of them may be ignored.
    pub fn has_indices(&self) -> bool {
        let by_element = self.inner.is_empty() && self.loss.ignore_index().is_some();
        by_element || !self.inner.is_empty() && self.y.is_some_and(|y| y.shape().ndim() < self.x.shape().ndim())
    }

    /// The order in which what belongs to each loss is gone through.
    pub fn walk_of_losses(&self) -> Option<&Walk> {
        self.walk.as_ref().filter(|_| self.inner.is_empty())
    }

    /// How many threads are worth using.
    pub fn threads(&self) -> usize {
        parallel::threads_for(1, self.nanoseconds, self.limit.unwrap_or_else(parallel::num_threads))
    }
}

/// What a mean over nothing is told.
pub const EMPTY: &str =
    "the mean over no valid elements is undefined; use reduction='sum' or 'none', or check for it before the call";

/// Whether the arithmetic is in float64.
#[inline(always)]
fn is_double(loss: &Evaluator<'_, '_>, y: Option<&Array<'_>>, x: &Array<'_>) -> bool {
    !x.is_single() || loss.widens() || y.is_some_and(|y| loss.needs_double(y.dtype()))
}

/// Whether elements may be gone through in any order: sums are correctly rounded in each.
#[inline(always)]
pub fn has_free_order(loss: &Evaluator<'_, '_>, arguments: &Arguments<'_>) -> bool {
    let same_axes = arguments.y.as_ref().is_some_and(|y| y.shape().ndim() == arguments.x.shape().ndim());
    matches!(loss, Evaluator::Catalogue(_)) && same_axes && arguments.inner.is_empty()
}
