//! The weights of a segment: in the dtype of the losses where that holds them, else in float64, so that none is rounded before it
//! is multiplied or summed.

use super::super::blocks::LANES;
use super::super::divisor::{Factor, marks};
use super::super::look::any;
use super::super::memory::Operand;
use super::super::request::Request;
use super::super::sums::{GROUP, Tally};
use super::super::working::Working;
use crate::number::select;

/// Reads weights, if there are any, and which elements count; whether some do not. A weight of 0 is a mask that stays in the count
/// of a mean. So many numbers at the front are no elements: they do not count.
#[inline(always)]
pub(super) fn read<'b, T: Working, W: Working>(
    request: &Request<'b>,
    start: usize,
    offset: usize,
    buffer: &'b mut [[W; LANES]],
    counts: &mut [[T; LANES]],
) -> (Operand<'b, W>, bool) {
    if let Some(mask) = &request.mask {
        let (front, counts) = counts.as_flattened_mut().split_at_mut(offset);
        front.fill(T::ZERO);
        marks(mask, start, counts);
    }
    let masked = request.mask.is_some();
    let buffer = buffer.as_flattened_mut();
    let Some(view) = &request.weight else { return (Operand::filled(buffer), masked) };
    let weights = Operand::padded(view, start, offset, W::ONE, buffer);
    let blocks = weights.numbers().as_chunks().0;
    let [zeros] = any(blocks, None, |weight| [weight == W::ZERO]);
    if zeros {
        for (counts, weights) in counts.iter_mut().zip(blocks) {
            let old = if masked { *counts } else { [T::COUNTS; LANES] };
            for i in 0..LANES {
                counts[i] = select(weights[i] == W::ZERO, T::ZERO, old[i]);
            }
        }
    }
    (weights, masked || zeros)
}

/// Multiplies numbers by weights and a factor.
#[inline(always)]
pub(super) fn apply<T: Working, W: Working>(weights: &[[W; LANES]], factor: Factor, numbers: &mut [[T; LANES]]) {
    let Some(ordinary) = factor.ordinary() else { return apply_extreme(weights, factor, numbers) };
    let factor = W::lit(ordinary);
    for (numbers, weights) in numbers.iter_mut().zip(weights) {
        for i in 0..LANES {
            numbers[i] = T::lit((W::lit(numbers[i].to_f64()) * (weights[i] * factor)).to_f64());
        }
    }
}

/// The same in float64, for factors that may be beyond the weights' dtype.
#[cold]
#[inline(never)]
fn apply_extreme<T: Working, W: Working>(weights: &[[W; LANES]], factor: Factor, numbers: &mut [[T; LANES]]) {
    for (number, weight) in numbers.as_flattened_mut().iter_mut().zip(weights.as_flattened()) {
        *number = T::lit(number.to_f64() * factor.times(weight.to_f64()));
    }
}

/// Adds up the products of weights that only float64 holds and numbers, but for those at the front of the first block and of what does
/// not count.
#[inline(always)]
pub(super) fn add_up<T: Working>(
    weights: &[[f64; LANES]],
    numbers: &[[T; LANES]],
    mut front: usize,
    counts: Option<&[[T; LANES]]>,
    sum: &mut Tally<'_>,
) {
    let mut room = [[0.0; LANES]; GROUP];
    for first in (0..numbers.len()).step_by(GROUP) {
        let products = &mut room[..GROUP.min(numbers.len() - first)];
        for (b, products) in (first..).zip(&mut *products) {
            for i in 0..LANES {
                products[i] = weights[b][i] * numbers[b][i].to_f64();
            }
            if let Some(counts) = counts {
                for i in 0..LANES {
                    products[i] = select(counts[b][i] == T::ZERO, 0.0, products[i]);
                }
            }
        }
        products[0][..front].fill(0.0);
        front = 0;
        sum.add(products);
    }
}

/// Makes 0 of the numbers of what does not count.
#[inline(always)]
pub(super) fn leave_out<T: Working>(counts: Option<&[[T; LANES]]>, numbers: &mut [[T; LANES]]) {
    for (numbers, counts) in numbers.iter_mut().zip(counts.unwrap_or_default()) {
        for i in 0..LANES {
            numbers[i] = numbers[i].kept_if(counts[i]);
        }
    }
}
