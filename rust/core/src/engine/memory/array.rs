//! Arrays of other owners: a [`View`] to read from, and a [`Sink`] to write to in [`Part`]s that tasks have to themselves.
//!
//! What is contiguous and of the working dtype is used in place; anything else is read or written a block at a time, never
//! copied whole. Elements are addressed by their index in C order over the axes given.
#![allow(clippy::cast_ptr_alignment)] // What may be unaligned is read and written as such.
#![allow(unsafe_code)] // Raw memory of arrays that other languages own. The constructors state what must hold; nothing else can go wrong.

use super::convert::{Bits, Source, convert};
use super::dtype::{Dtype, Number};
use super::layout::{At, Axis, Layout, Lines, apart, layout};
use crate::number::Float;
use crate::simd;
use std::marker::PhantomData;

/// An array to read from.
#[derive(Clone, Debug)]
pub struct View<'a> {
    data: *const u8,
    dtype: Dtype,
    swapped: bool,
    len: usize,
    layout: Layout,
    /// Whether an output replaces the elements.
    replaced: bool,
    life: PhantomData<&'a [u8]>,
}

// SAFETY: a view only reads, and its constructor's caller vouches for the memory for as long as the view lives.
unsafe impl Send for View<'_> {}
// SAFETY: as above.
unsafe impl Sync for View<'_> {}

impl<'a> View<'a> {
    /// A view of the array at `data`; `swapped` where its byte order is not this machine's.
    ///
    /// # Safety
    /// For `'a`, every element that the axes reach from `data` must be readable memory that nothing writes to, unless the view is
    /// [`View::replaced`] before it is used.
    #[must_use]
    pub unsafe fn new(data: *const u8, dtype: Dtype, swapped: bool, axes: &[Axis]) -> Self {
        let len = axes.iter().map(|axis| axis.len).product();
        View { data, dtype, swapped, len, layout: layout(axes, dtype.width()), replaced: false, life: PhantomData }
    }

    /// A view of elements that lie one after the other.
    ///
    /// # Safety
    /// As for [`View::new`], for `len` elements from `data` on.
    #[inline(always)]
    #[must_use]
    pub unsafe fn contiguous(data: *const u8, dtype: Dtype, swapped: bool, len: usize) -> Self {
        View { data, dtype, swapped, len, layout: Layout::Contiguous, replaced: false, life: PhantomData }
    }

    /// A view of a slice.
    #[must_use]
    pub fn of<T: Float>(slice: &'a [T]) -> Self {
        let dtype = if T::SINGLE { Dtype::F32 } else { Dtype::F64 };
        // SAFETY: the slice is borrowed for as long as the view.
        unsafe { View::contiguous(slice.as_ptr().cast(), dtype, false, slice.len()) }
    }

    /// One number, as often as wanted.
    #[must_use]
    pub fn repeated(number: &'a f64, len: usize) -> Self {
        // SAFETY: a stride of 0 reaches the one number only, which is borrowed for as long as the view.
        unsafe { View::new(std::ptr::from_ref(number).cast(), Dtype::F64, false, &[Axis { len, stride: 0 }]) }
    }

    /// The same elements, which a sink of the same request replaces one by one: they are read, and never lent.
    ///
    /// An engine writes only to elements that its task has read already, so no thread reads what another is writing.
    #[must_use]
    pub fn replaced(self) -> Self {
        View { replaced: true, ..self }
    }

    /// Whether an output replaces the elements.
    #[must_use]
    pub fn is_replaced(&self) -> bool {
        self.replaced
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
    /// The type of the elements.
    #[must_use]
    pub fn dtype(&self) -> Dtype {
        self.dtype
    }

    /// The elements from `start` on in place, where nothing replaces them and they lie one after the other as `T`.
    ///
    /// # Panics
    /// Where there are not that many elements.
    #[inline(always)]
    #[must_use]
    pub fn lend<T: Float>(&self, start: usize, count: usize) -> Option<&'a [T]> {
        let same = self.dtype == if T::SINGLE { Dtype::F32 } else { Dtype::F64 } && !self.swapped;
        if !same
            || self.replaced
            || !matches!(self.layout, Layout::Contiguous)
            || !(self.data as usize).is_multiple_of(align_of::<T>())
        {
            return None;
        }
        assert!(start.checked_add(count).is_some_and(|end| end <= self.len));
        // SAFETY: in bounds by the assertion, aligned and typed by the test above, where any bits are a number; nothing writes to a
        // view that is not replaced.
        Some(unsafe { std::slice::from_raw_parts(self.data.cast::<T>().add(start), count) })
    }

