//! NumPy's own structs: what an array says of itself, and its memory lent to the engine.
//!
//! They are read by hand: a borrow through an argument type of the `numpy` crate costs as much as a small loss itself, misses two
//! buffers over one memory, and stays locked in a child forked meanwhile.
#![allow(clippy::cast_ptr_alignment)] // NumPy allocates its structs aligned.
#![allow(unsafe_code)] // Reads NumPy's array struct and lends its memory to the engine.

use super::shape::Shape;
use super::walk::Walk;
use lossreg_core::engine::memory::{Axis, Dtype, Number, Sink, View};
use lossreg_core::number::Float;
use numpy::npyffi::{_PyArray_GET_ITEM_DATA, NpyTypes, PY_ARRAY_API, PyArrayObject, flags, get_type_object};
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::{c_int, c_long};
use std::ops::Deref;
use std::ptr::null_mut;
use std::slice;
use std::sync::atomic::{AtomicPtr, Ordering};

static ARRAY: AtomicPtr<ffi::PyTypeObject> = AtomicPtr::new(null_mut());

/// Looks up NumPy's array type, once.
pub fn init(py: Python<'_>) {
    // SAFETY: the interpreter is attached.
    ARRAY.store(unsafe { get_type_object(py, NpyTypes::PyArray_Type) }, Ordering::Relaxed);
}

/// NumPy's limit of axes.
const MAX_AXES: usize = 64;

/// Whether an object is an array, and of no subclass.
#[inline(always)]
pub fn is_plain(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a type pointer of a live object is compared, nothing more.
    unsafe { ffi::Py_TYPE(object.as_ptr()) == ARRAY.load(Ordering::Relaxed) }
}

/// The axes as they were when the array was looked at. Nearly all arrays have few, which need no allocation.
#[derive(Clone)]
pub enum Axes {
    Few([Axis; FEW], usize),
    Many(Vec<Axis>),
}

const FEW: usize = 2;

impl Deref for Axes {
    type Target = [Axis];
    #[inline(always)]
    fn deref(&self) -> &[Axis] {
        match self {
            Axes::Few(axes, ndim) => &axes[..*ndim],
            Axes::Many(axes) => axes,
        }
    }
}

impl Axes {
    /// That many axes from a function of their number.
    #[inline(always)]
    fn new(ndim: usize, axis: impl Fn(usize) -> Axis) -> Self {
        const NONE: Axis = Axis { len: 1, stride: 0 };
        match ndim {
            0 => Axes::Few([NONE; FEW], 0),
            1 => Axes::Few([axis(0), NONE], 1),
            2 => Axes::Few([axis(0), axis(1)], 2),
            _ => Axes::Many((0..ndim).map(axis).collect()),
        }
    }
}

/// What all descriptors of NumPy 1 and 2 begin with.
#[repr(C)]
struct DescrHead {
    object: ffi::PyObject,
    scalar: *mut ffi::PyTypeObject,
    kind: u8,
    letter: u8,
    order: u8,
    flags: u8,
    number: c_int,
}

impl DescrHead {
    /// Whether elements are in the other byte order than this machine's.
    #[inline(always)]
    fn is_swapped(&self) -> bool {
        self.order == if cfg!(target_endian = "little") { b'>' } else { b'<' }
    }
}

/// Where an array's elements are, and what they are.
pub struct Memory {
    data: *mut u8,
    pub dtype: Dtype,
    pub swapped: bool,
    pub writable: bool,
    contiguous: bool,
    pub axes: Axes,
}

impl Memory {
    /// That of an array: `None` where its elements are no numbers that the engine reads. The object must be an array.
    #[inline(always)]
    pub fn of(object: &Bound<'_, PyAny>) -> Option<Self> {
        // SAFETY: an array, by the callers' checks; NumPy keeps the struct, its descriptor, and `nd` lengths and strides.
        unsafe {
            let fields = &*_PyArray_GET_ITEM_DATA(object.as_ptr().cast::<PyArrayObject>());
            let head = &*fields.descr.cast::<DescrHead>();
            let dtype = dtype(head.number).or_else(|| registered(object))?;
            let axis = |i| Axis { len: *fields.dimensions.add(i) as usize, stride: *fields.strides.add(i) };
            Some(Memory {
                data: fields.data.cast(),
                dtype,
                swapped: head.is_swapped(),
                writable: fields.flags & flags::NPY_ARRAY_WRITEABLE != 0,
                contiguous: fields.flags & flags::NPY_ARRAY_C_CONTIGUOUS != 0,
                axes: Axes::new(fields.nd as usize, axis),
            })
        }
    }

