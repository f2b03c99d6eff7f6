//! The C interface of compiled kernels (`lossreg/kernel.h`) as safe Rust sees it: its struct is read and checked once, its functions
//! become methods that take slices.
#![allow(unsafe_code)] // The structs and functions of a C interface; nothing else here touches them.

use lossreg_core::engine::program;
use lossreg_kernel::abi::{self, CAPSULE, Elements, OK, RawKernel, RawParam, Rows, VERSION};
use pyo3::prelude::*;
use pyo3::types::PyCapsule;
use std::ffi::{c_char, c_void};
use std::ptr::null_mut;
use std::slice;

/// A kernel, as its struct describes it, and the capsule that keeps that alive.
pub struct Kernel {
    raw: RawKernel,
    _capsule: Py<PyCapsule>,
    pub texts: Texts,
    pub params: Vec<Param>,
    pub flags: u64,
}

/// What is said of a kernel; empty where nothing is.
pub struct Texts {
    pub name: String,
    pub summary: String,
    pub formula: String,
    pub source: String,
    pub target: String,
    pub prediction: String,
    pub link: String,
}

/// A parameter of a kernel.
pub struct Param {
    pub name: String,
    pub doc: String,
    pub initial: f64,
    pub low: f64,
    pub high: f64,
    pub flags: u64,
}

/// The most parameters, and the longest text in bytes: what is longer is none.
const PARAMS: usize = 64;
const LONGEST: usize = 1 << 16;

// SAFETY: by the interface, a kernel's struct never changes and its functions may be called from any thread, at once; the capsule
// is only held.
unsafe impl Send for Kernel {}
// SAFETY: as above.
unsafe impl Sync for Kernel {}

impl Kernel {
    /// The kernel of a capsule.
    ///
    /// # Errors
    /// What is wrong with it, in words that follow its name.
    pub fn of(capsule: &Bound<'_, PyCapsule>) -> Result<Kernel, String> {
        let Ok(pointer) = capsule.pointer_checked(Some(CAPSULE)) else {
            let name = match capsule.name() {
                // SAFETY: the name of a capsule lives as long as it does.
                Ok(Some(name)) => unsafe { name.as_cstr() }.to_string_lossy().into_owned(),
                _ => "nothing".to_owned(),
            };
            return Err(format!("a capsule named {name}; wanted {}", CAPSULE.to_string_lossy()));
        };
        if !pointer.cast::<RawKernel>().is_aligned() {
            return Err("a struct at an address that no struct can have".to_owned());
        }
        // SAFETY: by its name, the capsule points to a struct of the interface, which begins with these two numbers.
        let [version, size] = unsafe { pointer.cast::<[u32; 2]>().read() };
        if version != VERSION {
            return Err(format!(
                "a struct of version {version}; this lossreg reads version {VERSION}: update the package or lossreg"
            ));
        }
        let wanted = size_of::<RawKernel>();
        if (size as usize) < wanted {
            return Err(format!("a struct whose struct_size is {size}; version {VERSION} has at least {wanted} bytes"));
        }
        // SAFETY: of that version and size, all fields are there.
        let raw = unsafe { pointer.cast::<RawKernel>().read() };
        let read =
            |what: &str, text: *const c_char| text_of(text).map_err(|fault| format!("a struct whose {what} {fault}"));
        let texts = Texts {
            name: read("name", raw.name)?,
            summary: read("summary", raw.summary)?,
            formula: read("formula", raw.formula)?,
            source: read("source", raw.source)?,
            target: read("target", raw.target)?,
            prediction: read("prediction", raw.prediction)?,
            link: read("link", raw.link)?,
        };
        if texts.name.is_empty() {
            return Err("a struct without a name".to_owned());
        }
        Ok(Kernel { params: params(&raw)?, flags: raw.flags, texts, raw, _capsule: capsule.clone().unbind() })
    }

