//! The shortest calls: few targets, predictions and perhaps weights in order, of one float dtype and shape, and nothing else said but
//! a reduction and where one derivative goes.
//!
//! They go straight from NumPy's structs to a kernel, because making a plan takes longer than such a loss itself. What is not short,
//! or holds anything unusual, is planned, which also tells what is wrong with it.

use crate::evaluator::Catalogued;
use crate::front::call::{self, Call, Wanted};
use crate::front::numpy::{Plain, SINGLE};
use crate::front::outputs::Results;
use lossreg_core::engine::entry::Code;
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
    let is_formula = matches!(loss.entry.code, Code::Formula) && loss.entry.info.family == Family::Pointwise;
    if !call.is_short() || wanted.full || !is_formula {
        return Ok(None);
    }
    let Some(reduction) = call::interned(call.reduction) else { return Ok(None) };
    let (Some(y), Some(x)) = (Plain::of(y, FEW), Plain::of(x, FEW)) else { return Ok(None) };
    let weight = call.sample_weight.map(|weight| Plain::of(weight, FEW).filter(|weight| weight.is_like(&x)));
    if let Some(None) = weight {
        return Ok(None);
    }
    let weight = weight.flatten();
    // Of a value there is no array, and two derivatives are a pair.
    let pair = call.out.is_some() && wanted.grad == wanted.hess;
    // Derivatives of losses that are not reduced are those of their sum.
    let summed = reduction == Reduction::Sum || reduction == Reduction::None && !wanted.value;
    if !(summed || reduction == Reduction::Mean) || !y.is_like(&x) || pair {
        return Ok(None);
    }
    let output = |wanted: bool| match call.out {
        _ if !wanted => Ok(None),
        Some(out) => Ok(Some(out.clone())),
        None => x.fresh(py).map(Some),
    };
    let (grad, hess) = (output(wanted.grad)?, output(wanted.hess)?);
    let inputs = [Some(&y), Some(&x), weight.as_ref()];
    let (Some(to_grad), Some(to_hess)) = (place(grad.as_ref(), inputs), place(hess.as_ref(), inputs)) else {
        return Ok(None);
    };
    let short = Short { loss, y, x, weight, to_grad, to_hess, wanted, mean: reduction == Reduction::Mean };
    let value = if short.x.number == SINGLE { compute::<f32>(&short) } else { compute::<f64>(&short) };
    Ok(value.map(|value| Results { py, value, unreduced: None, grad: [grad, None], hess: [hess, None] }))
}

/// An output, if it is wanted; `None` where it is not like the inputs and apart from them.
#[inline(always)]
#[allow(clippy::option_option)] // Not wanted is not the same as not fit.
fn place<'a>(output: Option<&'a Bound<'_, PyAny>>, inputs: [Option<&Plain<'_>>; 3]) -> Option<Option<Plain<'a>>> {
    let Some(output) = output else { return Some(None) };
    let to = Plain::of(output, FEW)?;
    let fits = to.writable && inputs.into_iter().flatten().all(|input| to.is_like(input) && to.is_apart(input));
    fits.then_some(Some(to))
}

/// A short call, with nothing left to check but the numbers.
struct Short<'a> {
    loss: &'a Catalogued,
    y: Plain<'a>,
    x: Plain<'a>,
    weight: Option<Plain<'a>>,
    to_grad: Option<Plain<'a>>,
    to_hess: Option<Plain<'a>>,
    wanted: Wanted,
    mean: bool,
}

/// The reduced value; `None` where the engine has to look closer.
fn compute<T: Working>(short: &Short<'_>) -> Option<f64> {
    let Short { loss, y, x, weight, to_grad, to_hess, wanted, mean } = short;
    let (y, x) = (y.elements::<T>(), x.elements::<T>());
    small::run(Small {
        entry: loss.entry,
        settings: &loss.settings,
        y,
        x,
        weight: weight.as_ref().map(Plain::elements),
        wanted: wanted.of_each(),
        divisor: if *mean { x.len() as f64 } else { 1.0 },
        grad: to_grad.as_ref().map_or(&mut [], Plain::elements_mut),
        hess: to_hess.as_ref().map_or(&mut [], Plain::elements_mut),
        level: simd::active(),
    })
}
