//! A call of `full_hessian`: arguments become a request, the engine runs it, and matrices come back.

use crate::arrays::Array;
use crate::call::{self, Stop};
use crate::error::{Kind, bug, raise};
use crate::loss::Native;
use crate::outputs::results_are_single;
use crate::reduction;
use crate::shape::{check_target, class_axis};
use crate::threads;
use lossreg_core::engine::memory::Dtype;
use lossreg_core::engine::request::Request;
use lossreg_core::engine::rowwise::full;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::loss::Family;
use lossreg_core::parallel;
use pyo3::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The second derivatives by every two classes of each row.
pub fn hessian<'py>(
    loss: &Native,
    y_and_x: [&Bound<'py, PyAny>; 2],
    sample_weight: Option<&Bound<'py, PyAny>>,
    r#where: Option<&Bound<'py, PyAny>>,
    reduction: Option<&Bound<'py, PyAny>>,
    n_threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let work = || matrices(loss, y_and_x, sample_weight, r#where, reduction, n_threads);
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(bug(y_and_x[0].py(), &*panic)))
}

fn matrices<'py>(
    loss: &Native,
    [y, x]: [&Bound<'py, PyAny>; 2],
    sample_weight: Option<&Bound<'py, PyAny>>,
    r#where: Option<&Bound<'py, PyAny>>,
    reduction: Option<&Bound<'py, PyAny>>,
    n_threads: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let py = y.py();
    if loss.entry.info.family != Family::RowWise {
        let message = format!("the Hessian of {} is diagonal: use hess(...), which is all of it", loss.entry.name);
        return Err(raise(py, Kind::Type, &message));
    }
    let reduction = reduction::named(py, reduction)?;
    let y = call::argument(py, Some(y), "y_true")?;
    let x = call::argument(py, Some(x), "y_pred")?;
    let axis = class_axis(py, loss, &x)?;
    let classes = x.shape().axes().nth(axis).unwrap_or(1);
    let unreduced = x.shape().without(Some(axis));
    check_target(py, loss, &y, &x, &unreduced)?;
    let weight = call::per_loss(py, sample_weight, "sample_weight", &unreduced)?;
    let mask = call::per_loss(py, r#where, "where", &unreduced)?;
    let limit = n_threads.filter(|n| !n.is_none()).map(|n| threads::number(n, "n_threads")).transpose()?;

    let single = results_are_single(&x);
    let shape: Vec<_> = unreduced.axes().chain([classes, classes]).collect();
    let dtype = if single { "float32" } else { "float64" };
    let matrices = py.import("numpy")?.getattr("empty")?.call1((shape, dtype))?;
    let output = Array::output(&matrices, "out")?;
    let (diagonals, rest) = output.sink(None).diagonals_and_rest(classes);
    let request = Request {
        classes,
        weight: weight.as_ref().map(|weight| weight.spread(&unreduced)),
        mask: mask.as_ref().map(|mask| mask.spread(&unreduced)),
        reduction,
        wanted: Wanted { value: false, grad: false, hess: true },
        outputs: lossreg_core::engine::request::Outputs { hess: Some(diagonals), ..Default::default() },
        threads: parallel::threads_for(x.len() * classes, 3.0, limit.unwrap_or_else(parallel::num_threads)),
        names: (y.name(), x.name()),
        ..Request::new(
            loss.entry,
            &loss.settings,
            y.view(Some(axis).filter(|_| y.shape().ndim() == x.shape().ndim())),
            x.view(Some(axis)),
        )
    };
    let run = if single && y.dtype != Dtype::F64 { full::run::<f32> } else { full::run::<f64> };
    let outcome = py.detach(|| {
        let mut signal = None;
        let outcome = run(request, rest, &mut || {
            #[allow(clippy::redundant_closure_for_method_calls)]
            // The method alone is not general enough in its lifetime.
            let outcome = Python::attach(|py| py.check_signals());
            signal = outcome.err();
            signal.is_some()
        });
        signal.map_or_else(|| outcome.map_err(Stop::Engine), |signal| Err(Stop::Python(signal)))
    });
    outcome.map_err(|stop| call::in_words(py, stop, &y, &x, Some(axis), &unreduced))?;
    Ok(matrices)
}
