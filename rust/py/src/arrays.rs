//! All checks of what came in: Python objects become [`View`]s and [`Sink`]s, or errors that say what to write instead.
//!
//! Views are made by hand from NumPy's own struct: a borrow through an argument type of the `numpy` crate costs as much as a small loss
//! itself, misses two buffers over one memory, and stays locked in a child forked meanwhile. Overlap is decided by the
//! addresses that the strides reach.
#![allow(clippy::cast_ptr_alignment)] // NumPy allocates its structs aligned.
#![allow(unsafe_code)] // Reads NumPy's array struct and lends its memory to the engine.

use crate::error::{Kind, raise};
use crate::shape::Shape;
use lossreg_core::engine::memory::{Axis, Dtype, Sink, View};
use numpy::npyffi::{_PyArray_GET_ITEM_DATA, NPY_TYPES, NpyTypes, PY_ARRAY_API, PyArrayObject, flags, get_type_object};
use pyo3::ffi;
use pyo3::prelude::*;
use std::ffi::{c_int, c_long};
use std::ops::Range;
use std::ptr::null_mut;
use std::sync::atomic::{AtomicPtr, Ordering};

static ARRAY: AtomicPtr<ffi::PyTypeObject> = AtomicPtr::new(null_mut());

/// Looks up NumPy's array type, once.
pub fn init(py: Python<'_>) {
    // SAFETY: the interpreter is attached.
    ARRAY.store(unsafe { get_type_object(py, NpyTypes::PyArray_Type) }, Ordering::Relaxed);
}

/// NumPy's limit of axes.
const MAX_AXES: usize = 64;

/// An array argument: its object, kept alive, and what NumPy says of it.
pub struct Array<'py> {
    object: Bound<'py, PyAny>,
    name: &'static str,
    data: *mut u8,
    pub dtype: Dtype,
    swapped: bool,
    writable: bool,
    contiguous: bool,
    axes: Axes,
}

/// The axes as they were when the argument was looked at. Nearly all arrays have few, which need no allocation.
#[derive(Clone)]
enum Axes {
    Few([Axis; FEW], usize),
    Many(Vec<Axis>),
}

const FEW: usize = 2;

impl std::ops::Deref for Axes {
    type Target = [Axis];
    #[inline]
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
pub struct DescrHead {
    object: ffi::PyObject,
    scalar: *mut ffi::PyTypeObject,
    kind: u8,
    letter: u8,
    order: u8,
    flags: u8,
    pub number: c_int,
}

impl DescrHead {
    /// Whether elements are in this machine's byte order.
    #[inline(always)]
    pub fn is_native(&self) -> bool {
        self.order != if cfg!(target_endian = "little") { b'>' } else { b'<' }
    }
}

/// Whether an object is an array, and of no subclass.
#[inline(always)]
pub fn is_plain(object: &Bound<'_, PyAny>) -> bool {
    // SAFETY: a type pointer of a live object is compared, nothing more.
    unsafe { ffi::Py_TYPE(object.as_ptr()) == ARRAY.load(Ordering::Relaxed) }
}

/// A fresh array in C order of the dtype with that number, and where its elements are.
#[inline]
pub fn new_array<'py>(py: Python<'py>, number: c_int, lens: &[isize]) -> PyResult<(Bound<'py, PyAny>, *mut u8)> {
    let array = ARRAY.load(Ordering::Relaxed);
    let (ndim, lens, none) = (lens.len() as c_int, lens.as_ptr().cast_mut(), null_mut());
    // SAFETY: the interpreter is attached; NumPy only reads the lengths, takes the descriptor's reference and returns a new array
    // or an error.
    unsafe {
        let descr = PY_ARRAY_API.PyArray_DescrFromType(py, number);
        let object = PY_ARRAY_API.PyArray_NewFromDescr(py, array, descr, ndim, lens, none, null_mut(), 0, null_mut());
        let object = Bound::from_owned_ptr_or_err(py, object)?;
        let data = (*_PyArray_GET_ITEM_DATA(object.as_ptr().cast::<PyArrayObject>())).data.cast();
        Ok((object, data))
    }
}

