//! What start values need to know of targets: a summary, the numbers near a quantile, and the slope of a loss.

use crate::evaluator::Catalogued;
use crate::front::arrays::Array;
use crate::front::check;
use crate::guard::guarded;
use crate::loss::Loss;
use crate::ops::{computed, given};
use lossreg_core::engine::pointwise::slopes::{self, Slopes};
use lossreg_core::engine::selection::{Between, Weighted};
use lossreg_core::engine::summary::{Summary, Targets};
use lossreg_core::{parallel, simd};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Nanoseconds that a number takes to be added up.
const LIGHT: f64 = 0.3;

/// What start values need to know of targets, as a dict: `weight`, `mean`, `negative`, `low`, `high`, `minus_one`,
/// `zero`, `other`. The arguments are those of a call, with the shape of the unreduced loss where the targets have another.
#[pyfunction]
#[pyo3(signature = (y_true, sample_weight=None, r#where=None, *, labels=false))]
pub fn summary<'py>(
    py: Python<'py>,
    y_true: &Bound<'py, PyAny>,
    sample_weight: Option<&Bound<'py, PyAny>>,
    r#where: Option<&Bound<'py, PyAny>>,
    labels: bool,
) -> PyResult<Bound<'py, PyAny>> {
    guarded(py, || {
        let y = Array::input(y_true, "y_true")?;
        let weight = of_each(py, sample_weight, "sample_weight", &y)?;
        let mask = of_each(py, r#where, "where", &y)?;
        let targets = Targets {
            y: y.view(None),
            weight: weight.as_ref().map(|weight| weight.spread(&y.shape(), None)),
            mask: mask.as_ref().map(|mask| mask.spread(&y.shape(), None)),
            threads: parallel::threads_for(y.len(), LIGHT, parallel::num_threads()),
            level: simd::active(),
        };
        let Summary { weight, mean, negative, seen } =
            computed(py, y.len() as f64 * LIGHT, |interrupt| targets.summary(labels, interrupt))?;
        let dict = PyDict::new(py);
        let numbers = [("weight", weight), ("mean", mean), ("negative", negative)];
        for (name, number) in numbers.into_iter().chain([("low", seen.low), ("high", seen.high)]) {
            dict.set_item(name, number)?;
        }
        for (name, is_there) in [("minus_one", seen.minus_one), ("zero", seen.zero), ("other", seen.other)] {
            dict.set_item(name, is_there)?;
        }
        Ok(dict.into_any())
    })
}

/// Weights or a mask of targets.
fn of_each<'py>(
    py: Python<'py>,
    object: Option<&Bound<'py, PyAny>>,
    name: &'static str,
    y: &Array<'py>,
) -> PyResult<Option<Array<'py>>> {
    let array = given(object).map(|object| Array::input(object, name)).transpose()?;
    if let Some(array) = &array {
        check::per_loss(py, array, &y.shape())?;
    }
    Ok(array)
}

/// The numbers from `low` to `high`, their weights if there are any, and the weight of the numbers below.
#[pyfunction]
pub fn between<'py>(
    py: Python<'py>,
    y: &Bound<'py, PyAny>,
    weight: Option<&Bound<'py, PyAny>>,
    low: f64,
    high: f64,
) -> PyResult<(Bound<'py, PyAny>, Option<Bound<'py, PyAny>>, f64)> {
    guarded(py, || {
        let y = Array::input(y, "y_true")?;
        let weight = of_each(py, weight, "sample_weight", &y)?;
        let weighted = Weighted {
            numbers: y.view(None),
            weights: weight.as_ref().map(|weight| weight.spread(&y.shape(), None)),
            threads: parallel::threads_for(y.len(), LIGHT, parallel::num_threads()),
            level: simd::active(),
        };
        let Between { numbers, weights, below } =
            computed(py, y.len() as f64 * LIGHT, |interrupt| weighted.between(low, high, interrupt))?;
        let weights = weight.is_some().then(|| Array::of(py, &weights)).transpose()?;
        Ok((Array::of(py, &numbers)?, weights, below))
    })
}

/// The sums of the first derivatives of a loss, of their magnitudes, and of the second derivatives, where all targets have one
/// prediction. All targets count, and are within the domain of the loss.
#[pyfunction]
pub fn slope<'py>(
    py: Python<'py>,
    loss: &Bound<'py, Loss>,
    y: &Bound<'py, PyAny>,
    weight: Option<&Bound<'py, PyAny>>,
    score: f64,
) -> PyResult<(f64, f64, f64)> {
    guarded(py, || {
        let Catalogued { entry, settings, .. } = loss.get().native(py)?;
        let y = Array::input(y, "y_true")?;
        let weight = of_each(py, weight, "sample_weight", &y)?;
        let targets = slopes::Targets {
            entry,
            settings,
            y: y.view(None),
            weight: weight.as_ref().map(|weight| weight.spread(&y.shape(), None)),
            threads: parallel::threads_for(y.len(), LIGHT, parallel::num_threads()),
            level: simd::active(),
        };
        let Slopes { slope, size, curvature } =
            computed(py, y.len() as f64 * LIGHT, |interrupt| targets.slopes(score, interrupt))?;
        Ok((slope, size, curvature))
    })
}
