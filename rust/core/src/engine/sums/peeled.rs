//! Exact sums of many values, of which few have to be added to digits.
//!
//! What is above some power of two in each of many values is taken off by adding and subtracting a number so large that nothing
//! below is kept. The parts have a common unit and so few bits that their sum is exact; what is left is exact too, and is peeled
//! again (S. M. Rump, T. Ogita and S. Oishi 2008). Two such sums hold most data.

use super::super::blocks::{LANES, SEGMENT};
use super::exact::Exact;
use super::narrow::{EIGHTH, eighths};
use crate::number::{Float, select};
use crate::simd::{self, Body};

/// Where the exponent of a float begins.
const EXPONENT: u32 = 52;
/// The constant's exponent above that of the sum of the magnitudes: the sum of the parts is less than 2⁵² units, which are the
/// constant's last bit.
const ABOVE: i64 = 2;
/// How much smaller the sum of the magnitudes is afterwards, as an exponent: what is left of each value is at most half a unit.
const PEEL: i64 = 54 - ABOVE - SEGMENT.ilog2() as i64;
/// Values are peeled so often; what is left of any is added by itself.
const PEELS: i64 = 4;
/// Sums side by side.
const SUMS: usize = 16;
/// Values that the blocks of a segment are brought to, where they are `f32`.
const FEW: usize = SEGMENT / LANES * EIGHTH;

impl Exact {
    /// Adds every value of the blocks.
    #[inline(never)]
    pub fn add_blocks<T: Float>(&mut self, blocks: &[[T; LANES]]) {
        for blocks in blocks.chunks(SEGMENT / LANES) {
            simd::dispatch(simd::active(), Segment { sum: self, blocks });
        }
    }
}

/// At most a segment of values.
struct Segment<'a, T> {
    sum: &'a mut Exact,
    blocks: &'a [[T; LANES]],
}

impl<T: Float> Body for Segment<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Segment { sum, blocks } = self;
        if !T::SINGLE {
            return add(sum, blocks);
        }
        let mut few = [0.0; FEW];
        for (few, block) in few.as_chunks_mut::<EIGHTH>().0.iter_mut().zip(blocks) {
            if let Some(sums) = eighths(block) {
                *few = sums;
            } else {
                add(sum, std::slice::from_ref(block));
            }
        }
        add(sum, few.as_chunks().0);
    }
}

/// Adds values of which two peels leave nothing, or any others.
#[inline(always)]
fn add<T: Float>(sum: &mut Exact, blocks: &[[T; LANES]]) {
    if let Some(constants) = constants(magnitude(blocks)) {
        let (sums, left) = peel_twice(blocks, constants);
        if !left {
            return sums.into_iter().for_each(|peeled| sum.add(peeled));
        }
    }
    add_slowly(sum, blocks);
}

/// Adds values of very different sizes, or such that are not finite.
#[cold]
#[inline(never)]
fn add_slowly<T: Float>(sum: &mut Exact, blocks: &[[T; LANES]]) {
    let mut values = [0.0; SEGMENT];
    let values = &mut values[..LANES * blocks.len()];
    for (to, from) in values.iter_mut().zip(blocks.as_flattened()) {
        *to = from.to_f64();
    }
    if let Some(first) = exponent(magnitude(blocks)) {
        for number in 0..PEELS {
            let (constant, mut peeled) = (constant(first - number * PEEL), 0.0);
            for value in values.iter_mut() {
                let part = part(*value, constant);
                *value -= part;
                peeled += part;
            }
            sum.add(peeled);
        }
    }
    values.iter().copied().filter(|&value| value != 0.0).for_each(|value| sum.add(value));
}

/// The exponent of the first constant for values whose magnitudes sum to this; `None` where they or it are not finite.
#[inline(always)]
fn exponent(size: f64) -> Option<i64> {
    let exponent = (size.to_bits() >> EXPONENT) as i64 + ABOVE;
    (exponent < (f64::INFINITY.to_bits() >> EXPONENT) as i64).then_some(exponent)
}

/// The first two constants.
#[inline(always)]
fn constants(size: f64) -> Option<[f64; 2]> {
    let first = exponent(size)?;
    Some([constant(first), constant(first - PEEL)])
}

/// The constant of an exponent: half way between two powers of two, so that values of both signs change nothing in it. Below the
/// last bit of the smallest normal number there is nothing to be taken off.
#[inline(always)]
fn constant(exponent: i64) -> f64 {
    f64::from_bits((exponent.max(1) as u64) << EXPONENT | 1 << (EXPONENT - 1))
}

/// What a constant lets through of a value.
#[inline(always)]
fn part(value: f64, constant: f64) -> f64 {
    (value + constant) - constant
}

/// The sum of the magnitudes, nearly.
#[inline(always)]
fn magnitude<T: Float>(blocks: &[[T; LANES]]) -> f64 {
    let mut sums = [0.0; SUMS];
    for block in blocks {
        for values in block.as_chunks::<SUMS>().0 {
            for i in 0..SUMS {
                sums[i] += values[i].to_f64().abs();
            }
        }
    }
    total(sums)
}

/// The sums of what two constants let through of the values, one after the other, and whether anything is left.
#[inline(always)]
fn peel_twice<T: Float>(blocks: &[[T; LANES]], constants: [f64; 2]) -> ([f64; 2], bool) {
    let (mut firsts, mut seconds, mut left) = ([0.0; SUMS], [0.0; SUMS], [0.0; SUMS]);
    for block in blocks {
        for values in block.as_chunks::<SUMS>().0 {
            for i in 0..SUMS {
                let value = values[i].to_f64();
                let first = part(value, constants[0]);
                let rest = value - first;
                let second = part(rest, constants[1]);
                firsts[i] += first;
                seconds[i] += second;
                left[i] = select(rest == second, left[i], 1.0);
            }
        }
    }
    ([total(firsts), total(seconds)], total(left) != 0.0)
}

#[inline(always)]
fn total(sums: [f64; SUMS]) -> f64 {
    let mut halves = [0.0; SUMS / 2];
    for i in 0..SUMS / 2 {
        halves[i] = sums[i] + sums[i + SUMS / 2];
    }
    halves.iter().sum()
}
