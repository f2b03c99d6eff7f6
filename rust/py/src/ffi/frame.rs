//! A call by XLA as safe Rust sees it: buffers and attributes, from the C structs of XLA's FFI.
//!
//! JAX calls compiled code of others through a function with one argument, a *call frame* (`xla/ffi/api/c_api.h`, which jaxlib
//! brings along). The ABI is that header: each struct begins with its size, and fields are only ever added at the end. XLA asks
//! for the version first; the answer is the one that it speaks itself, because what is read here has stood since version 0.1
//! (whose frames ask without a table of functions).
#![allow(unsafe_code)] // The structs of a C interface: this file turns them into slices, and nothing else here touches them.

use lossreg_core::engine::memory::{Axis, Dtype, Sink, View};
use std::ffi::{CString, c_char, c_int, c_void};
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::slice;

const METADATA: c_int = 1; // the kind of an extension that asks for the version
const EXECUTE: c_int = 3; // the stage of a call in which there is something to compute
const BUFFER: c_int = 1; // the kind of an argument or result
const STRING: c_int = 4; // kinds of attributes
const ARRAY: c_int = 1;
const S64: c_int = 5;
const INVALID_ARGUMENT: c_int = 3; // codes of errors
const INTERNAL: c_int = 13;

#[repr(C)]
struct Extension {
    struct_size: usize,
    kind: c_int,
    next: *mut Extension,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Version {
    struct_size: usize,
    extension: *mut Extension,
    major: c_int,
    minor: c_int,
}

#[repr(C)]
struct Metadata {
    struct_size: usize,
    version: Version,
    traits: u32,
}

#[repr(C)]
struct MetadataExtension {
    base: Extension,
    metadata: *mut Metadata,
}

#[repr(C)]
struct ErrorArgs {
    struct_size: usize,
    extension: *mut Extension,
    message: *const c_char,
    code: c_int,
}

#[repr(C)]
struct Api {
    struct_size: usize,
    extension: *mut Extension,
    version: Version,
    internal: *const c_void,
    error: unsafe extern "C" fn(*mut ErrorArgs) -> *mut c_void,
}

/// Arguments, results, or attributes without their names.
#[repr(C)]
struct List {
    struct_size: usize,
    extension: *mut Extension,
    size: i64,
    kinds: *const c_int,
    items: *const *const c_void,
}

#[repr(C)]
struct Attributes {
    struct_size: usize,
    extension: *mut Extension,
    size: i64,
    kinds: *const c_int,
    names: *const *const Span,
    items: *const *const c_void,
}

#[repr(C)]
struct CallFrame {
    struct_size: usize,
    extension: *mut Extension,
    api: *const Api,
    context: *mut c_void,
    stage: c_int,
    arguments: List,
    results: List,
    attributes: Attributes,
}

#[repr(C)]
struct RawBuffer {
    struct_size: usize,
    extension: *mut Extension,
    dtype: c_int,
    data: *mut u8,
    rank: i64,
    dims: *const i64,
}

/// Text, not ended by a zero.
#[repr(C)]
struct Span {
    data: *const u8,
    len: usize,
}

#[repr(C)]
struct RawArray {
    dtype: c_int,
    len: usize,
    data: *const c_void,
}

/// One array of a call. Elements lie in C order.
pub struct Buffer<'a> {
    data: *mut u8,
    pub dtype: Dtype,
    dims: &'a [i64],
    life: PhantomData<&'a [u8]>,
}

/// What XLA hands over.
pub struct Frame<'a> {
    pub arguments: Vec<Buffer<'a>>,
    pub results: Vec<Buffer<'a>>,
    texts: Vec<(&'a str, &'a str)>,
    numbers: Vec<(&'a str, &'a [i64])>,
}

/// What a call computes.
pub trait Compute {
    /// `Err` with what is wrong with an argument.
    fn compute(frame: Frame<'_>) -> Result<(), String>;
}

impl<'a> Frame<'a> {
    /// The attribute of a name, a text.
    pub fn text(&self, name: &str) -> Result<&'a str, String> {
        self.texts.iter().find(|(key, _)| *key == name).map(|(_, text)| *text).ok_or_else(|| format!("no text {name}"))
    }

