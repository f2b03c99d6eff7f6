//! What a kernel reads and writes: blocks of inputs and of outputs.

use super::blocks::LANES;
use super::sums::Lanes;
use super::wanted::Wanted;
use crate::number::{Float, select};
use std::ops::Range;

/// Blocks of inputs and outputs; an output that is not wanted is empty.
pub struct Blocks<'a, T> {
    /// Targets.
    pub y: &'a [[T; LANES]],
    /// Predictions; row-wise, logarithms of probabilities.
    pub x: &'a [[T; LANES]],
    /// For losses that read them ([`Choice::reads_shares`]), probabilities, their differences to 1, and how much rounding made them larger
    /// where that is known.
    pub shares: [&'a [[T; LANES]]; 3],
    /// Values; with a sum, room for them.
    pub value: &'a mut [[T; LANES]],
    /// What values are added to as well.
    pub sum: Option<&'a mut Lanes>,
    /// First derivatives.
    pub grad: &'a mut [[T; LANES]],
    /// Second derivatives.
    pub hess: &'a mut [[T; LANES]],
}

impl<T> Blocks<'_, T> {
    /// Some of the blocks.
    #[inline(always)]
    pub fn part(&mut self, blocks: Range<usize>) -> Blocks<'_, T> {
        let Blocks { y, x, shares, value, sum, grad, hess } = self;
        let part = |output: &mut [[T; LANES]]| if output.is_empty() { 0..0 } else { blocks.clone() };
        let (value_part, grad_part, hess_part) = (part(value), part(grad), part(hess));
        Blocks {
            y: &y[blocks.clone()],
            x: &x[blocks.clone()],
            shares: shares.map(|share| if share.is_empty() { share } else { &share[blocks.clone()] }),
            value: &mut value[value_part],
            sum: sum.as_deref_mut(),
            grad: &mut grad[grad_part],
            hess: &mut hess[hess_part],
        }
    }
}

impl<T: Float> Blocks<'_, T> {
    /// Makes what is wanted NaN wherever an input is.
    #[inline(always)]
    pub fn spoil(&mut self, wanted: Wanted) {
        let Blocks { y, x, value, grad, hess, .. } = self;
        let outputs = [(value, wanted.value), (grad, wanted.grad), (hess, wanted.hess)];
        spoil(&mut outputs.map(|(output, wanted)| if wanted { &mut **output } else { &mut [] }), [y, x]);
    }
}

/// Makes outputs NaN wherever one of two inputs is.
#[inline(always)]
pub fn spoil<T: Float>(outputs: &mut [&mut [[T; LANES]]], [y, x]: [&[[T; LANES]]; 2]) {
    if any_nan([y, x]) {
        for output in outputs {
            spoil_one(output, [y, x]);
        }
    }
}

/// Whether any is NaN. What is found is added up, not stored where it is found: stores under a mask are slow on some CPUs.
#[inline(always)]
fn any_nan<T: Float>([y, x]: [&[[T; LANES]]; 2]) -> bool {
    const WIDTH: usize = LANES / 2;
    let mut found = [T::ZERO; WIDTH];
    let halves = y.as_flattened().as_chunks::<WIDTH>().0.iter().zip(x.as_flattened().as_chunks::<WIDTH>().0);
    for (y, x) in halves {
        for i in 0..WIDTH {
            found[i] = found[i] + select(y[i].is_nan() | x[i].is_nan(), T::ONE, T::ZERO);
        }
    }
    found.into_iter().fold(T::ZERO, |sum, lane| sum + lane) != T::ZERO
}

#[inline(always)]
fn spoil_one<T: Float>(out: &mut [[T; LANES]], [y, x]: [&[[T; LANES]]; 2]) {
    for (out, (y, x)) in out.iter_mut().zip(y.iter().zip(x)) {
        for i in 0..LANES {
            out[i] = select(y[i].is_nan() | x[i].is_nan(), T::NAN, out[i]);
        }
    }
}

/// For losses that read no shares.
#[must_use]
pub const fn no_shares<'a, T>() -> [&'a [[T; LANES]]; 3] {
    [&[], &[], &[]]
}
