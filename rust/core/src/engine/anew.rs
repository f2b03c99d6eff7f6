//! Elements that a kernel leaves open, computed anew one at a time ([`Formula::ANEW`]): a few in a million, unless a model fits its targets
//! to nearly all of their digits.

use super::batch::Blocks;
use super::blocks::LANES;
use super::sums::Summed;
use super::wanted::Wanted;
use crate::loss::{CONSTANTS, Formula};
use crate::number::functions::EXACT;
use crate::number::{Real, Slope};
use crate::simd::{self, Body, Level};
use std::marker::PhantomData;

/// Computes what is left open of what is wanted.
pub(super) fn anew<L: Formula, T: Summed, const FORM: usize>(
    level: Level,
    wanted: Wanted,
    constants: &[T; CONSTANTS],
    scale: T,
    blocks: &mut Blocks<'_, T>,
) {
    let Blocks { y, x, value, grad, .. } = blocks;
    let outputs = if wanted.grad { &**grad } else { &**value };
    if !(wanted.grad || wanted.value) || !T::any_nan(level, &outputs[..x.len()]) {
        return;
    }
    let constants = constants.map(T::to_f64);
    for (b, (y, x)) in y.iter().zip(x.iter()).enumerate() {
        for i in 0..LANES {
            let output = if wanted.grad { grad[b][i] } else { value[b][i] };
            if !output.is_nan() || y[i].is_nan() || x[i].is_nan() {
                continue;
            }
            let one = One::<L, FORM> { constants, y: y[i].to_f64(), x: x[i].to_f64(), formula: PhantomData };
            let rule = simd::dispatch(level, one);
            // What is not open stays as it is where nothing else is wanted.
            if wanted.value && value[b][i].is_nan() {
                value[b][i] = T::lit(rule.value);
            }
            if wanted.grad {
                grad[b][i] = T::lit(rule.first) * scale;
            }
        }
    }
}

/// An element, in float64 for both dtypes.
struct One<L, const FORM: usize> {
    constants: [f64; CONSTANTS],
    y: f64,
    x: f64,
    formula: PhantomData<L>,
}

impl<L: Formula, const FORM: usize> Body for One<L, FORM> {
    type Output = Slope<f64>;
    const WIDEST: bool = false;

    #[inline(always)]
    fn run(self) -> Slope<f64> {
        L::told::<FORM, EXACT, Slope<f64>>(self.constants, self.y, Slope::variable(self.x))
    }
}