    /// The attribute of a name, whole numbers.
    pub fn numbers(&self, name: &str) -> Result<&'a [i64], String> {
        let mut found = self.numbers.iter().filter(|(key, _)| *key == name);
        found.next().map(|(_, numbers)| *numbers).ok_or_else(|| format!("no numbers {name}"))
    }
}

impl Buffer<'_> {
    /// The lengths of all axes.
    pub fn dims(&self) -> impl ExactSizeIterator<Item = usize> + DoubleEndedIterator + '_ {
        self.dims.iter().map(|&len| len as usize)
    }

    /// Where an example of a batch begins, and its axes: the last `ndim`, with one of them moved last.
    ///
    /// The axes before those are of the batch; one of length 1 has the same for all.
    fn example(&self, place: &[usize], ndim: usize, moved: Option<usize>) -> (*mut u8, Vec<Axis>) {
        let mut stride = self.dtype.width() as isize;
        let mut axes: Vec<Axis> = self.dims().map(|len| Axis { len, stride: 0 }).collect();
        for axis in axes.iter_mut().rev() {
            axis.stride = stride;
            stride *= axis.len as isize;
        }
        let mut own = axes.split_off(axes.len() - ndim);
        assert_eq!(axes.len(), place.len());
        let steps = axes.iter().zip(place).map(|(axis, &i)| {
            assert!(i < axis.len || axis.len == 1);
            axis.stride * (if axis.len == 1 { 0 } else { i }) as isize
        });
        let offset: isize = steps.sum();
        if let Some(moved) = moved {
            let axis = own.remove(moved);
            own.push(axis);
        }
        (self.data.wrapping_offset(offset), own)
    }

    /// An example to read from, each element repeated over further axes.
    pub fn view(&self, place: &[usize], ndim: usize, moved: Option<usize>, over: &[usize]) -> View<'_> {
        let (data, mut axes) = self.example(place, ndim, moved);
        axes.extend(over.iter().map(|&len| Axis { len, stride: 0 }));
        // SAFETY: the axes are those of the buffer from an element of it on, in another order or repeated; XLA keeps arguments
        // alive during a call, and nobody writes to them.
        unsafe { View::new(data, self.dtype, false, &axes) }
    }

    /// An example to write to. A result's dtype is float32 or float64.
    pub fn sink(&mut self, place: &[usize], ndim: usize, moved: Option<usize>) -> Sink<'_> {
        assert!(matches!(self.dtype, Dtype::F32 | Dtype::F64));
        let (data, axes) = self.example(place, ndim, moved);
        // SAFETY: as above; the memory of a result is nobody else's during a call, and it is borrowed here as a whole.
        unsafe { Sink::new(data, self.dtype == Dtype::F32, &axes) }
    }
}

/// The address of the function that XLA calls.
pub fn address<C: Compute>() -> usize {
    handler::<C> as *const () as usize
}

/// What XLA calls: null, or an error of its own making.
///
/// # Safety
/// The frame is XLA's.
unsafe extern "C" fn handler<C: Compute>(frame: *mut c_void) -> *mut c_void {
    // SAFETY: XLA gives a frame that lives during the call.
    let frame = unsafe { &*frame.cast::<CallFrame>() };
    // SAFETY: an extension that is there is one.
    if let Some(extension) = unsafe { frame.extension.as_ref() }
        && extension.kind == METADATA
    {
        // SAFETY: of that kind it is the beginning of the longer struct, whose metadata is there to be written to.
        unsafe {
            let metadata = &mut *(*frame.extension.cast::<MetadataExtension>()).metadata;
            let spoken = frame.api.as_ref().map_or((0, 1), |api| (api.version.major, api.version.minor));
            metadata.version =
                Version { struct_size: size_of::<Version>(), extension: null_mut(), major: spoken.0, minor: spoken.1 };
        }
        return null_mut();
    }
    if frame.stage != EXECUTE {
        return null_mut();
    }
    // SAFETY: as above.
    let outcome = catch_unwind(AssertUnwindSafe(|| unsafe { read(frame) }.and_then(C::compute)));
    let (code, message) = match outcome {
        Ok(Ok(())) => return null_mut(),
        Ok(Err(message)) => (INVALID_ARGUMENT, message),
        Err(_) => (INTERNAL, "a bug of lossreg's; please report it".to_owned()),
    };
    let message = CString::new(message.replace('\0', " ")).unwrap_or_default();
    let mut args =
        ErrorArgs { struct_size: size_of::<ErrorArgs>(), extension: null_mut(), message: message.as_ptr(), code };
    // SAFETY: XLA's own function, which copies the message.
    unsafe { ((*frame.api).error)(&raw mut args) }
}

