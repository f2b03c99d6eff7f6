//! Deterministic sums of blocks, in fixed lanes and a fixed order.
//!
//! Values are added in double-double lanes beside the sum of their magnitudes, which bounds how far the result can be
//! off: where every number within the bound rounds to the same float, that float is the correctly rounded sum, and
//! nothing else can be. Where they do not (or where something overflowed), the answer is `None` and an
//! [`Exact`](super::exact::Exact) sum of the same values decides. Either way the result does not depend on the order of
//! the values, at a small part of the price of exact sums throughout. Of `f32` values, eight at a time are first added
//! up without an error ([`eighths`]).
//!
//! The bound. A lane of n additions keeps each rounding error exactly and rounds only when adding those up: n²u² of
//! its magnitudes, u = 2⁻⁵³. An addition of two normalised double-doubles adds 3u² of their sum (Joldes, Muller and
//! Popescu 2017, theorem 3.1), so 3u² of the magnitudes for each level of additions, whatever their tree.
//!
//! The unit. Sums of `f32` values are often half way between two floats, where no bound helps. But all of these values are multiples of
//! the last bit of the least, and so are their sums, rounded or not, and what rounding takes from them: a sum that is off by less than
//! that is off by nothing.

use super::super::look::any;
use super::narrow::{EIGHTH, Eighths, eighths, unit};
use crate::number::Float;
use crate::number::compensated::{add_double, two_sum};
use crate::simd::{self, Body, Level};
use std::array::from_fn;

/// Accumulators side by side: half a block, a plain loop of which fills the widest registers.
const LANES: usize = 32;

/// u², u = 2⁻⁵³, and a little for the roundings of the bound itself.
const ROUNDING: f64 = 1.001 * f64::EPSILON * f64::EPSILON / 4.0;

/// Sums over the blocks of a task.
#[derive(Clone)]
#[repr(align(64))]
pub struct Lanes {
    high: [f64; LANES],
    low: [f64; LANES],
    magnitude: [f64; LANES],
    /// The places of the least `f32` values.
    least: [u32; EIGHTH],
    blocks: usize,
    /// Whether the values are `f32`.
    single: bool,
}

impl Default for Lanes {
    fn default() -> Self {
        Self::new()
    }
}

impl Lanes {
    /// Of nothing yet.
    #[inline(always)]
    #[must_use]
    pub fn new() -> Self {
        let zero = [0.0; LANES];
        Self { high: zero, low: zero, magnitude: zero, least: [u32::MAX; EIGHTH], blocks: 0, single: false }
    }

    /// Adds a block.
    #[inline(always)]
    pub fn add<T: Float>(&mut self, block: &[T; 64]) {
        (self.blocks, self.single) = (self.blocks + 1, T::SINGLE);
        if !T::SINGLE {
            for i in 0..LANES {
                self.add_two([block[i].to_f64(), block[i + LANES].to_f64()], i);
            }
            return;
        }
        let Eighths { sums, least } = eighths(block);
        for i in 0..EIGHTH {
            self.least[i] = self.least[i].min(least[i]);
        }
        let Some(sums) = sums else { return self.add_wide(block) };
        for i in 0..EIGHTH {
            self.add_one(sums[i], i);
        }
    }

    /// Adds a block of `f32` values of very different sizes, such as the losses of a model that is sure of most answers.
    #[cold]
    #[inline(never)]
    fn add_wide<T: Float>(&mut self, block: &[T; 64]) {
        simd::dispatch(simd::active(), AddWide { block, sum: self });
    }

    #[inline(always)]
    fn add_one(&mut self, value: f64, lane: usize) {
        let (sum, error) = two_sum(self.high[lane], value);
        self.high[lane] = sum;
        self.low[lane] += error;
        self.magnitude[lane] += value.abs();
    }

    #[inline(always)]
    fn add_two(&mut self, values: [f64; 2], lane: usize) {
        let (mut sum, mut errors, mut size) = (self.high[lane], self.low[lane], self.magnitude[lane]);
        for value in values {
            let (next, error) = two_sum(sum, value);
            sum = next;
            errors += error;
            size += value.abs();
        }
        (self.high[lane], self.low[lane], self.magnitude[lane]) = (sum, errors, size);
    }

    /// Adds blocks, one after the other.
    #[inline(always)]
    pub fn add_blocks<T: Float>(&mut self, blocks: &[[T; 64]]) {
        for block in blocks {
            self.add(block);
        }
    }

    /// The same at a CPU level, in code of its own.
    pub fn add_all<T: Float>(&mut self, level: Level, blocks: &[[T; 64]]) {
        simd::dispatch(level, AddUp { blocks, sum: self });
    }

