//! The shortest calls: few targets and predictions in order, of one float dtype and shape, and nothing else said but a reduction
//! and where one derivative goes.
//!
//! They go straight from NumPy's structs to a kernel, because making a plan takes longer than such a loss itself. What is not short,
//! or holds anything unusual, is planned, which also tells what is wrong with it.

use crate::evaluator::Catalogued;
use crate::front::call::{self, Call, Given, Wanted};
use crate::front::numpy::{Plain, SINGLE};
use crate::front::outputs::Results;
use lossreg_core::engine::pointwise::small::{self, FEW, Small};
use lossreg_core::engine::request::Reduction;
use lossreg_core::engine::working::Working;
use lossreg_core::loss::Family;
use lossreg_core::simd;
use pyo3::prelude::*;

/// Evaluates a short call; `None` where it is another.
#[inline(always)]
pub fn evaluate<'py>(
    py: Python<'py>,
    loss: &Catalogued,
    call: &Call<'_, 'py>,
    wanted: Wanted,
) -> PyResult<Option<Results<'py>>> {
    let (Some(y), Some(x)) = (call.y_true, call.y_pred) else { return Ok(None) };
    if !call.is_short() || wanted.full || loss.entry.info.family != Family::Pointwise {
        return Ok(None);
    }
    let reduction = call::reduction(py, call.reduction)?;
    let (Some(y), Some(x)) = (Plain::of(y, FEW), Plain::of(x, FEW)) else { return Ok(None) };
    if !matches!(reduction, Reduction::Mean | Reduction::Sum) || !y.is_like(&x) {
        return Ok(None);
    }
    let mean = reduction == Reduction::Mean;
    let run = if x.number == SINGLE { run::<f32> } else { run::<f64> };
    run(py, loss, call.out, wanted, mean, [&y, &x])
}

#[inline(always)]
fn run<'py, T: Working>(
    py: Python<'py>,
    loss: &Catalogued,
    out: Given<'_, 'py>,
    wanted: Wanted,
    mean: bool,
    [y, x]: [&Plain<'_>; 2],
) -> PyResult<Option<Results<'py>>> {
    let output = |wanted: bool| match out {
        _ if !wanted => Ok(None),
        Some(out) => Ok(Some(out.clone())),
        None => x.fresh(py).map(Some),
    };
    // Of a value there is no array, and two derivatives are a pair.
    if out.is_some() && wanted.grad == wanted.hess {
        return Ok(None);
    }
    let (grad, hess) = (output(wanted.grad)?, output(wanted.hess)?);
    let (Some(to_grad), Some(to_hess)) = (place(grad.as_ref(), [y, x]), place(hess.as_ref(), [y, x])) else {
        return Ok(None);
    };
    let (targets, predictions) = (y.elements::<T>(), x.elements::<T>());
    let value = small::run(Small {
        entry: loss.entry,
        settings: &loss.settings,
        y: targets,
        x: predictions,
        wanted: wanted.of_each(),
        divisor: if mean { predictions.len() as f64 } else { 1.0 },
        grad: to_grad,
        hess: to_hess,
        level: simd::active(),
    });
    Ok(value.map(|value| Results { py, value, unreduced: None, grad: [grad, None], hess: [hess, None] }))
}

/// The elements of an output, none where it is not wanted; `None` where it is not like the inputs and apart from them.
#[inline(always)]
fn place<'a, T: Working>(output: Option<&'a Bound<'_, PyAny>>, [y, x]: [&Plain<'_>; 2]) -> Option<&'a mut [T]> {
    let Some(output) = output else { return Some(&mut []) };
    let to = Plain::of(output, FEW)?;
    (to.writable && to.is_like(x) && to.is_apart(x) && to.is_apart(y)).then(|| to.elements_mut())
}
