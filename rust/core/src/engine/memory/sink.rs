//! Arrays to write to.
#![allow(clippy::cast_ptr_alignment)] // What may be unaligned is written as such.
#![allow(unsafe_code)] // Raw memory of arrays that other languages own. The constructors state what must hold; nothing else can go wrong.

use super::dtype::{Dtype, Number};
use super::layout::{Axis, Layout, layout, stretches};
use super::view::View;
use crate::number::Float;
use crate::simd;
use std::marker::PhantomData;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// An array of floats to write to. Tasks write to it side by side, each to elements of its own.
#[derive(Clone, Debug)]
pub struct Sink<'a> {
    data: *mut u8,
    single: bool,
    len: usize,
    layout: Layout,
    life: PhantomData<&'a mut [u8]>,
}

// SAFETY: every access is unsafe, and its caller keeps the elements of two threads apart.
unsafe impl Send for Sink<'_> {}
// SAFETY: as above.
unsafe impl Sync for Sink<'_> {}

impl<'a> Sink<'a> {
    /// A sink over the array at `data` of singles or doubles in this machine's byte order.
    ///
    /// # Safety
    /// For `'a`, every element that the axes reach from `data` must be writable memory that nothing else reads or writes
    /// but the views whose [`View::in_place`] is not used, and no two indices may reach one element.
    #[must_use]
    pub unsafe fn new(data: *mut u8, single: bool, axes: &[Axis]) -> Self {
        let len = axes.iter().map(|axis| axis.len).product();
        Sink { data, single, len, layout: layout(axes, if single { 4 } else { 8 }), life: PhantomData }
    }

    /// A sink over elements that lie one after the other.
    ///
    /// # Safety
    /// As for [`Sink::new`], for `len` elements from `data` on.
    #[inline(always)]
    #[must_use]
    pub unsafe fn contiguous(data: *mut u8, single: bool, len: usize) -> Self {
        Sink { data, single, len, layout: Layout::Contiguous, life: PhantomData }
    }

    /// A sink over a slice.
    #[must_use]
    pub fn of<T: Float>(slice: &'a mut [T]) -> Self {
        // SAFETY: the slice is borrowed for as long as the sink.
        unsafe { Sink::contiguous(slice.as_mut_ptr().cast(), T::SINGLE, slice.len()) }
    }

    /// How many elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }
    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
    /// Whether the elements lie one after the other.
    #[must_use]
    pub fn is_contiguous(&self) -> bool {
        matches!(self.layout, Layout::Contiguous)
    }

    /// Of square matrices that lie one after the other: their diagonals, and the rest as lines of `size` elements, each from
    /// one element of a diagonal to the next.
    ///
    /// # Panics
    /// Where they do not lie so.
    #[must_use]
    pub fn diagonals_and_rest(self, size: usize) -> (Self, Self) {
        assert!(self.is_contiguous() && size > 0 && self.len.is_multiple_of(size * size));
        let width = if self.single { 4 } else { 8 };
        let axis = |len, elements| Axis { len, stride: (elements * width) as isize };
        let matrices = axis(self.len / (size * size), size * size);
        let data = self.data.wrapping_add(width);
        // SAFETY: of the elements of this sink, some go to the one and the others to the other.
        unsafe {
            let diagonals = Sink::new(self.data, self.single, &[matrices, axis(size, size + 1)]);
            let rest = Sink::new(data, self.single, &[matrices, axis(size - 1, size + 1), axis(size, 1)]);
            (diagonals, rest)
        }
    }

    /// The elements from `start` on in place, where they lie one after the other as `T`.
    ///
    /// # Panics
    /// Where there are not that many elements.
    ///
    /// # Safety
    /// Nobody else may touch these elements while the slice is in use, and they must hold valid numbers (any bits do).
    #[inline(always)]
    #[must_use]
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn in_place<T: Float>(&self, start: usize, count: usize) -> Option<&mut [T]> {
        let aligned = (self.data as usize).is_multiple_of(align_of::<T>());
        if self.single != T::SINGLE || !self.is_contiguous() || !aligned {
            return None;
        }
        assert!(start + count <= self.len);
        // SAFETY: in bounds by the assertion, aligned and typed by the test above; the caller keeps others away.
        Some(unsafe { std::slice::from_raw_parts_mut(self.data.cast::<T>().add(start), count) })
    }

    /// Asks for the elements from `start` on, if they are there and lie one after the other as `T`.
    #[inline(always)]
    pub fn prefetch<T: Float>(&self, start: usize, count: usize) {
        if self.single == T::SINGLE && self.is_contiguous() && start + count <= self.len {
            simd::prefetch(self.data.cast::<T>().wrapping_add(start), count);
        }
    }

