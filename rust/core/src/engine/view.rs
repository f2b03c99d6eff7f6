//! Arrays as the engine sees them: [`View`]s to read from and [`Sink`]s to write to, whatever their dtype, byte order,
//! alignment and strides.
//!
//! What is contiguous and of the working dtype is used in place; anything else is read or written a block at a time, never
//! copied whole. Elements are addressed by their index in C order over the axes given.
#![allow(clippy::cast_ptr_alignment)] // What may be unaligned is read and written as such.
#![allow(unsafe_code)] // Raw memory of arrays that other languages own. The constructors state what must hold; nothing else can go wrong.

use crate::number::Float;
use crate::simd;
use std::marker::PhantomData;

/// The type of an array's elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Dtype {
    Bool,
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    F16,
    Bf16,
    F32,
    F64,
}

/// One axis: how many elements, and how many bytes from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Elements.
    pub len: usize,
    /// Bytes from an element to the next; 0 repeats one element.
    pub stride: isize,
}

/// Where the elements are.
#[derive(Clone, Debug)]
enum Layout {
    Contiguous,
    Strided(Vec<Axis>),
}

/// Axes without those that merge with a neighbour.
#[inline]
fn layout(axes: &[Axis], width: usize) -> Layout {
    let mut next = width as isize;
    let mut contiguous = true;
    for axis in axes.iter().rev().filter(|axis| axis.len != 1) {
        contiguous &= axis.stride == next;
        next = next.wrapping_mul(axis.len as isize);
    }
    if contiguous { Layout::Contiguous } else { merged(axes) }
}

#[cold]
fn merged(axes: &[Axis]) -> Layout {
    let mut merged: Vec<Axis> = Vec::new();
    for &axis in axes.iter().filter(|axis| axis.len != 1) {
        match merged.last_mut() {
            Some(outer) if outer.stride == axis.stride * axis.len as isize => {
                *outer = Axis { len: outer.len * axis.len, stride: axis.stride };
            }
            _ => merged.push(axis),
        }
    }
    Layout::Strided(merged)
}

/// Calls `run(offset in bytes, elements, stride)` for each stretch of the elements from `start` on.
#[inline]
fn stretches(layout: &Layout, width: usize, start: usize, count: usize, mut run: impl FnMut(isize, usize, isize)) {
    let axes = match layout {
        Layout::Contiguous => return run((start * width) as isize, count, width as isize),
        Layout::Strided(axes) => axes,
    };
    let inner = axes[axes.len() - 1];
    let (mut at, mut left) = (start, count);
    while left > 0 {
        let (mut rest, mut offset, mut room) = (at, 0, 0);
        for (i, axis) in axes.iter().enumerate().rev() {
            let position = rest % axis.len;
            rest /= axis.len;
            offset += position as isize * axis.stride;
            if i == axes.len() - 1 {
                room = axis.len - position;
            }
        }
        let n = room.min(left);
        run(offset, n, inner.stride);
        at += n;
        left -= n;
    }
}