    /// The sum of all lanes, which are added up like the values of a lane: errors kept, and rounded when added up themselves.
    #[inline(always)]
    #[must_use]
    pub fn finish(&self) -> Partial {
        // In arrays of known lengths, which stay in registers.
        let lanes = [&self.high, &self.low, &self.magnitude];
        let eight = if self.single {
            lanes.map(|lanes| from_fn(|i| lanes[i]))
        } else {
            let lanes = exactly_halved::<16>(lanes.map(<[f64; LANES]>::as_slice));
            exactly_halved::<EIGHTH>(slices(&lanes))
        };
        let lanes = exactly_halved::<2>(slices(&exactly_halved::<4>(slices(&eight))));
        let [high, low, magnitude] = exactly_halved::<1>(slices(&lanes)).map(|[last]| last);
        // A value goes through its lane's additions, at most two of a block or, of `f32` values, eight, and one for each halving,
        // which round the errors twice.
        let each = if self.single { 64 / EIGHTH } else { 64 / LANES };
        let additions = (each * self.blocks) as f64 + 2.0 * LANES.ilog2() as f64;
        // What is infinite has lost nothing.
        let (sum, rest) = if high.is_finite() { two_sum(high, low) } else { (high, 0.0) };
        let mut least = u32::MAX;
        for place in self.least {
            least = least.min(place);
        }
        let unit = if self.single { unit(least) } else { 0.0 };
        Partial { high: sum, low: rest, magnitude, roundings: additions * additions, unit }
    }
}

#[inline(always)]
fn slices<const N: usize>(lanes: &[[f64; N]; 3]) -> [&[f64]; 3] {
    lanes.each_ref().map(<[f64; N]>::as_slice)
}

/// The same of lanes whose errors are kept: high parts, low parts and magnitudes.
#[inline(always)]
fn exactly_halved<const HALF: usize>([high, low, magnitude]: [&[f64]; 3]) -> [[f64; HALF]; 3] {
    let mut half = [[0.0; HALF]; 3];
    for i in 0..HALF {
        let (sum, error) = two_sum(high[i], high[i + HALF]);
        half[0][i] = sum;
        half[1][i] = (low[i] + low[i + HALF]) + error;
        half[2][i] = magnitude[i] + magnitude[i + HALF];
    }
    half
}

/// A float whose values are added up at a CPU level, in code that is compiled once for all losses.
pub trait Summed: Float {
    /// Adds blocks, one after the other.
    fn add_up(level: Level, blocks: &[[Self; 64]], sum: &mut Lanes);
    /// Whether a number of some blocks is NaN.
    fn any_nan(level: Level, blocks: &[[Self; 64]]) -> bool;
}

macro_rules! summed {
    ($($t:ty),*) => { $(
        impl Summed for $t {
            fn add_up(level: Level, blocks: &[[$t; 64]], sum: &mut Lanes) {
                sum.add_all(level, blocks);
            }
            fn any_nan(level: Level, blocks: &[[$t; 64]]) -> bool {
                simd::dispatch(level, AnyNan(blocks))
            }
        }
    )* };
}
summed!(f32, f64);

struct AddWide<'a, T> {
    block: &'a [T; 64],
    sum: &'a mut Lanes,
}

impl<T: Float> Body for AddWide<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let AddWide { block, sum } = self;
        // In arrays of their own the lanes stay in registers.
        let mut lanes = [[0.0; EIGHTH]; 3];
        for i in 0..EIGHTH {
            (lanes[0][i], lanes[1][i], lanes[2][i]) = (sum.high[i], sum.low[i], sum.magnitude[i]);
        }
        for values in block.as_chunks::<EIGHTH>().0 {
            for i in 0..EIGHTH {
                let value = values[i].to_f64();
                let (high, error) = two_sum(lanes[0][i], value);
                (lanes[0][i], lanes[1][i], lanes[2][i]) = (high, lanes[1][i] + error, lanes[2][i] + value.abs());
            }
        }
        for i in 0..EIGHTH {
            (sum.high[i], sum.low[i], sum.magnitude[i]) = (lanes[0][i], lanes[1][i], lanes[2][i]);
        }
    }
}

struct AnyNan<'a, T>(&'a [[T; 64]]);

impl<T: Float> Body for AnyNan<'_, T> {
    type Output = bool;

    #[inline(always)]
    fn run(self) -> bool {
        any(self.0, None, |value| [value.is_nan()])[0]
    }
}

struct AddUp<'a, T> {
    blocks: &'a [[T; 64]],
    sum: &'a mut Lanes,
}

impl<T: Float> Body for AddUp<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.sum.add_blocks(self.blocks);
    }
}

