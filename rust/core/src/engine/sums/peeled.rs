//! Exact sums of many values, of which few have to be added to digits.
//!
//! What is above some power of two in each of many values is taken off by adding and subtracting a number so large that nothing
//! below is kept. The parts have a common unit and so few bits that their sum is exact; what is left is exact too, and is peeled
//! again (S. M. Rump, T. Ogita and S. Oishi 2008). Two such sums hold most data, three nearly all.

use super::super::blocks::{LANES, SEGMENT};
use super::exact::Exact;
use super::narrow::{EIGHTH, eighths};
use crate::number::{Float, select};
use crate::simd::{self, Body};

/// Values are peeled so often; what is left of any is added by itself.
const PEELS: usize = 3;
/// Where the exponent of a float begins.
const EXPONENT: u32 = 52;
/// The constant's exponent above that of the sum of the magnitudes: the sum of the parts is less than 2⁵² units, which are the
/// constant's last bit.
const ABOVE: i64 = 2;
/// How much smaller the sum of the magnitudes is afterwards, as an exponent: what is left of each value is at most half a unit.
const PEEL: i64 = 54 - ABOVE - SEGMENT.ilog2() as i64;
/// Sums side by side.
const LANE: usize = 32;

impl Exact {
    /// Adds every value of the blocks.
    #[inline(never)]
    pub fn add_blocks<T: Float>(&mut self, blocks: &[[T; LANES]]) {
        let mut values = [0.0; SEGMENT];
        for blocks in blocks.chunks(SEGMENT / LANES) {
            simd::dispatch(simd::active(), Segment { sum: self, blocks, values: &mut values });
        }
    }
}

/// At most a segment of values.
struct Segment<'a, T> {
    sum: &'a mut Exact,
    blocks: &'a [[T; LANES]],
    values: &'a mut [f64; SEGMENT],
}

impl<T: Float> Body for Segment<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Segment { sum, blocks, values } = self;
        let mut end = 0;
        for block in blocks {
            if T::SINGLE
                && let Some(sums) = eighths(block)
            {
                values[end..end + EIGHTH].copy_from_slice(&sums);
                end += EIGHTH;
                continue;
            }
            for (to, from) in values[end..end + LANES].iter_mut().zip(block) {
                *to = from.to_f64();
            }
            end += LANES;
        }
        let whole = end.next_multiple_of(LANES);
        values[end..whole].fill(0.0);
        add(sum, values[..whole].as_chunks_mut().0);
    }
}

/// Adds values, which are lost.
#[inline(always)]
fn add(sum: &mut Exact, values: &mut [[f64; LANES]]) {
    let size = magnitude(values);
    let mut exponent = (size.to_bits() >> EXPONENT) as i64 + ABOVE;
    if exponent < (f64::INFINITY.to_bits() >> EXPONENT) as i64 {
        for _ in 0..PEELS {
            // Nothing is below the last bit of the smallest normal number.
            let constant = f64::from_bits((exponent.max(1) as u64) << EXPONENT) * 1.5;
            let (peeled, left) = peel(values, constant);
            sum.add(peeled);
            if !left {
                return;
            }
            exponent -= PEEL;
        }
    }
    for &value in values.as_flattened().iter().filter(|&&value| value != 0.0) {
        sum.add(value);
    }
}

/// The sum of the magnitudes, nearly.
#[inline(always)]
fn magnitude(values: &[[f64; LANES]]) -> f64 {
    let mut sums = [0.0; LANE];
    for block in values {
        for i in 0..LANE {
            sums[i] += block[i].abs() + block[i + LANE].abs();
        }
    }
    total(sums)
}

/// Takes off of each value what the constant lets through; the sum of that, and whether anything is left.
#[inline(always)]
fn peel(values: &mut [[f64; LANES]], constant: f64) -> (f64, bool) {
    let (mut sums, mut left) = ([0.0; LANE], [0.0; LANE]);
    for block in values {
        for half in block.as_chunks_mut::<LANE>().0 {
            for i in 0..LANE {
                let part = (half[i] + constant) - constant;
                let rest = half[i] - part;
                half[i] = rest;
                sums[i] += part;
                left[i] = select(rest == 0.0, left[i], 1.0);
            }
        }
    }
    (total(sums), total(left) != 0.0)
}

#[inline(always)]
fn total(sums: [f64; LANE]) -> f64 {
    let (mut sixteen, mut eight) = ([0.0; 16], [0.0; 8]);
    for i in 0..16 {
        sixteen[i] = sums[i] + sums[i + 16];
    }
    for i in 0..8 {
        eight[i] = sixteen[i] + sixteen[i + 8];
    }
    eight.iter().sum()
}