    /// How many elements.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.axes.iter().map(|axis| axis.len).product()
    }

    /// The array to read from, in the order of a walk.
    #[inline(always)]
    pub fn view(&self, walk: Option<&Walk>) -> View<'_> {
        // SAFETY: the object is kept alive, and NumPy vouches for what its strides reach.
        unsafe {
            match walk {
                None if self.contiguous => View::contiguous(self.data, self.dtype, self.swapped, self.len()),
                None => View::new(self.data, self.dtype, self.swapped, &self.axes),
                Some(walk) => self.walked(walk, &self.axes),
            }
        }
    }

    /// The array to read from, each element repeated over the further axes of a shape that it leads.
    pub fn spread(&self, over: &Shape<'_>, walk: Option<&Walk>) -> View<'_> {
        let repeated = over.axes().skip(self.axes.len()).map(|len| Axis { len, stride: 0 });
        let axes: Vec<Axis> = self.axes.iter().copied().chain(repeated).collect();
        // SAFETY: as in `view`; a stride of 0 stays where it is.
        unsafe {
            match walk {
                None => View::new(self.data, self.dtype, self.swapped, &axes),
                Some(walk) => self.walked(walk, &axes),
            }
        }
    }

    /// These axes in the order of a walk.
    ///
    /// # Safety
    /// As for [`View::new`].
    unsafe fn walked(&self, walk: &Walk, axes: &[Axis]) -> View<'_> {
        let (start, axes) = walk.along(axes);
        // SAFETY: the walk begins at one of the elements and reaches the same ones.
        unsafe { View::new(self.data.wrapping_offset(start), self.dtype, self.swapped, &axes) }
    }

    /// The array to write to, in the order of a walk.
    #[inline(always)]
    pub fn sink(&self, walk: Option<&Walk>) -> Sink<'_> {
        let single = self.dtype == Dtype::F32;
        // SAFETY: the object is kept alive and writable; a plan has refused an array whose own elements overlap, and one that
        // overlaps what is read in place; a walk reaches the same elements.
        unsafe {
            match walk {
                None if self.contiguous => Sink::contiguous(self.data, single, self.len()),
                None => Sink::new(self.data, single, &self.axes),
                Some(walk) => {
                    let (start, axes) = walk.along(&self.axes);
                    Sink::new(self.data.wrapping_offset(start), single, &axes)
                }
            }
        }
    }

    /// Whether the elements lie one after the other in C order.
    #[inline(always)]
    pub fn is_contiguous(&self) -> bool {
        self.contiguous
    }

    /// The elements, where they lie one after the other as `T`.
    #[inline(always)]
    pub fn elements<T: Number>(&self) -> Option<&[T]> {
        // SAFETY: that many elements of the type, in order and aligned, where any bits are a number. Who writes to an array that
        // is read gets some number; nothing is reached by one that was not checked where it was copied to.
        self.holds::<T>().then(|| unsafe { slice::from_raw_parts(self.data.cast(), self.len()) })
    }

    /// The elements to be written, where they lie one after the other as `T`; only of outputs that are no input.
    #[inline(always)]
    #[allow(clippy::mut_from_ref)] // The memory is NumPy's.
    pub fn elements_mut<T: Number>(&self) -> Option<&mut [T]> {
        // SAFETY: as above; a plan has kept outputs apart from all else, and any bits are a number.
        self.holds::<T>().then(|| unsafe { slice::from_raw_parts_mut(self.data.cast(), self.len()) })
    }

    #[inline(always)]
    fn holds<T: Number>(&self) -> bool {
        // The memory of no elements may be anywhere.
        let sound = (self.data as usize).is_multiple_of(align_of::<T>()) && self.len() > 0;
        T::DTYPE == Some(self.dtype) && !self.swapped && self.contiguous && sound
    }

    /// Whether these are the same elements in the same order.
    pub fn is_same(&self, other: &Memory) -> bool {
        let same = |(a, b): (&Axis, &Axis)| a.len == b.len && (a.stride == b.stride || a.len == 1);
        self.data == other.data
            && self.dtype == other.dtype
            && self.axes.len() == other.axes.len()
            && self.axes.iter().zip(other.axes.iter()).all(same)
    }

    /// The address of the first element.
    pub fn address(&self) -> usize {
        self.data as usize
    }
}

/// An array whose elements lie one after the other, of float32 or float64, aligned and in this machine's byte order, of which nothing
/// is copied: to be read at once, before any Python code of this thread runs.
pub struct Plain<'a> {
    data: *mut u8,
    len: usize,
    lens: &'a [isize],
    pub number: c_int,
    pub writable: bool,
}

impl<'a> Plain<'a> {
    /// That of an object, if it is such an array of 1 to so many elements.
    #[inline(always)]
    pub fn of(object: &'a Bound<'_, PyAny>, most: usize) -> Option<Self> {
        if !is_plain(object) {
            return None;
        }
        // SAFETY: an array; NumPy keeps the struct, its descriptor, and `nd` lengths.
        let (fields, head, lens) = unsafe {
            let fields = &*_PyArray_GET_ITEM_DATA(object.as_ptr().cast::<PyArrayObject>());
            let lens = if fields.nd == 0 { &[] } else { slice::from_raw_parts(fields.dimensions, fields.nd as usize) };
            (fields, &*fields.descr.cast::<DescrHead>(), lens)
        };
        let ordered = flags::NPY_ARRAY_C_CONTIGUOUS | flags::NPY_ARRAY_ALIGNED;
        let len = lens.iter().product::<isize>() as usize;
        let float = head.number == SINGLE || head.number == DOUBLE;
        // The memory of no elements may be anywhere.
        let plain = float && !head.is_swapped() && fields.flags & ordered == ordered && (1..=most).contains(&len);
        let writable = fields.flags & flags::NPY_ARRAY_WRITEABLE != 0;
        plain.then_some(Plain { data: fields.data.cast(), len, lens, number: head.number, writable })
    }