/// The unevaluated sum `high + low` of some values.
///
/// It is off by at most `roundings`·u²·`magnitude`, and by a multiple of `unit`. Magnitude 0 asks for no certificate: constants are
/// taken as they are.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Partial {
    high: f64,
    low: f64,
    magnitude: f64,
    roundings: f64,
    unit: f64,
}

impl From<f64> for Partial {
    /// A number that is known exactly, such as a count to divide by.
    fn from(value: f64) -> Self {
        Self { high: value, ..Self::ZERO }
    }
}

impl Partial {
    /// The sum of nothing.
    pub const ZERO: Self = Self { high: 0.0, low: 0.0, magnitude: 0.0, roundings: 0.0, unit: f64::INFINITY };

    /// This sum followed by a later one.
    #[must_use]
    pub fn merge(self, later: Self) -> Self {
        if self == Self::ZERO {
            return later;
        }
        let (mut high, mut low) = add_double((self.high, self.low), (later.high, later.low));
        if !high.is_finite() {
            // The low part of an infinite sum is NaN, the sum itself is not.
            (high, low) = (self.high + later.high, 0.0);
        }
        Self {
            high,
            low,
            magnitude: self.magnitude + later.magnitude,
            roundings: self.roundings.max(later.roundings) + 3.0,
            unit: self.unit.min(later.unit),
        }
    }

    /// The correctly rounded sum, or `None` where only an exact sum can tell.
    #[inline(always)]
    #[must_use]
    pub fn rounded(self) -> Option<f64> {
        if self.magnitude.is_nan() {
            return Some(f64::NAN);
        }
        // No sum of `f32` values is beyond the largest float: one of them is infinite.
        if self.magnitude == 0.0 || (self.magnitude == f64::INFINITY && self.unit > 0.0) {
            return Some(canonical(self.high + self.low));
        }
        // One rounding more: that of low ± bound.
        let bound = if self.is_exact() { 0.0 } else { (self.roundings + 1.0) * ROUNDING * self.magnitude };
        agreed(self.high, self.low, bound)
    }

    /// The correctly rounded quotient of two sums, such as a mean (`divisor` a count) or a weighted mean, or `None`
    /// where only exact sums can tell.
    #[inline(always)]
    #[must_use]
    pub fn over(self, divisor: Self) -> Option<f64> {
        let near = [self, divisor].map(Self::nearest);
        let [numerator, denominator] = near;
        if near.iter().any(|&x| x == 0.0 || !x.is_finite()) {
            return Some(canonical(self.rounded()? / divisor.rounded()?));
        }
        // Within this range the remainder of the division is exact: no part of it can underflow.
        if ![numerator, denominator, numerator / denominator].iter().all(|x| (1e-270..1e270).contains(&x.abs())) {
            return None;
        }
        // A quotient by a power of two is half way between two floats where the sum is, one by another number hardly ever.
        if divisor.is_power_of_two() && self.is_exact() {
            return Some(numerator / denominator);
        }
        let quotient = self.high / divisor.high;
        let remainder = (-quotient).mul_add(divisor.high, self.high) + (-quotient).mul_add(divisor.low, self.low);
        let relative = self.relative_bound() + divisor.relative_bound();
        // The division's own roundings come to less than 14u².
        let bound = if relative > 0.0 { (relative + 16.0 * ROUNDING) * quotient.abs() } else { 0.0 };
        agreed(quotient, remainder / divisor.high, bound)
    }

    /// The sum, as nearly as it is known.
    #[must_use]
    pub fn nearest(self) -> f64 {
        self.high + self.low
    }

    /// The sum of the magnitudes.
    #[must_use]
    pub fn magnitude(self) -> f64 {
        self.magnitude
    }

    /// Whether high + low is the sum itself.
    #[inline(always)]
    fn is_exact(self) -> bool {
        self.roundings * ROUNDING * self.magnitude < self.unit
    }

    /// Whether this is one, and known.
    #[inline(always)]
    fn is_power_of_two(self) -> bool {
        self.magnitude == 0.0 && self.low == 0.0 && self.high.to_bits() << 12 == 0
    }

    #[inline(always)]
    fn relative_bound(self) -> f64 {
        self.roundings * ROUNDING * self.magnitude / self.high.abs()
    }
}

/// What every number within `bound` of `high + low` rounds to.
#[inline(always)]
fn agreed(high: f64, low: f64, bound: f64) -> Option<f64> {
    let (below, above) = (high + (low - bound), high + (low + bound));
    (below == above && below.is_finite()).then_some(below)
}

/// `x`, with one NaN for all: their signs and payloads differ between CPUs.
#[inline(always)]
pub(super) fn canonical(x: f64) -> f64 {
    if x.is_nan() { f64::NAN } else { x }
}
