//! The shortest calls: few targets and predictions in order, of one float dtype and shape, and nothing else said but a reduction
//! and where one derivative goes.
//!
//! They go straight from NumPy's structs to a kernel, because making a plan takes longer than such a loss itself. What is not short,
//! or holds anything unusual, is planned, which also tells what is wrong with it.

use crate::evaluator::Catalogued;
use crate::front::call::{self, Call, Wanted};
use crate::front::numpy::{self, DOUBLE, Memory, SINGLE};
use crate::front::outputs::Results;
use crate::front::shape::Shape;
use lossreg_core::engine::memory::Dtype;
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
    let arrays = numpy::is_plain(y) && numpy::is_plain(x);
    if !arrays || !call.is_short() || wanted.full || loss.entry.info.family != Family::Pointwise {
        return Ok(None);
    }
    let reduction = call::reduction(py, call.reduction)?;
    let (Some(y), Some(x)) = (Memory::of(y), Memory::of(x)) else { return Ok(None) };
    let reduces = matches!(reduction, Reduction::Mean | Reduction::Sum);
    if !reduces || y.dtype != x.dtype || Shape::of(&y.axes) != Shape::of(&x.axes) {
        return Ok(None);
    }
    let mean = reduction == Reduction::Mean;
    match x.dtype {
        Dtype::F32 => of::<f32>(py, loss, call, wanted, mean, [&y, &x]),
        Dtype::F64 => of::<f64>(py, loss, call, wanted, mean, [&y, &x]),
        _ => Ok(None),
    }
}

#[inline(always)]
fn of<'py, T: Working>(
    py: Python<'py>,
    loss: &Catalogued,
    call: &Call<'_, 'py>,
    wanted: Wanted,
    mean: bool,
    [y, x]: [&Memory; 2],
) -> PyResult<Option<Results<'py>>> {
    let (Some(targets), Some(predictions)) = (y.elements::<T>(), x.elements::<T>()) else { return Ok(None) };
    if predictions.len() > FEW {
        return Ok(None);
    }
    let number = if T::SINGLE { SINGLE } else { DOUBLE };
    let fresh = || numpy::new_array(py, number, &Shape::of(&x.axes), &[]);
    let (mut grad, mut hess) = (None, None);
    if let Some(out) = call.out {
        // Of a value there is no array, and two derivatives are a pair.
        let slot = match (wanted.grad, wanted.hess) {
            (true, false) => &mut grad,
            (false, true) => &mut hess,
            _ => return Ok(None),
        };
        *slot = Some(out.clone());
    }
    if wanted.grad && grad.is_none() {
        grad = Some(fresh()?);
    }
    if wanted.hess && hess.is_none() {
        hess = Some(fresh()?);
    }
    let memories =
        [&grad, &hess].map(|array| array.as_ref().filter(|array| numpy::is_plain(array)).and_then(Memory::of));
    let place = |wanted: bool, memory: &'_ Option<Memory>| match memory {
        _ if !wanted => true,
        Some(to) => {
            let free = call.out.is_none() || to.writable && to.is_apart(x) && to.is_apart(y);
            free && to.dtype == x.dtype && Shape::of(&to.axes) == Shape::of(&x.axes)
        }
        None => false,
    };
    if !place(wanted.grad, &memories[0]) || !place(wanted.hess, &memories[1]) {
        return Ok(None);
    }
    let [to_grad, to_hess] = memories.each_ref().map(|memory| slice::<T>(memory.as_ref()));
    let (Some(to_grad), Some(to_hess)) = (to_grad, to_hess) else { return Ok(None) };
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

/// The elements of an output; none, where it is not wanted.
#[inline(always)]
fn slice<T: Working>(memory: Option<&Memory>) -> Option<&mut [T]> {
    match memory {
        Some(memory) => memory.elements_mut(),
        None => Some(&mut []),
    }
}
