//! Arrays to read from.
//!
//! What is contiguous and of the working dtype is used in place; anything else is read or written a block at a time, never
//! copied whole. Elements are addressed by their index in C order over the axes given.
#![allow(clippy::cast_ptr_alignment)] // What may be unaligned is read and written as such.
#![allow(unsafe_code)] // Raw memory of arrays that other languages own. The constructors state what must hold; nothing else can go wrong.

use super::dtype::{Dtype, Number, half};
use super::layout::{Axis, Layout, layout, stretches};
use crate::number::Float;
use crate::simd;
use std::marker::PhantomData;

/// An array to read from.
#[derive(Clone, Debug)]
pub struct View<'a> {
    pub(super) data: *const u8,
    pub(super) dtype: Dtype,
    pub(super) swapped: bool,
    pub(super) len: usize,
    pub(super) layout: Layout,
    pub(super) life: PhantomData<&'a [u8]>,
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