    /// Whether two have one dtype and one shape.
    #[inline(always)]
    pub fn is_like(&self, other: &Plain<'_>) -> bool {
        self.number == other.number && self.lens == other.lens
    }

    /// Whether two share no byte.
    #[inline(always)]
    pub fn is_apart(&self, other: &Plain<'_>) -> bool {
        let width = if self.number == SINGLE { 4 } else { 8 };
        (self.data as usize).abs_diff(other.data as usize) >= self.len * width
    }

    /// The elements, where they are of the type.
    #[inline(always)]
    pub fn elements<T: Float>(&self) -> &'a [T] {
        assert!((self.number == SINGLE) == T::SINGLE);
        // SAFETY: that many elements of the type, in order and aligned. Under the interpreter's lock no Python code runs; without
        // one, who writes to an array that is read gets some number, from NumPy's own functions as from here.
        unsafe { slice::from_raw_parts(self.data.cast(), self.len) }
    }

    /// The elements to be written, where they are of the type; only of an output apart from all else.
    #[inline(always)]
    pub fn elements_mut<T: Float>(&self) -> &'a mut [T] {
        assert!((self.number == SINGLE) == T::SINGLE);
        // SAFETY: as above, and nothing else reads or writes them; any bits are a number.
        unsafe { slice::from_raw_parts_mut(self.data.cast(), self.len) }
    }

    /// A fresh array of this dtype and shape.
    #[inline(always)]
    pub fn fresh<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        allocate(py, self.number, self.lens, None)
    }
}

/// A fresh array of the dtype with that number: in C order, or in that of a walk.
#[inline(always)]
pub fn new_array<'py>(
    py: Python<'py>,
    number: c_int,
    shape: &Shape<'_>,
    more: &[usize],
    walk: Option<&Walk>,
) -> PyResult<Bound<'py, PyAny>> {
    let mut lens = [0isize; MAX_AXES + 2];
    let mut ndim = 0;
    for (len, axis) in lens.iter_mut().zip(shape.axes().chain(more.iter().copied())) {
        (*len, ndim) = (axis as isize, ndim + 1);
    }
    let width = if number == SINGLE { 4 } else { 8 };
    let strides = walk.map(|walk| walk.strides(&lens[..ndim], width));
    allocate(py, number, &lens[..ndim], strides.as_deref())
}

#[inline(always)]
fn allocate<'py>(
    py: Python<'py>,
    number: c_int,
    lens: &[isize],
    strides: Option<&[isize]>,
) -> PyResult<Bound<'py, PyAny>> {
    let strides = strides.map_or(null_mut(), |strides| strides.as_ptr().cast_mut());
    let (lens, ndim) = (lens.as_ptr().cast_mut(), lens.len() as c_int);
    let array = ARRAY.load(Ordering::Relaxed);
    // SAFETY: the interpreter is attached; NumPy only reads the lengths and the strides, which are those of as many elements one
    // after the other, takes the descriptor's reference and returns a new array or an error.
    unsafe {
        let descr = PY_ARRAY_API.PyArray_DescrFromType(py, number);
        let object =
            PY_ARRAY_API.PyArray_NewFromDescr(py, array, descr, ndim, lens, strides, null_mut(), 0, null_mut());
        Bound::from_owned_ptr_or_err(py, object)
    }
}

/// NumPy's number of 64-bit integers, `intp` where addresses have as many bits.
pub const INT64: c_int = if size_of::<c_long>() == 8 { 7 } else { 9 };

/// NumPy's numbers of float32 and float64.
pub const SINGLE: c_int = 11;
pub const DOUBLE: c_int = 12;

/// The dtype with NumPy's number.
#[inline(always)]
fn dtype(number: c_int) -> Option<Dtype> {
    let long = if size_of::<c_long>() == 8 { (Dtype::I64, Dtype::U64) } else { (Dtype::I32, Dtype::U32) };
    Some(match number {
        0 => Dtype::Bool,
        1 => Dtype::I8,
        2 => Dtype::U8,
        3 => Dtype::I16,
        4 => Dtype::U16,
        5 => Dtype::I32,
        6 => Dtype::U32,
        7 => long.0,
        8 => long.1,
        9 => Dtype::I64,
        10 => Dtype::U64,
        SINGLE => Dtype::F32,
        DOUBLE => Dtype::F64,
        23 => Dtype::F16,
        _ => return None,
    })
}

/// A dtype that another package registered with NumPy: bfloat16 is known by its name.
#[cold]
fn registered(object: &Bound<'_, PyAny>) -> Option<Dtype> {
    let name: String = object.getattr("dtype").ok()?.getattr("name").ok()?.extract().ok()?;
    (name == "bfloat16").then_some(Dtype::Bf16)
}
