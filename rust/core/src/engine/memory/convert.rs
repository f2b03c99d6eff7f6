//! Elements of any dtype, made into the numbers that are computed with.

use super::dtype::{Dtype, Number};
use super::layout::apart;

/// The bits of an element.
pub(super) trait Bits: Copy {
    /// Those of the other byte order.
    fn swapped(self) -> Self;
    /// The low bits.
    #[cfg(test)]
    fn low(bits: u64) -> Self;
}

macro_rules! bits {
    ($($t:ty),*) => { $(
        impl Bits for $t {
            #[inline(always)]
            fn swapped(self) -> $t {
                self.swap_bytes()
            }
            #[cfg(test)]
            fn low(bits: u64) -> $t {
                bits as $t
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
        Dtype::I64 | Dtype::U64
            if !swapped && stride == 8 && are_small(source, out.len(), if dtype == Dtype::I64 { SMALL } else { 0 }) =>
        {
            elements!(u64, |b: u64| T::from_small_integer(b as i64));
        }
        Dtype::I64 => elements!(u64, |b: u64| T::from_integer(b as i64)),
        Dtype::U64 => elements!(u64, T::from_unsigned),
        Dtype::F16 => elements!(u16, |b: u16| T::from_single(half(b))),
        Dtype::Bf16 => elements!(u16, |b: u16| T::from_single(f32::from_bits(u32::from(b) << 16))),
        Dtype::F32 => elements!(u32, |b: u32| T::from_single(f32::from_bits(b)), true),
        Dtype::F64 => elements!(u64, |b: u64| T::from_double(f64::from_bits(b)), true),
    }
}

/// What integers are less than that [`Number::from_small_integer`] takes.
const SMALL: u64 = 1 << 51;

/// Whether so many integers of 64 bits, one after the other, are from `-below` on and small.
#[inline(always)]
fn are_small(source: &impl Source, count: usize, below: u64) -> bool {
    (0..count).fold(0, |large, i| large | source.bits::<u64>(8 * i as isize).wrapping_add(below)) < SMALL + below
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

#[cfg(test)]
mod tests {
    use super::*;

    struct Integers(Vec<u64>);

    impl Source for Integers {
        fn bits<B: Bits>(&self, offset: isize) -> B {
            B::low(self.0[usize::try_from(offset / 8).unwrap()])
        }
    }

    #[test]
    fn integers_of_any_size_become_the_nearest_floats() {
        let limit = 1i64 << 51;
        let ends = [0, 1, -1, 16_777_217, limit - 1, -limit, limit, -limit - 1, (1 << 53) + 1, i64::MIN, i64::MAX];
        // With what is too large for the fast way, and each without.
        for numbers in std::iter::once(ends.to_vec()).chain(ends.map(|end| vec![end, 3])) {
            let source = Integers(numbers.iter().map(|&number| number as u64).collect());
            let (mut single, mut double) = (vec![0.0f32; numbers.len()], vec![0.0f64; numbers.len()]);
            for (dtype, unsigned) in [(Dtype::I64, false), (Dtype::U64, true)] {
                convert(&source, dtype, false, 8, &mut single);
                convert(&source, dtype, false, 8, &mut double);
                for (i, &number) in numbers.iter().enumerate() {
                    let (a, b) = if unsigned {
                        (number as u64 as f32, number as u64 as f64)
                    } else {
                        (number as f32, number as f64)
                    };
                    assert_eq!((single[i], double[i]), (a, b), "{number} of {numbers:?} as {dtype:?}");
                }
            }
        }
    }
}