/// The frame in safe types.
///
/// # Safety
/// The frame is XLA's, and a call is running.
unsafe fn read(frame: &CallFrame) -> Result<Frame<'_>, String> {
    // SAFETY: XLA's lists have as many items as they say, each of its kind.
    unsafe {
        let attributes = &frame.attributes;
        let kinds = list(attributes.kinds, attributes.size);
        let (names, items) = (list(attributes.names, attributes.size), list(attributes.items, attributes.size));
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for ((&kind, &name), &item) in kinds.iter().zip(names).zip(items) {
            let name = text(&*name)?;
            if kind == STRING {
                texts.push((name, text(&*item.cast::<Span>())?));
            } else if kind == ARRAY {
                let array = &*item.cast::<RawArray>();
                if array.dtype == S64 {
                    numbers.push((name, list(array.data.cast(), array.len as i64)));
                }
            }
        }
        Ok(Frame { arguments: buffers(&frame.arguments)?, results: buffers(&frame.results)?, texts, numbers })
    }
}

/// # Safety
/// The list is XLA's.
unsafe fn buffers(given: &List) -> Result<Vec<Buffer<'_>>, String> {
    // SAFETY: as many items as it says, of the kind that is looked at; a buffer has a length for each axis.
    unsafe {
        let (kinds, items) = (list(given.kinds, given.size), list(given.items, given.size));
        let read = kinds.iter().zip(items).map(|(&kind, &item)| {
            if kind != BUFFER {
                return Err(format!("an argument of kind {kind} is no buffer"));
            }
            let raw = &*item.cast::<RawBuffer>();
            let dtype = dtype(raw.dtype).ok_or_else(|| format!("XLA's dtype {} is no number", raw.dtype))?;
            // The memory of no elements may be anywhere.
            let data = if raw.data.is_null() { NOWHERE.0.as_ptr().cast_mut() } else { raw.data };
            Ok(Buffer { data, dtype, dims: list(raw.dims, raw.rank), life: PhantomData })
        });
        read.collect()
    }
}

/// # Safety
/// That many items are there.
unsafe fn list<'a, T>(items: *const T, len: i64) -> &'a [T] {
    if items.is_null() || len <= 0 {
        return &[];
    }
    // SAFETY: by the caller.
    unsafe { slice::from_raw_parts(items, len as usize) }
}

/// # Safety
/// The span is XLA's.
unsafe fn text(span: &Span) -> Result<&str, String> {
    // SAFETY: by the caller.
    let bytes: &[u8] = unsafe { list(span.data, span.len as i64) };
    std::str::from_utf8(bytes).map_err(|_| "an attribute is no text".to_owned())
}

#[repr(align(64))]
struct Nowhere([u8; 64]);
static NOWHERE: Nowhere = Nowhere([0; 64]);

/// A dtype by XLA's number.
fn dtype(number: c_int) -> Option<Dtype> {
    Some(match number {
        1 => Dtype::Bool,
        2 => Dtype::I8,
        3 => Dtype::I16,
        4 => Dtype::I32,
        5 => Dtype::I64,
        6 => Dtype::U8,
        7 => Dtype::U16,
        8 => Dtype::U32,
        9 => Dtype::U64,
        10 => Dtype::F16,
        11 => Dtype::F32,
        12 => Dtype::F64,
        16 => Dtype::Bf16,
        _ => return None,
    })
}
