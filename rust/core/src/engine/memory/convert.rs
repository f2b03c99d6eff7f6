//! Elements of any dtype, made into the numbers that are computed with.

use super::dtype::{Dtype, Number};
use super::layout::apart;

/// The bits of an element.
pub(super) trait Bits: Copy {
    /// Those of the other byte order.
    fn swapped(self) -> Self;
}

macro_rules! bits {
    ($($t:ty),*) => { $(
        impl Bits for $t {
            #[inline(always)]
            fn swapped(self) -> $t {
                self.swap_bytes()
            }
        }
    )* };
}
bits!(u8, u16, u32, u64);

/// A stretch of elements.
pub(super) trait Source {
    /// Those of the element that begins so many bytes behind the first.
    fn bits<B: Bits>(&self, offset: isize) -> B;
}

/// Reads the elements of a stretch, so many bytes apart.
#[inline(always)]
pub(super) fn convert<T: Number>(source: &impl Source, dtype: Dtype, swapped: bool, stride: isize, out: &mut [T]) {
    macro_rules! elements {
        ($bits:ty, $convert:expr) => {
            elements!($bits, $convert, false)
        };
        ($bits:ty, $convert:expr, $backwards:literal) => {{
            if swapped {
                apart::<false, _>(out.iter_mut(), stride, stride, |out, offset| {
                    *out = $convert(source.bits::<$bits>(offset).swapped());
                });
            } else {
                apart::<$backwards, _>(out.iter_mut(), stride, size_of::<$bits>() as isize, |out, offset| {
                    *out = $convert(source.bits::<$bits>(offset));
                });
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
        Dtype::F32 => elements!(u32, |b: u32| T::from_single(f32::from_bits(b)), true),
        Dtype::F64 => elements!(u64, |b: u64| T::from_double(f64::from_bits(b)), true),
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
