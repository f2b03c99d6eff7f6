//! The plainest calls: two arrays of one float dtype and one shape, in C order and few, and nothing else said.
//!
//! Looking after every other case takes some times longer than such a loss itself. What is not plain, or holds anything unusual,
//! goes the general way, which also tells what is wrong with it.
#![allow(unsafe_code)] // Lends the memory of arrays, as arrays.rs does, whose checks it repeats in short.

use crate::arrays::{DescrHead, is_plain, new_array};
use crate::call::Call;
use crate::loss::Native;
use crate::outputs::Outputs;
use crate::reduction;
use lossreg_core::engine::pointwise::small::{self, FEW, Small};
use lossreg_core::engine::request::Reduction;
use lossreg_core::engine::wanted::Wanted;
use lossreg_core::engine::working::Working;
use lossreg_core::loss::Family;
use lossreg_core::simd;
use numpy::npyffi::{_PyArray_GET_ITEM_DATA, NPY_TYPES, PyArrayObject, flags};
use pyo3::prelude::*;
use pyo3::types::PyFloat;
use std::slice;

/// Evaluates a plain call; whether it was one.
#[inline]
pub fn evaluate<'py>(
    py: Python<'py>,
    loss: &Native,
    call: &Call<'_, 'py>,
    wanted: Wanted,
    outputs: &mut Outputs<'py>,
) -> PyResult<bool> {
    let (Some(y), Some(x)) = (call.y_true, call.y_pred) else { return Ok(false) };
    if call.says_more() || loss.entry.info.family != Family::Pointwise {
        return Ok(false);
    }
    let reduction = reduction::named(py, call.reduction)?;
    let (Some(y), Some(x)) = (Plain::of(y), Plain::of(x)) else { return Ok(false) };
    if !matches!(reduction, Reduction::Mean | Reduction::Sum) || y.number != x.number || y.lens != x.lens {
        return Ok(false);
    }
    let mean = reduction == Reduction::Mean;
    match x.number {
        SINGLE => compute::<f32>(py, loss, wanted, mean, [&y, &x], outputs),
        DOUBLE => compute::<f64>(py, loss, wanted, mean, [&y, &x], outputs),
        _ => Ok(false),
    }
}

const SINGLE: i32 = NPY_TYPES::NPY_FLOAT as i32;
const DOUBLE: i32 = NPY_TYPES::NPY_DOUBLE as i32;

/// An array in C order, aligned and in this machine's byte order, of 1 to [`FEW`] elements.
struct Plain<'a> {
    data: *mut u8,
    len: usize,
    lens: &'a [isize],
    number: i32,
}

impl<'a> Plain<'a> {
    #[inline(always)]
    fn of(object: &'a Bound<'_, PyAny>) -> Option<Self> {
        if !is_plain(object) {
            return None;
        }
        // SAFETY: the object is an array, which keeps `nd` lengths.
        let (fields, head, lens) = unsafe {
            let fields = &*_PyArray_GET_ITEM_DATA(object.as_ptr().cast::<PyArrayObject>());
            let lens = if fields.nd == 0 { &[] } else { slice::from_raw_parts(fields.dimensions, fields.nd as usize) };
            (fields, &*fields.descr.cast::<DescrHead>(), lens)
        };
        let ordered = flags::NPY_ARRAY_C_CONTIGUOUS | flags::NPY_ARRAY_ALIGNED;
        let len = lens.iter().product::<isize>() as usize;
        // The memory of no elements may be anywhere.
        let few = (1..=FEW).contains(&len);
        (fields.flags & ordered == ordered && head.is_native() && few).then_some(Plain {
            data: fields.data.cast(),
            len,
            lens,
            number: head.number,
        })
    }

    /// The elements.
    ///
    /// # Safety
    /// They are of type `T`, the array lives for `'b`, and nobody writes to it meanwhile.
    #[inline(always)]
    unsafe fn elements<'b, T>(&self) -> &'b [T] {
        // SAFETY: that many elements lie one after the other, aligned; the rest is the caller's.
        unsafe { slice::from_raw_parts(self.data.cast(), self.len) }
    }
}

#[inline(always)]
fn compute<'py, T: Working>(
    py: Python<'py>,
    loss: &Native,
    wanted: Wanted,
    mean: bool,
    [y, x]: [&Plain<'_>; 2],
    outputs: &mut Outputs<'py>,
) -> PyResult<bool> {
    let fresh = |wanted: bool| -> PyResult<(Option<Bound<'py, PyAny>>, &mut [T])> {
        if !wanted {
            return Ok((None, &mut []));
        }
        let (array, data) = new_array(py, x.number, x.lens)?;
        // SAFETY: a fresh array in the shape of the prediction, of which nobody else knows; any bits are a number.
        Ok((Some(array), unsafe { slice::from_raw_parts_mut(data.cast(), x.len) }))
    };
    let ((grad, to_grad), (hess, to_hess)) = (fresh(wanted.grad)?, fresh(wanted.hess)?);
    // SAFETY: `number` is the type, the arguments outlive the call, and while the interpreter is held no Python code runs.
    let (y, x) = unsafe { (y.elements::<T>(), x.elements::<T>()) };
    let divisor = if mean { x.len() as f64 } else { 1.0 };
    let value = small::run(Small {
        entry: loss.entry,
        settings: &loss.settings,
        y,
        x,
        wanted,
        divisor,
        grad: to_grad,
        hess: to_hess,
        level: simd::active(),
    });
    let Some(value) = value else { return Ok(false) };
    outputs.value = wanted.value.then(|| PyFloat::new(py, value).into_any());
    (outputs.grad[0], outputs.hess[0]) = (grad, hess);
    Ok(true)
}
