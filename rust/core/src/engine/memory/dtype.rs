//! Types of elements, and the numbers that they are converted to.

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
    /// Whether float32 holds each of its elements.
    #[must_use]
    pub fn fits_single(self) -> bool {
        !matches!(self, Dtype::I32 | Dtype::I64 | Dtype::U32 | Dtype::U64 | Dtype::F64)
    }
    /// Whether its elements are floating-point numbers.
    #[must_use]
    pub fn is_float(self) -> bool {
        matches!(self, Dtype::F16 | Dtype::Bf16 | Dtype::F32 | Dtype::F64)
    }
}
