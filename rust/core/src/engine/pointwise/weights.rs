//! The weights of a segment: in the dtype of the losses where that holds them, else in float64, so that none is rounded before it
//! is multiplied or summed.

use super::super::request::Request;
use super::super::working::Working;
use crate::number::select;

/// Reads weights, if there are any, and which elements count; whether some do not. A weight of 0 is a mask that stays in the count
/// of a mean.
#[inline(always)]
pub(super) fn read<T: Working, W: Working>(
    request: &Request<'_>,
    start: usize,
    weights: &mut [W],
    counts: &mut [T],
) -> bool {
    let masked = request.mask.as_ref().map(|mask| mask.read(start, counts)).is_some();
    let Some(view) = &request.weight else { return masked };
    view.read(start, weights);
    let zeros = weights.iter().fold(false, |any, &weight| any | (weight == W::ZERO));
    if zeros {
        for (counts, &weight) in counts.iter_mut().zip(&*weights) {
            *counts = select(weight == W::ZERO, T::ZERO, if masked { *counts } else { T::ONE });
        }
    }
    masked || zeros
}

/// Multiplies numbers by weights and a factor.
#[inline(always)]
pub(super) fn apply<T: Working, W: Working>(weights: &[W], factor: f64, numbers: &mut [T]) {
    let factor = W::lit(factor);
    for (number, &weight) in numbers.iter_mut().zip(weights) {
        *number = T::lit((W::lit(number.to_f64()) * (weight * factor)).to_f64());
    }
}

/// Multiplies weights by numbers; those at the front, and of what does not count, become 0.
#[inline(always)]
pub(super) fn multiply<T: Working, W: Working>(weights: &mut [W], numbers: &[T], front: usize, counts: Option<&[T]>) {
    for (product, &number) in weights.iter_mut().zip(numbers) {
        *product = *product * W::lit(number.to_f64());
    }
    leave_out(counts, weights);
    weights[..front].fill(W::ZERO);
}

/// Makes 0 of the numbers of what does not count.
#[inline(always)]
pub(super) fn leave_out<T: Working, W: Working>(counts: Option<&[T]>, numbers: &mut [W]) {
    for (number, &counts) in numbers.iter_mut().zip(counts.unwrap_or_default()) {
        *number = select(counts == T::ZERO, W::ZERO, *number);
    }
}