/// An array to read from.
#[derive(Clone, Debug)]
pub struct View<'a> {
    data: *const u8,
    dtype: Dtype,
    swapped: bool,
    len: usize,
    layout: Layout,
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
    /// For `'a`, every element that the axes reach from `data` must be readable memory. Other threads may write to it
    /// meanwhile; then numbers may be wrong, nothing else.
    #[must_use]
    pub unsafe fn new(data: *const u8, dtype: Dtype, swapped: bool, axes: &[Axis]) -> Self {
        let len = axes.iter().map(|axis| axis.len).product();
        View { data, dtype, swapped, len, layout: layout(axes, dtype.width()), life: PhantomData }
    }

    /// A view of elements that lie one after the other.
    ///
    /// # Safety
    /// As for [`View::new`], for `len` elements from `data` on.
    #[inline(always)]
    #[must_use]
    pub unsafe fn contiguous(data: *const u8, dtype: Dtype, swapped: bool, len: usize) -> Self {
        View { data, dtype, swapped, len, layout: Layout::Contiguous, life: PhantomData }
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

    /// The elements from `start` on in place, where they lie one after the other as `T`.
    ///
    /// # Panics
    /// Where there are not that many elements.
    ///
    /// # Safety
    /// Nothing may write to these elements while the slice is in use.
    #[inline(always)]
    #[must_use]
    pub unsafe fn in_place<T: Float>(&self, start: usize, count: usize) -> Option<&'a [T]> {
        let same = self.dtype == if T::SINGLE { Dtype::F32 } else { Dtype::F64 } && !self.swapped;
        if !same || !matches!(self.layout, Layout::Contiguous) || !(self.data as usize).is_multiple_of(align_of::<T>())
        {
            return None;
        }
        assert!(start + count <= self.len);
        // SAFETY: in bounds by the assertion, aligned and typed by the test above; the caller keeps writers away.
        Some(unsafe { std::slice::from_raw_parts(self.data.cast::<T>().add(start), count) })
    }

    /// Asks for the elements from `start` on, if they are there and lie one after the other as `T`.
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
        assert!(start + out.len() <= self.len);
        let mut out = out;
        if T::DTYPE == Some(self.dtype) && !self.swapped && matches!(self.layout, Layout::Contiguous) {
            // SAFETY: these very elements, in bounds by the assertion; any bits are a number.
            unsafe {
                let from = self.data.add(start * size_of::<T>());
                from.copy_to_nonoverlapping(out.as_mut_ptr().cast(), size_of_val(out));
            }
            return;
        }
        stretches(&self.layout, self.dtype.width(), start, out.len(), |offset, n, stride| {
            let (now, later) = std::mem::take(&mut out).split_at_mut(n);
            // SAFETY: the elements from `start` on lie within the axes, which the constructor's caller vouched for.
            unsafe { read(self.data.offset(offset), self.dtype, self.swapped, stride, now) };
            out = later;
        });
    }
}

/// What elements are converted to: the working dtypes, and `i64` for class indices.
pub trait Number: Copy {
    /// The dtype whose elements are these numbers already.
    const DTYPE: Option<Dtype>;
    /// From a whole number.
    fn from_integer(x: i64) -> Self;
    /// From a whole number of at least 0.
    fn from_unsigned(x: u64) -> Self;
    /// From a single.
    fn from_single(x: f32) -> Self;
    /// From a double.
    fn from_double(x: f64) -> Self;
}

macro_rules! float_number {
    ($($t:ty, $dtype:ident);*) => { $(
        impl Number for $t {
            const DTYPE: Option<Dtype> = Some(Dtype::$dtype);
            #[inline(always)]
            fn from_integer(x: i64) -> $t {
                x as $t
            }
            #[inline(always)]
            fn from_unsigned(x: u64) -> $t {
                x as $t
            }
            #[inline(always)]
            fn from_single(x: f32) -> $t {
                x as $t
            }
            #[inline(always)]
            fn from_double(x: f64) -> $t {
                x as $t
            }
        }
    )* };
}
float_number!(f32, F32; f64, F64);

/// What becomes of a number that is no index: a fraction, NaN, or one beyond every `i64`.
pub const NO_INDEX: i64 = i64::MIN;

impl Number for i64 {
    const DTYPE: Option<Dtype> = Some(Dtype::I64);
    #[inline(always)]
    fn from_integer(x: i64) -> i64 {
        x
    }
    #[inline(always)]
    fn from_unsigned(x: u64) -> i64 {
        i64::try_from(x).unwrap_or(NO_INDEX)
    }
    #[inline(always)]
    fn from_single(x: f32) -> i64 {
        i64::from_double(f64::from(x))
    }
    #[inline(always)]
    fn from_double(x: f64) -> i64 {
        // Compared after conversion, because rounding is a call into a library on some CPUs.
        let integer = x as i64;
        if integer as f64 == x && x.abs() < i64::MAX as f64 { integer } else { NO_INDEX }
    }
}