    /// Adds to the elements from `start` on.
    ///
    /// # Panics
    /// Where there are not that many elements.
    ///
    /// # Safety
    /// Nobody else may touch these elements meanwhile.
    pub unsafe fn add<T: Float + Number>(&self, start: usize, numbers: &[T]) {
        let (dtype, layout) = (if self.single { Dtype::F32 } else { Dtype::F64 }, self.layout.clone());
        let view = View { data: self.data, dtype, swapped: false, len: self.len, layout, life: PhantomData };
        for (i, &number) in numbers.iter().enumerate() {
            let mut sum = [T::ZERO];
            view.read(start + i, &mut sum);
            // SAFETY: as the caller promises.
            unsafe { self.write(start + i, &[sum[0] + number]) };
        }
    }

    /// Writes the elements from `start` on, converted.
    ///
    /// # Panics
    /// Where there are not that many elements.
    ///
    /// # Safety
    /// Nobody else may touch these elements meanwhile.
    #[inline(always)]
    pub unsafe fn write<T: Float>(&self, start: usize, numbers: &[T]) {
        assert!(start + numbers.len() <= self.len);
        let mut numbers = numbers;
        stretches(&self.layout, if self.single { 4 } else { 8 }, start, numbers.len(), |offset, n, stride| {
            let (now, later) = numbers.split_at(n);
            for (i, number) in now.iter().enumerate() {
                // SAFETY: element i of the stretch, within the axes; the caller keeps others away.
                unsafe {
                    let to = self.data.offset(offset + i as isize * stride);
                    if self.single {
                        to.cast::<f32>().write_unaligned(number.to_f64() as f32);
                    } else {
                        to.cast::<f64>().write_unaligned(number.to_f64());
                    }
                }
            }
            numbers = later;
        });
    }
}

/// A sink in parts, each of which is handed out once: tasks write to them side by side.
#[derive(Debug)]
pub struct Parts<'a> {
    sink: Sink<'a>,
    /// Where each begins, and whether it has been handed out.
    parts: Vec<(usize, AtomicBool)>,
}

impl<'a> Parts<'a> {
    /// Parts that begin at these elements, in ascending order.
    ///
    /// # Panics
    /// Where the order is another.
    #[must_use]
    pub fn new(sink: Sink<'a>, starts: impl Iterator<Item = usize>) -> Self {
        let parts: Vec<_> = starts.map(|start| (start, AtomicBool::new(false))).collect();
        assert!(parts.is_sorted_by(|a, b| a.0 < b.0) && parts.last().is_none_or(|last| last.0 < sink.len()));
        Parts { sink, parts }
    }

    /// Parts of `size` elements, the last of what is left.
    #[must_use]
    pub fn of_size(sink: Sink<'a>, size: usize) -> Self {
        let starts = (0..sink.len()).step_by(size);
        Parts::new(sink, starts)
    }

    /// How many parts.
    #[must_use]
    pub fn count(&self) -> usize {
        self.parts.len()
    }

    /// A part.
    ///
    /// # Panics
    /// Where there is none of that index, or it has been taken.
    #[must_use]
    pub fn take(&self, index: usize) -> Part<'_> {
        let (start, taken) = &self.parts[index];
        assert!(!taken.swap(true, Ordering::Relaxed), "a part is taken once");
        let end = self.parts.get(index + 1).map_or(self.sink.len(), |next| next.0);
        Part { sink: &self.sink, start: *start, end }
    }
}

/// Elements of a sink that nobody else writes to.
#[derive(Debug)]
pub struct Part<'a> {
    sink: &'a Sink<'a>,
    start: usize,
    end: usize,
}

impl Part<'_> {
    /// The index of its first element in the whole, and the one after its last.
    #[must_use]
    pub fn range(&self) -> Range<usize> {
        self.start..self.end
    }

    /// Writes elements, converted, from an index of the whole on.
    ///
    /// # Panics
    /// Where they are not all within the part.
    #[inline(always)]
    pub fn write<T: Float>(&mut self, start: usize, numbers: &[T]) {
        assert!(self.start <= start && start + numbers.len() <= self.end);
        // SAFETY: the elements are this part's, which was handed out once, and `&mut self` keeps its other writes away. Slices
        // of the sink are made by unsafe code only, which answers for them.
        unsafe {
            match self.sink.in_place::<T>(start, numbers.len()) {
                Some(slice) => slice.copy_from_slice(numbers),
                None => self.sink.write(start, numbers),
            }
        }
    }
}