    /// The elements from `start` on in place, where nothing replaces them and they lie one after the other as single bytes.
    ///
    /// # Panics
    /// Where there are not that many elements.
    #[inline(always)]
    #[must_use]
    pub fn lend_bytes(&self, start: usize, count: usize) -> Option<&'a [u8]> {
        if self.dtype.width() != 1 || self.replaced || !matches!(self.layout, Layout::Contiguous) {
            return None;
        }
        assert!(start.checked_add(count).is_some_and(|end| end <= self.len));
        // SAFETY: in bounds by the assertion; nothing writes to a view that is not replaced.
        Some(unsafe { std::slice::from_raw_parts(self.data.add(start), count) })
    }

    /// Prefetches the elements from `start` on, if they are there and lie one after the other as `T`.
    #[inline(always)]
    pub fn prefetch<T: Number>(&self, start: usize, count: usize) {
        if T::DTYPE == Some(self.dtype) && matches!(self.layout, Layout::Contiguous) && start + count <= self.len {
            simd::prefetch(self.data.cast::<T>().wrapping_add(start), count);
        }
    }

    /// Reads the elements from `start` on, converted.
    ///
    /// # Panics
    /// Where there are not that many elements.
    #[inline(always)]
    pub fn read<T: Number>(&self, start: usize, out: &mut [T]) {
        assert!(start.checked_add(out.len()).is_some_and(|end| end <= self.len));
        if T::DTYPE == Some(self.dtype) && !self.swapped && matches!(self.layout, Layout::Contiguous) {
            let from = self.data.wrapping_add(start * size_of::<T>());
            // SAFETY: these very elements, in bounds by the assertion; any bits are a number.
            return unsafe { from.copy_to_nonoverlapping(out.as_mut_ptr().cast(), size_of_val(out)) };
        }
        self.read_at(Lines::one(start, out.len()), out);
    }

    /// Whether, of rows of so many elements, those above each other are nearer than those beside each other.
    pub(crate) fn is_by_columns(&self, size: usize) -> bool {
        self.layout.is_by_columns(size)
    }

    /// Reads so many of such rows from a row on, converted: a block a column.
    pub(crate) fn read_columns<T: Number, const N: usize>(&self, row: usize, rows: usize, out: &mut [[T; N]]) {
        let size = out.len();
        assert!(self.is_by_columns(size) && rows <= N && (row + rows) * size <= self.len);
        self.read_at(Lines { at: At::Column(0, row), count: size, len: rows, apart: N }, out.as_flattened_mut());
    }

    #[inline(never)]
    fn read_at<T: Number>(&self, lines: Lines, out: &mut [T]) {
        lines.each(&self.layout, self.dtype.width(), self.data, |from, to, stride| {
            // The callers' assertions keep the elements within the axes, which the constructor's caller vouched for.
            convert(&Bytes(from), self.dtype, self.swapped, stride, &mut out[to]);
        });
    }
}

/// An array of floats to write to.
#[derive(Debug)]
pub struct Sink<'a> {
    data: *mut u8,
    single: bool,
    len: usize,
    layout: Layout,
    life: PhantomData<&'a mut [u8]>,
}

// SAFETY: the memory is the sink's only, as its constructor's caller vouches, so any one thread may use it.
unsafe impl Send for Sink<'_> {}
// SAFETY: through a shared sink nothing is read or written but where the elements are.
unsafe impl Sync for Sink<'_> {}

impl<'a> Sink<'a> {
    /// A sink over the array at `data` of singles or doubles in this machine's byte order.
    ///
    /// # Safety
    /// For `'a`, every element that the axes reach from `data` must be writable memory that nothing else reads or writes but
    /// views that are [`View::replaced`], and no two indices may reach one element.
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
    pub(crate) fn len(&self) -> usize {
        self.len
    }
    /// Whether the elements lie one after the other.
    #[inline(always)]
    #[must_use]
    pub fn is_contiguous(&self) -> bool {
        matches!(self.layout, Layout::Contiguous)
    }

    pub(crate) fn is_by_columns(&self, size: usize) -> bool {
        self.layout.is_by_columns(size)
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

    /// Parts of `size` elements, the last of what is left, for tasks to write to side by side.
    pub fn parts(&mut self, size: usize) -> impl Iterator<Item = Part<'_>> {
        let sink = &*self;
        (0..sink.len).step_by(size.max(1)).map(move |begin| Part {
            sink,
            begin,
            end: sink.len.min(begin + size),
            origin: 0,
        })
    }

    /// All of it, as the elements from `first` on of something larger.
    pub(crate) fn part_from(&mut self, first: usize) -> Part<'_> {
        Part { sink: self, begin: first, end: first + self.len, origin: first }
    }
}

/// Some elements of a sink that a task has to itself. They keep their indices.
///
/// Only [`Sink::parts`] makes parts, one after the other from a sink that is borrowed for itself: no two have an element in common.
#[derive(Debug)]
pub struct Part<'a> {
    pub(crate) sink: &'a Sink<'a>,
    begin: usize,
    end: usize,
    /// The index of the sink's first element.
    origin: usize,
}

