//! Array arguments: what came in becomes a NumPy array that is read or written to, or an error that says what to pass instead.

use super::numpy::{self, DOUBLE, INT64, Memory, SINGLE};
use super::shape::Shape;
use super::walk::Walk;
use crate::error::{Kind, raise_for};
use lossreg_core::engine::memory::{Axis, Dtype, Sink, View};
use pyo3::prelude::*;
use std::ops::Range;

/// An array argument: its name, its object, kept alive, and its memory.
pub struct Array<'py> {
    pub object: Bound<'py, PyAny>,
    pub name: &'static str,
    pub memory: Memory,
}

impl<'py> Array<'py> {
    /// An argument that is read; whatever is not a plain array is made one first.
    #[inline(always)]
    pub fn input(object: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Self> {
        if numpy::is_plain(object) {
            Array::new(object.clone(), name)
        } else {
            let array = converted(object, name)?;
            // Whatever Python code returned, nothing else is taken for an array.
            if !numpy::is_plain(&array) {
                let came = array.get_type().name()?;
                return Err(raise_for(
                    object.py(),
                    Kind::Dtype,
                    name,
                    &format!("{name} became a {came}, not a plain array"),
                ));
            }
            Array::new(array, name)
        }
    }

    /// An argument that is written to.
    pub fn output(object: &Bound<'py, PyAny>, name: &'static str) -> PyResult<Self> {
        let py = object.py();
        if !numpy::is_plain(object) && !is_memory_map(object)? {
            let came = object.get_type().name()?;
            return Err(raise_for(
                py,
                Kind::Dtype,
                name,
                &format!("{name} must be a numpy.ndarray to write to, not {came}"),
            ));
        }
        let array = Array::new(object.clone(), name)?;
        if !array.memory.writable {
            let fix = format!("{name} is read-only; pass a writable array, for example numpy.empty_like(y_pred)");
            return Err(raise_for(py, Kind::Parameter, name, &fix));
        }
        Ok(array)
    }

    /// A fresh array in C order, its shape followed by some more lengths.
    #[inline(always)]
    pub fn fresh(py: Python<'py>, single: bool, like: &Shape<'_>, more: &[usize]) -> PyResult<Self> {
        let number = if single { SINGLE } else { DOUBLE };
        Array::new(numpy::new_array(py, number, like, more, None)?, "out")
    }

    /// A fresh array in the order of a walk.
    #[inline(always)]
    pub fn walked(py: Python<'py>, single: bool, like: &Shape<'_>, walk: Option<&Walk>) -> PyResult<Self> {
        let number = if single { SINGLE } else { DOUBLE };
        Array::new(numpy::new_array(py, number, like, &[], walk)?, "out")
    }

    /// A fresh array of numbers.
    pub fn of(py: Python<'py>, numbers: &[f64]) -> PyResult<Bound<'py, PyAny>> {
        let axes = [Axis { len: numbers.len(), stride: size_of::<f64>() as isize }];
        let array = Array::fresh(py, false, &Shape::of(&axes), &[])?;
        if let Some(elements) = array.memory.elements_mut() {
            elements.copy_from_slice(numbers);
        }
        Ok(array.object)
    }

    /// A fresh array of indices in C order.
    pub fn indices(py: Python<'py>, like: &Shape<'_>) -> PyResult<Self> {
        Array::new(numpy::new_array(py, INT64, like, &[], None)?, "indices")
    }

    #[inline(always)]
    fn new(object: Bound<'py, PyAny>, name: &'static str) -> PyResult<Self> {
        match Memory::of(&object) {
            Some(memory) => Ok(Array { object, name, memory }),
            None => Err(unreadable(&object, name)),
        }
    }

    #[inline(always)]
    pub fn shape(&self) -> Shape<'_> {
        Shape::of(&self.memory.axes)
    }
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.memory.len()
    }
    #[inline(always)]
    pub fn dtype(&self) -> Dtype {
        self.memory.dtype
    }
    /// Whether results for this prediction are float32: those for float32 and narrower floats are.
    #[inline(always)]
    pub fn is_single(&self) -> bool {
        matches!(self.memory.dtype, Dtype::F32 | Dtype::F16 | Dtype::Bf16)
    }
    /// The array to read from, in the order of a walk.
    #[inline(always)]
    pub fn view(&self, walk: Option<&Walk>) -> View<'_> {
        self.memory.view(walk)
    }
    /// The array to read from, each element repeated over the further axes of a shape that it leads.
    pub fn spread(&self, over: &Shape<'_>, walk: Option<&Walk>) -> View<'_> {
        self.memory.spread(over, walk)
    }
    /// The array to write to, in the order of a walk.
    #[inline(always)]
    pub fn sink(&self, walk: Option<&Walk>) -> Sink<'_> {
        self.memory.sink(walk)
    }
    /// Whether these are the same elements in the same order.
    pub fn is_same(&self, other: &Array<'_>) -> bool {
        self.memory.is_same(&other.memory)
    }

    /// Whether two arrays may share a byte: exact where bytes repeat at one distance, such as in columns of a table.
    pub fn overlaps(&self, other: &Array<'_>) -> bool {
        let (a, b) = (Spans::of(&self.memory), Spans::of(&other.memory));
        let extents = a.extent.start < b.extent.end && b.extent.start < a.extent.end;
        extents && a.meets(&b)
    }

    /// Whether two indices may reach one element: whether, from the smallest stride on, one does not clear what lies below.
    pub fn repeats(&self) -> bool {
        let mut below = self.memory.dtype.width();
        self.len() > 0
            && by_stride(&self.memory).into_iter().any(|axis| {
                let stride = axis.stride.unsigned_abs();
                let reached = stride < below;
                below += stride * (axis.len - 1);
                reached
            })
    }
}