impl Dtype {
    /// Bytes of an element.
    #[must_use]
    pub fn width(self) -> usize {
        match self {
            Dtype::Bool | Dtype::I8 | Dtype::U8 => 1,
            Dtype::I16 | Dtype::U16 | Dtype::F16 | Dtype::Bf16 => 2,
            Dtype::I32 | Dtype::U32 | Dtype::F32 => 4,
            Dtype::I64 | Dtype::U64 | Dtype::F64 => 8,
        }
    }
    /// Whether its elements are floating-point numbers.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Dtype::F16 | Dtype::Bf16 | Dtype::F32 | Dtype::F64)
    }
}

/// A half-precision float's value, from its bits.
#[inline(always)]
fn half(bits: u16) -> f32 {
    let (sign, rest) = (u32::from(bits & 0x8000) << 16, u32::from(bits & 0x7fff) << 13);
    let special = if rest >= 0x7c00 << 13 { 0x7f80_0000 } else { 0 };
    // The exponent is re-biased by an exact product, which also makes denormals normal.
    let magnitude = f32::from_bits(rest) * f32::from_bits((254 - 15) << 23);
    f32::from_bits(sign | magnitude.to_bits() | special)
}

/// Reads one stretch.
///
/// # Safety
/// `out.len()` elements of `dtype` from `data` on, `stride` bytes apart, must be readable memory.
#[inline(always)]
unsafe fn read<T: Number>(data: *const u8, dtype: Dtype, swapped: bool, stride: isize, out: &mut [T]) {
    /// One loop for each dtype; elements that lie one after the other have one of their own, which vectorises.
    macro_rules! elements {
        ($bits:ty, $convert:expr) => {{
            const WIDTH: usize = size_of::<$bits>();
            if stride == WIDTH as isize && !swapped {
                for (i, out) in out.iter_mut().enumerate() {
                    // SAFETY: element i of the stretch.
                    let bits = unsafe { data.cast::<$bits>().add(i).read_unaligned() };
                    *out = $convert(bits);
                }
            } else {
                for (i, out) in out.iter_mut().enumerate() {
                    // SAFETY: element i of the stretch.
                    let bits = unsafe { data.offset(i as isize * stride).cast::<$bits>().read_unaligned() };
                    *out = $convert(if swapped { bits.swap_bytes() } else { bits });
                }
            }
        }};
    }
    match dtype {
        Dtype::Bool => elements!(u8, |b: u8| T::from_integer(i64::from(b != 0))),
        Dtype::I8 => elements!(u8, |b: u8| T::from_integer(i64::from(b as i8))),
        Dtype::U8 => elements!(u8, |b: u8| T::from_integer(i64::from(b))),
        Dtype::I16 => elements!(u16, |b: u16| T::from_integer(i64::from(b as i16))),
        Dtype::U16 => elements!(u16, |b: u16| T::from_integer(i64::from(b))),
        Dtype::I32 => elements!(u32, |b: u32| T::from_integer(i64::from(b as i32))),
        Dtype::U32 => elements!(u32, |b: u32| T::from_integer(i64::from(b))),
        Dtype::I64 => elements!(u64, |b: u64| T::from_integer(b as i64)),
        Dtype::U64 => elements!(u64, T::from_unsigned),
        Dtype::F16 => elements!(u16, |b: u16| T::from_single(half(b))),
        Dtype::Bf16 => elements!(u16, |b: u16| T::from_single(f32::from_bits(u32::from(b) << 16))),
        Dtype::F32 => elements!(u32, |b: u32| T::from_single(f32::from_bits(b))),
        Dtype::F64 => elements!(u64, |b: u64| T::from_double(f64::from_bits(b))),
    }
}

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
