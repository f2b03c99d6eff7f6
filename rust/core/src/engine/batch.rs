//! What a kernel reads and writes: blocks of inputs and of outputs.

use super::blocks::LANES;
use super::sums::Lanes;
use std::ops::Range;

/// Blocks of inputs and outputs; an output that is not wanted is empty.
pub struct Blocks<'a, T> {
    /// Targets.
    pub y: &'a [[T; LANES]],
    /// Predictions; row-wise, logarithms of probabilities.
    pub x: &'a [[T; LANES]],
    /// For losses that read them ([`Choice::reads_shares`]), probabilities and their differences to 1.
    pub shares: [&'a [[T; LANES]]; 2],
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

/// For losses that read no shares.
#[must_use]
pub const fn no_shares<'a, T>() -> [&'a [[T; LANES]]; 2] {
    [&[], &[]]
}