impl<'py> Array<'py> {
    /// An argument that is read; whatever is not a plain array is made one first.
    #[inline(always)]
    pub fn input(object: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Self> {
        if is_plain(object) {
            Array::new(object.clone(), name)
        } else {
            let array = converted(object, name)?;
            // Whatever Python code returned, nothing else is taken for an array.
            if !is_plain(&array) {
                let came = array.get_type().name()?;
                return Err(raise(object.py(), Kind::Dtype, &format!("{name} became a {came}, not a plain array")));
            }
            Array::new(array, name)
        }
    }

    /// An argument that is written to.
    pub fn output(object: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Self> {
        let py = object.py();
        if !is_plain(object) && !is_memory_map(object)? {
            let came = object.get_type().name()?;
            return Err(raise(py, Kind::Dtype, &format!("{name} must be a numpy.ndarray to write to, not {came}")));
        }
        let array = Array::new(object.clone(), name)?;
        if !array.writable {
            let fix = format!("{name} is read-only; pass a writable array, for example numpy.empty_like(y_pred)");
            return Err(raise(py, Kind::Parameter, &fix));
        }
        Ok(array)
    }

    /// A fresh array in C order.
    #[inline]
    pub fn fresh(py: Python<'py>, single: bool, like: &Shape<'_>, name: &'static str) -> PyResult<Self> {
        let mut lens = [0isize; MAX_AXES];
        for (len, axis) in lens.iter_mut().zip(like.axes()) {
            *len = axis as isize;
        }
        let number = if single { NPY_TYPES::NPY_FLOAT } else { NPY_TYPES::NPY_DOUBLE } as c_int;
        Array::new(new_array(py, number, &lens[..like.ndim()])?.0, name)
    }

    #[inline(always)]
    fn new(object: Bound<'py, PyAny>, name: &'static str) -> PyResult<Self> {
        // SAFETY: the object is an array: its type is NumPy's, or NumPy made it.
        let (fields, head) = unsafe {
            let fields = &*_PyArray_GET_ITEM_DATA(object.as_ptr().cast::<PyArrayObject>());
            (fields, &*fields.descr.cast::<DescrHead>())
        };
        let Some(dtype) = dtype(head).or_else(|| registered(&object)) else {
            let came = object.getattr("dtype")?;
            let message = format!("{name} has dtype {came}; wanted bool, an integer or a float of at most 64 bits");
            return Err(raise(object.py(), Kind::Dtype, &message));
        };
        // SAFETY: NumPy keeps `nd` lengths and strides.
        let axis = |i| unsafe { Axis { len: *fields.dimensions.add(i) as usize, stride: *fields.strides.add(i) } };
        let axes = Axes::new(fields.nd as usize, axis);
        let swapped = !head.is_native();
        let writable = fields.flags & flags::NPY_ARRAY_WRITEABLE != 0;
        let contiguous = fields.flags & flags::NPY_ARRAY_C_CONTIGUOUS != 0;
        Ok(Array { data: fields.data.cast(), dtype, swapped, writable, contiguous, axes, name, object })
    }

    pub fn object(&self) -> &Bound<'py, PyAny> {
        &self.object
    }
    pub fn into_object(self) -> Bound<'py, PyAny> {
        self.object
    }
    pub fn name(&self) -> &'static str {
        self.name
    }
    #[inline]
    pub fn shape(&self) -> Shape<'_> {
        Shape::of(&self.axes)
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.axes.iter().map(|axis| axis.len).product()
    }

    /// Whether the elements lie one after the other, with an axis moved last.
    #[inline(always)]
    fn in_order(&self, moved: Option<usize>) -> bool {
        self.contiguous && moved.is_none_or(|moved| moved + 1 == self.axes.len())
    }

    /// The axes, `moved` last.
    fn ordered(&self, moved: Option<usize>) -> Axes {
        let last = self.axes.len().wrapping_sub(1);
        Axes::new(self.axes.len(), |i| match moved {
            Some(moved) if i == last => self.axes[moved],
            Some(moved) if i >= moved => self.axes[i + 1],
            _ => self.axes[i],
        })
    }

    /// The array to read from, with an axis moved last.
    #[inline(always)]
    pub fn view(&self, moved: Option<usize>) -> View<'_> {
        // SAFETY: the object is kept alive, and NumPy vouches for what its strides reach.
        unsafe {
            if self.in_order(moved) {
                View::contiguous(self.data, self.dtype, self.swapped, self.len())
            } else {
                View::new(self.data, self.dtype, self.swapped, &self.ordered(moved))
            }
        }
    }

    /// The array to read from, each element repeated over the further axes of a shape that it leads.
    pub fn spread<'a>(&'a self, over: &Shape<'_>) -> View<'a> {
        let repeated = over.axes().skip(self.axes.len()).map(|len| Axis { len, stride: 0 });
        let axes: Vec<Axis> = self.axes.iter().copied().chain(repeated).collect();
        // SAFETY: as in `view`; a stride of 0 stays where it is.
        unsafe { View::new(self.data, self.dtype, self.swapped, &axes) }
    }

    /// The array to write to, with an axis moved last.
    #[inline(always)]
    pub fn sink(&self, moved: Option<usize>) -> Sink<'_> {
        let single = self.dtype == Dtype::F32;
        // SAFETY: the object is kept alive and writable; `check_output` and `keep_apart` have refused an array whose own
        // elements overlap, and one that overlaps what is read in place.
        unsafe {
            if self.in_order(moved) {
                Sink::contiguous(self.data, single, self.len())
            } else {
                Sink::new(self.data, single, &self.ordered(moved))
            }
        }
    }

    /// The addresses that the strides reach.
    fn reach(&self) -> Range<usize> {
        let (mut low, mut high) = (self.data as isize, self.data as isize + self.dtype.width() as isize);
        for axis in self.axes.iter() {
            if axis.len == 0 {
                return 0..0;
            }
            let far = axis.stride * (axis.len as isize - 1);
            if far < 0 { low += far } else { high += far }
        }
        low as usize..high as usize
    }

    fn overlaps(&self, other: &Array<'_>) -> bool {
        let (a, b) = (self.reach(), other.reach());
        a.start < b.end && b.start < a.end
    }

    /// Whether these are the same elements in the same order.
    pub fn is_same(&self, other: &Array<'_>) -> bool {
        let same = |(a, b): (&Axis, &Axis)| a.len == b.len && (a.stride == b.stride || a.len == 1);
        self.data == other.data
            && self.dtype == other.dtype
            && self.axes.len() == other.axes.len()
            && self.axes.iter().zip(other.axes.iter()).all(same)
    }

    /// Whether two indices may reach one element: whether, from the smallest stride on, one does not clear what lies below.
    fn repeats(&self) -> bool {
        let mut strides: Vec<_> = self.axes.iter().filter(|axis| axis.len > 1).collect();
        strides.sort_unstable_by_key(|axis| axis.stride.unsigned_abs());
        let mut below = self.dtype.width();
        self.len() > 0
            && strides.into_iter().any(|axis| {
                let stride = axis.stride.unsigned_abs();
                let reached = stride < below;
                below += stride * (axis.len - 1);
                reached
            })
    }

    /// Refuses an output of the wrong dtype or shape and one whose own elements overlap.
    pub fn check_output(&self, single: bool, shape: &Shape<'_>) -> PyResult<()> {
        let (py, name) = (self.object.py(), self.name);
        let wanted = if single { Dtype::F32 } else { Dtype::F64 };
        if self.dtype != wanted || self.swapped {
            let (came, wanted) = (self.object.getattr("dtype")?, if single { "float32" } else { "float64" });
            return Err(raise(py, Kind::Dtype, &format!("{name} has dtype {came}; the result is {wanted}")));
        }
        if self.shape() != *shape {
            let message = format!("{name} has shape {}; the result has {shape}", self.shape());
            return Err(raise(py, Kind::Shape, &message));
        }
        if self.repeats() {
            return Err(raise(
                py,
                Kind::Alias,
                &format!("{name} repeats its elements; pass an array of its own memory"),
            ));
        }
        Ok(())
    }

    /// Refuses an output that overlaps an input, but for the prediction that it may replace, or another output.
    pub fn keep_apart(
        &self,
        prediction: &Array<'_>,
        may_replace: bool,
        inputs: &[Option<&Array<'_>>],
        outputs: &[&Array<'_>],
    ) -> PyResult<()> {
        let replaced = |input: &&Array<'_>| may_replace && std::ptr::eq(*input, prediction);
        let mut inputs = inputs.iter().copied().flatten().filter(|input| !replaced(input));
        let input = inputs.find(|input| self.overlaps(input)).map(|input| input.name);
        let output = || outputs.iter().find(|output| self.overlaps(output)).map(|_| "the other output");
        let Some(other) = input.or_else(output) else { return Ok(()) };
        let message = format!(
            "{} overlaps {other}; pass {} itself to work in place, or an array of its own memory",
            self.name, prediction.name
        );
        Err(raise(self.object.py(), Kind::Alias, &message))
    }
}

/// The dtype of a descriptor, by its number.
#[inline]
fn dtype(head: &DescrHead) -> Option<Dtype> {
    let long = if size_of::<c_long>() == 8 { (Dtype::I64, Dtype::U64) } else { (Dtype::I32, Dtype::U32) };
    Some(match head.number {
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
        11 => Dtype::F32,
        12 => Dtype::F64,
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

/// Whether this is an array in a file, which differs from a plain one in nothing else.
#[cold]
fn is_memory_map(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    // Its type, not what it says its class is.
    object.get_type().is_subclass(&object.py().import("numpy")?.getattr("memmap")?)
}

/// What is not a plain array, made one by the Python side.
#[cold]
fn converted<'py>(object: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Bound<'py, PyAny>> {
    object.py().import("lossreg.arrays")?.getattr("as_plain_array")?.call1((object, name))
}