    /// Whether it is of rows; an error where it has no functions, or not those it must have.
    pub fn by_rows(&self) -> Result<bool, &'static str> {
        let RawKernel { elements_f64, elements_f32, rows_f64, rows_f32, .. } = self.raw;
        let (elements, rows) = (elements_f64.is_some(), rows_f64.is_some());
        match (elements || elements_f32.is_some(), rows || rows_f32.is_some()) {
            (true, true) => Err("functions of elements and of rows; a loss is one or the other"),
            (false, false) => Err("neither a function of elements nor one of rows"),
            _ if !elements && !rows => Err("a function for float32 and none for float64"),
            _ => Ok(rows),
        }
    }

    /// Whether it has a function for float32.
    pub fn has_single(&self) -> bool {
        self.raw.elements_f32.is_some() || self.raw.rows_f32.is_some()
    }

    /// By what it is known: all fields of its struct, which are the same for the same functions and texts.
    pub fn key(&self) -> String {
        format!("{:?}", self.raw)
    }

    /// Computes elements. An output that is empty is not wanted.
    ///
    /// # Errors
    /// The number that the kernel returned.
    pub fn elements<T: Typed>(&self, params: &[f64], [y, x]: [&[T]; 2], outputs: [&mut [T]; 3]) -> Result<(), i32> {
        let Some(function) = T::elements(&self.raw) else { return Err(MISSING) };
        assert!(y.len() == x.len() && params.len() == self.params.len());
        assert!(outputs.iter().all(|output| output.is_empty() || output.len() == x.len()));
        let [value, grad, hess] = outputs.map(pointer);
        // SAFETY: the arrays are as long as the interface says, or not there.
        let status =
            unsafe { function(self.raw.data, params.as_ptr(), x.len(), y.as_ptr(), x.as_ptr(), value, grad, hess) };
        if status == OK { Ok(()) } else { Err(status) }
    }

    /// Computes rows.
    ///
    /// # Errors
    /// The number that the kernel returned.
    pub fn rows<T: Typed>(&self, params: &[f64], rows: &mut program::Rows<'_, T>) -> Result<(), i32> {
        let Some(function) = T::rows(&self.raw) else { return Err(MISSING) };
        let program::Rows { classes, y, x, value, grad, hess } = rows;
        let (classes, len) = (*classes, x.len());
        let count = len / classes.max(1);
        assert!(count * classes == len && params.len() == self.params.len());
        assert!(value.is_empty() || value.len() == count);
        assert!([&*grad, &*hess].iter().all(|output| output.is_empty() || output.len() == len));
        let y: *const c_void = match y {
            program::Targets::Indices(indices) => {
                assert!(indices.len() == count);
                indices.as_ptr().cast()
            }
            program::Targets::Rows(rows) => {
                assert!(rows.len() == len);
                rows.as_ptr().cast()
            }
        };
        let [value, grad, hess] = [pointer(value), pointer(grad), pointer(hess)];
        // SAFETY: the arrays are as long as the interface says, or not there.
        let status =
            unsafe { function(self.raw.data, params.as_ptr(), count, classes, y, x.as_ptr(), value, grad, hess) };
        if status == OK { Ok(()) } else { Err(status) }
    }

    /// What the kernel says that an error of its is about.
    pub fn message(&self, status: i32) -> Option<String> {
        let message = self.raw.message?;
        // SAFETY: by the interface.
        let text = unsafe { message(self.raw.data, status) };
        text_of(text).ok().filter(|text| !text.is_empty())
    }
}

/// What a function that is not there is answered with: no call gets so far.
const MISSING: i32 = i32::MIN;

/// A float that kernels may have functions for.
pub trait Typed: Sized {
    fn elements(raw: &RawKernel) -> Option<Elements<Self>>;
    fn rows(raw: &RawKernel) -> Option<Rows<Self>>;
}

impl Typed for f32 {
    fn elements(raw: &RawKernel) -> Option<Elements<f32>> {
        raw.elements_f32
    }
    fn rows(raw: &RawKernel) -> Option<Rows<f32>> {
        raw.rows_f32
    }
}

impl Typed for f64 {
    fn elements(raw: &RawKernel) -> Option<Elements<f64>> {
        raw.elements_f64
    }
    fn rows(raw: &RawKernel) -> Option<Rows<f64>> {
        raw.rows_f64
    }
}

fn pointer<T>(output: &mut [T]) -> *mut T {
    if output.is_empty() { null_mut() } else { output.as_mut_ptr() }
}

fn params(raw: &RawKernel) -> Result<Vec<Param>, String> {
    let count = raw.n_params;
    if count > PARAMS {
        return Err(format!("a struct whose n_params is {count}; wanted at most {PARAMS}"));
    }
    if count > 0 && (raw.params.is_null() || !raw.params.is_aligned()) {
        return Err(format!("a struct whose n_params is {count} and whose params point to none"));
    }
    // SAFETY: by the interface, there are so many.
    let raws: &[RawParam] = if count == 0 { &[] } else { unsafe { slice::from_raw_parts(raw.params, count) } };
    let read = |(i, param): (usize, &RawParam)| {
        let told = |what: &str, text| text_of(text).map_err(|fault| format!("a parameter {i} whose {what} {fault}"));
        let name = told("name", param.name)?;
        let known = abi::LOW_OPEN | abi::HIGH_OPEN | abi::SWITCH;
        if name.is_empty() {
            return Err(format!("a parameter {i} without a name"));
        }
        if param.flags & !known != 0 {
            return Err(format!("a parameter {name} with flags {:#x}; this lossreg knows {known:#x}", param.flags));
        }
        let RawParam { initial, low, high, flags, .. } = *param;
        Ok(Param { name, doc: told("doc", param.doc)?, initial, low, high, flags })
    };
    raws.iter().enumerate().map(read).collect()
}

/// A text of C's; empty where there is none.
fn text_of(text: *const c_char) -> Result<String, String> {
    if text.is_null() {
        return Ok(String::new());
    }
    let mut bytes = Vec::new();
    // SAFETY: by the interface, a text ends with 0, and it is read no farther.
    while let byte @ 1.. = unsafe { text.add(bytes.len()).cast::<u8>().read() } {
        if bytes.len() == LONGEST {
            return Err(format!("is longer than {LONGEST} bytes"));
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_err(|_| "is no UTF-8".to_owned())
}
