//! Elements that a kernel leaves open, computed anew one at a time ([`Formula::ANEW`]): a few in a million, unless a model fits its targets
//! to nearly all of their digits.

use super::batch::Blocks;
use super::blocks::LANES;
use super::sums::Summed;
use super::wanted::Wanted;
use crate::loss::{CONSTANTS, Formula};
use crate::number::{Float, Jet, Real};
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
    let outputs = if wanted.grad { &*blocks.grad } else { &*blocks.value };
    if (wanted.grad || wanted.value) && T::any_nan(level, &outputs[..blocks.x.len()]) {
        simd::dispatch(level, Anew::<L, T, FORM> { wanted, constants, scale, blocks, formula: PhantomData });
    }
}

struct Anew<'r, 'a, L, T, const FORM: usize> {
    wanted: Wanted,
    constants: &'r [T; CONSTANTS],
    scale: T,
    blocks: &'r mut Blocks<'a, T>,
    formula: PhantomData<L>,
}

impl<L: Formula, T: Float, const FORM: usize> Body for Anew<'_, '_, L, T, FORM> {
    type Output = ();
    const WIDEST: bool = false;

    #[inline(always)]
    fn run(self) {
        let Anew { wanted, constants, scale, blocks, .. } = self;
        let Blocks { y, x, value, grad, hess, .. } = blocks;
        for (b, (y, x)) in y.iter().zip(x.iter()).enumerate() {
            for i in 0..LANES {
                let output = if wanted.grad { grad[b][i] } else { value[b][i] };
                if !output.is_nan() || y[i].is_nan() || x[i].is_nan() {
                    continue;
                }
                let rule = L::anew::<FORM, Jet<T>>(*constants, y[i], Jet::variable(x[i]));
                if wanted.value {
                    value[b][i] = rule.value;
                }
                if wanted.grad {
                    grad[b][i] = rule.first * scale;
                }
                if wanted.hess {
                    hess[b][i] = rule.second * scale;
                }
            }
        }
    }
}
