//! The C interface, of which `lossreg/kernel.h` says what its fields mean: its structs, and a formula as one of them.
#![allow(unsafe_code)] // C calls with pointers, which become slices here, and the struct has pointers to what lives forever.

use crate::compute::{elements, refusal};
use lossreg_core::engine::working::Working;
use lossreg_core::loss::{Cost, Formula, Kind, Value};
use lossreg_core::number::Real;
use std::ffi::{CStr, CString, c_char, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::{null, null_mut};
use std::slice;
use std::sync::OnceLock;

/// The name of the capsule.
pub const CAPSULE: &CStr = c"lossreg.kernel.v1";

/// The version of the interface.
pub const VERSION: u32 = 1;

/// What a function returns when all went well.
pub const OK: i32 = 0;

/// A function of elements.
pub type Elements<T> =
    unsafe extern "C" fn(*mut c_void, *const f64, usize, *const T, *const T, *mut T, *mut T, *mut T) -> i32;

/// A function of rows.
pub type Rows<T> =
    unsafe extern "C" fn(*mut c_void, *const f64, usize, usize, *const c_void, *const T, *mut T, *mut T, *mut T) -> i32;

/// What an error is about.
pub type Message = unsafe extern "C" fn(*mut c_void, i32) -> *const c_char;

/// Of a parameter: the lower bound itself is excluded.
pub const LOW_OPEN: u64 = 1;
/// Of a parameter: the upper bound itself is excluded.
pub const HIGH_OPEN: u64 = 2;
/// Of a parameter: it is true or false.
pub const SWITCH: u64 = 4;

/// A parameter.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // The header has them.
pub struct RawParam {
    pub name: *const c_char,
    pub doc: *const c_char,
    pub initial: f64,
    pub low: f64,
    pub high: f64,
    pub flags: u64,
}

/// It computes first derivatives.
pub const HAS_GRAD: u64 = 1;
/// It computes second derivatives.
pub const HAS_HESS: u64 = 2;
/// The loss is convex in the prediction.
pub const CONVEX: u64 = 4;
/// It is bound by memory.
pub const LIGHT: u64 = 8;

/// What the capsule points to.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // The header has them.
pub struct RawKernel {
    pub version: u32,
    pub struct_size: u32,
    pub name: *const c_char,
    pub summary: *const c_char,
    pub formula: *const c_char,
    pub source: *const c_char,
    pub target: *const c_char,
    pub prediction: *const c_char,
    pub link: *const c_char,
    pub flags: u64,
    pub n_params: usize,
    pub params: *const RawParam,
    pub data: *mut c_void,
    pub elements_f64: Option<Elements<f64>>,
    pub elements_f32: Option<Elements<f32>>,
    pub rows_f64: Option<Rows<f64>>,
    pub rows_f32: Option<Rows<f32>>,
    pub message: Option<Message>,
}

/// A formula under a name: what a static variable of a package holds.
pub struct Kernel<L> {
    name: &'static str,
    table: OnceLock<Result<Table, &'static str>>,
    formula: PhantomData<fn() -> L>,
}

/// The struct of a kernel, with all that it points to: the value of a `PyCapsule` named [`CAPSULE`].
#[repr(transparent)]
#[derive(Clone, Copy)]
pub struct Table(RawKernel);

// SAFETY: it points to texts and functions that stay as they are and live as long as the process.
unsafe impl Send for Table {}
// SAFETY: as above.
unsafe impl Sync for Table {}

impl<L: Formula> Kernel<L> {
    /// The formula as the loss of this name.
    #[must_use]
    pub const fn new(name: &'static str) -> Self {
        Kernel { name, table: OnceLock::new(), formula: PhantomData }
    }

    /// Its struct: the same one in every call.
    ///
    /// # Errors
    /// Where the formula is none of elements, or has parameters that are neither numbers nor switches.
    pub fn table(&self) -> Result<Table, &'static str> {
        *self.table.get_or_init(|| refusal::<L>().map_or_else(|| Ok(table::<L>(self.name)), Err))
    }
}

fn table<L: Formula>(name: &str) -> Table {
    let info = &L::INFO;
    let params: Vec<RawParam> = info
        .params
        .iter()
        .map(|param| {
            let (low, low_open, high, high_open) = match param.kind {
                Kind::Number { low, low_open, high, high_open, .. } => (low, low_open, high, high_open),
                _ => (0.0, false, 1.0, false),
            };
            let facts = [(low_open, LOW_OPEN), (high_open, HIGH_OPEN), (param.is_switch(), SWITCH)];
            let default = Value::from(param.default);
            RawParam {
                name: text(param.name),
                doc: text(param.doc),
                initial: if param.is_switch() { f64::from(u8::from(default.is_on())) } else { default.number() },
                low,
                high,
                flags: facts.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum(),
            }
        })
        .collect();
    let params: &'static [RawParam] = Vec::leak(params);
    let facts = [(info.convex, CONVEX), (info.cost == Cost::Light, LIGHT)];
    let facts: u64 = facts.into_iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum();
    Table(RawKernel {
        version: VERSION,
        struct_size: size_of::<RawKernel>() as u32,
        name: text(name),
        summary: text(info.summary),
        formula: text(info.formula),
        source: text(info.source),
        target: text(info.target.name()),
        prediction: text(info.raw.name()),
        link: text(info.link.name()),
        flags: facts | HAS_GRAD | HAS_HESS,
        n_params: params.len(),
        params: params.as_ptr(),
        data: null_mut(),
        elements_f64: Some(called::<L, f64> as Elements<f64>),
        elements_f32: Some(called::<L, f32> as Elements<f32>),
        rows_f64: None,
        rows_f32: None,
        message: Some(message),
    })
}

/// A text of C's that lives as long as the process.
fn text(text: &str) -> *const c_char {
    CString::new(text.replace('\0', " ")).map_or(null(), |text| text.into_raw().cast_const())
}

const REFUSED: i32 = 1;
const PANICKED: i32 = 2;

/// What errors of such kernels are about.
unsafe extern "C" fn message(_: *mut c_void, status: i32) -> *const c_char {
    match status {
        REFUSED => c"there is no such loss with these parameters".as_ptr(),
        PANICKED => c"its formula panicked".as_ptr(),
        _ => null(),
    }
}

/// What lossreg calls.
///
/// # Safety
/// The arrays are as the interface says.
unsafe extern "C" fn called<L: Formula, T: Working + Real<Scalar = T>>(
    _: *mut c_void,
    params: *const f64,
    count: usize,
    y: *const T,
    x: *const T,
    value: *mut T,
    grad: *mut T,
    hess: *mut T,
) -> i32 {
    if count == 0 {
        return OK;
    }
    let compute = || {
        let numbers = L::INFO.params.len();
        // SAFETY: by the caller, as many as that.
        let params = if numbers == 0 { &[] } else { unsafe { slice::from_raw_parts(params, numbers) } };
        // SAFETY: as above.
        let (y, x) = unsafe { (slice::from_raw_parts(y, count), slice::from_raw_parts(x, count)) };
        let output = |to: *mut T| {
            if to.is_null() {
                return &mut [][..];
            }
            // SAFETY: as above; the outputs are arrays of their own.
            unsafe { slice::from_raw_parts_mut(to, count) }
        };
        elements::<L, T>(params, y, x, [output(value), output(grad), output(hess)])
    };
    match catch_unwind(AssertUnwindSafe(compute)) {
        Ok(Some(())) => OK,
        Ok(None) => REFUSED,
        Err(_) => PANICKED,
    }
}