/// The order of memory that arrays of one shape, or of its leading axes, share; `None` where that is C order, or there is none.
#[inline(always)]
pub fn shared_walk<'a, 'py: 'a>(arrays: impl Iterator<Item = &'a Array<'py>> + Clone) -> Option<Walk> {
    if arrays.clone().all(|array| array.memory.is_contiguous()) {
        return None;
    }
    Walk::shared(&arrays.map(|array| &*array.memory.axes).collect::<Vec<_>>())
}

/// The axes of more than one element, those of the smallest strides first.
fn by_stride(memory: &Memory) -> Vec<Axis> {
    let mut axes: Vec<_> = memory.axes.iter().copied().filter(|axis| axis.len > 1).collect();
    axes.sort_unstable_by_key(|axis| axis.stride.unsigned_abs());
    axes
}

/// The bytes of an array: spans of one width whose distances are multiples of one step.
struct Spans {
    extent: Range<usize>,
    width: usize,
    step: usize,
}

impl Spans {
    fn of(memory: &Memory) -> Spans {
        let mut spans = Spans { extent: memory.address()..memory.address(), width: memory.dtype.width(), step: 0 };
        if memory.len() == 0 {
            return spans;
        }
        spans.extent.end += spans.width;
        for axis in by_stride(memory) {
            let (stride, steps) = (axis.stride.unsigned_abs(), axis.len - 1);
            if axis.stride < 0 {
                spans.extent.start -= stride * steps;
            } else {
                spans.extent.end += stride * steps;
            }
            // What follows without a gap lengthens the spans, as long as there are no gaps between them yet.
            if spans.step == 0 && stride <= spans.width {
                spans.width += stride * steps;
            } else {
                spans.step = gcd(spans.step, stride);
            }
        }
        spans
    }

    fn meets(&self, other: &Spans) -> bool {
        let step = gcd(self.step, other.step);
        if step == 0 {
            return true; // Both are one span, which is their extent.
        }
        let apart = (other.extent.start as isize - self.extent.start as isize).rem_euclid(step as isize) as usize;
        apart < self.width || apart + other.width > step
    }
}

fn gcd(a: usize, b: usize) -> usize {
    if b == 0 { a } else { gcd(b, a % b) }
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

/// Why an array has no numbers: the Python side knows what is in it and what to write instead.
#[cold]
fn unreadable(object: &Bound<'_, PyAny>, name: &'static str) -> PyErr {
    converted(object, name).err().unwrap_or_else(|| {
        let came = object.getattr("dtype").map_or_else(|_| "no dtype".to_owned(), |dtype| dtype.to_string());
        let message = format!("{name} has dtype {came}; wanted bool, an integer or a float of at most 64 bits");
        raise_for(object.py(), Kind::Dtype, name, &message)
    })
}