impl Part<'_> {
    /// The same elements, for a while.
    pub(crate) fn reborrow(&mut self) -> Part<'_> {
        Part { ..*self }
    }

    /// Whether elements are within the part.
    #[inline(always)]
    fn has(&self, start: usize, count: usize) -> bool {
        self.begin <= start && start.checked_add(count).is_some_and(|end| end <= self.end)
    }

    /// Whether the elements lie one after the other as `T`.
    #[inline(always)]
    #[must_use]
    pub fn lends<T: Float>(&self) -> bool {
        let Sink { data, single, .. } = *self.sink;
        single == T::SINGLE && self.sink.is_contiguous() && (data as usize).is_multiple_of(align_of::<T>())
    }

    /// The elements from `start` on in place, where they lie one after the other as `T`.
    ///
    /// # Panics
    /// Where the part has not that many elements.
    #[inline(always)]
    #[must_use]
    pub fn lend<T: Float>(&mut self, start: usize, count: usize) -> Option<&mut [T]> {
        if !self.lends::<T>() {
            return None;
        }
        let data = self.sink.data;
        assert!(self.has(start, count));
        // SAFETY: the part's own elements by the assertion, aligned and typed by the test above, where any bits are a number; the
        // part is borrowed for as long as the slice.
        Some(unsafe { std::slice::from_raw_parts_mut(data.cast::<T>().add(start - self.origin), count) })
    }

    /// Prefetches the sink's elements from `start` on, of this part or another, if they are there and lie one after the other as `T`.
    #[inline(always)]
    pub fn prefetch<T: Float>(&self, start: usize, count: usize) {
        let start = start.wrapping_sub(self.origin);
        if self.lends::<T>() && start.saturating_add(count) <= self.sink.len {
            simd::prefetch(self.sink.data.cast::<T>().wrapping_add(start), count);
        }
    }

    /// Adds to the elements from `start` on.
    ///
    /// # Panics
    /// Where the part has not that many elements.
    pub fn add<T: Float + Number>(&mut self, start: usize, numbers: &[T]) {
        let Sink { data, single, len, ref layout, .. } = *self.sink;
        assert!(self.has(start, numbers.len()));
        let (dtype, layout) = (if single { Dtype::F32 } else { Dtype::F64 }, layout.clone());
        let view = View { data, dtype, swapped: false, len, layout, replaced: true, life: PhantomData };
        for (i, &number) in numbers.iter().enumerate() {
            let mut sum = [T::ZERO];
            view.read(start + i - self.origin, &mut sum);
            self.write(start + i, &[sum[0] + number]);
        }
    }

    /// Writes the elements from `start` on, converted.
    ///
    /// # Panics
    /// Where the part has not that many elements.
    #[inline(always)]
    pub fn write<T: Float>(&mut self, start: usize, numbers: &[T]) {
        assert!(self.has(start, numbers.len()));
        self.write_at(Lines::one(start - self.origin, numbers.len()), numbers);
    }

    /// Writes so many of such rows from a row on, converted, from a block a column.
    pub(crate) fn write_columns<T: Float, const N: usize>(&mut self, row: usize, rows: usize, columns: &[[T; N]]) {
        let size = columns.len();
        assert!(self.sink.is_by_columns(size) && rows <= N && self.has(row * size, rows * size));
        let at = At::Column(0, row - self.origin / size);
        self.write_at(Lines { at, count: size, len: rows, apart: N }, columns.as_flattened());
    }

    #[inline(never)]
    fn write_at<T: Float>(&mut self, lines: Lines, numbers: &[T]) {
        let Sink { data, single, ref layout, .. } = *self.sink;
        lines.each(layout, if single { 4 } else { 8 }, data, |to, from, stride| {
            let to = |offset| to.cast_mut().wrapping_offset(offset);
            if single {
                // SAFETY: one of the part's own elements, by the callers' assertions.
                let put = |x: &T, offset| unsafe { to(offset).cast::<f32>().write_unaligned(x.to_f64() as f32) };
                apart::<true, _>(numbers[from].iter(), stride, 4, put);
            } else {
                // SAFETY: as above.
                let put = |x: &T, offset| unsafe { to(offset).cast::<f64>().write_unaligned(x.to_f64()) };
                apart::<true, _>(numbers[from].iter(), stride, 8, put);
            }
        });
    }
}

/// The bytes of a stretch of elements, for which whoever makes one vouches.
struct Bytes(*const u8);

impl Source for Bytes {
    #[inline(always)]
    fn bits<B: Bits>(&self, offset: isize) -> B {
        // SAFETY: an element of the stretch; any bits are such a number.
        unsafe { self.0.byte_offset(offset).cast::<B>().read_unaligned() }
    }
}
