//! Targets and predictions, looked at a block at a time.

use super::blocks::LANES;
use crate::loss::Domain;
use crate::number::{Float, select};

/// What a look at some blocks found.
#[derive(Clone, Copy, Default)]
pub struct Found {
    /// A number outside of the domain.
    pub outside: bool,
    /// A label of −1.
    pub negative: bool,
    /// A label that is neither 0 nor 1.
    pub soft: bool,
}

/// Looks for numbers outside of a domain and, among labels, for those that are not 0 or 1.
#[inline(always)]
pub fn look<T: Float>(domain: Domain, blocks: &[[T; LANES]]) -> Found {
    match domain {
        Domain::Real | Domain::ClassIndex => Found::default(),
        Domain::Label | Domain::SoftLabel => {
            let soft = any(blocks, |x| (x != T::ZERO) & (x != T::ONE));
            if !soft {
                return Found::default();
            }
            Found { outside: any(blocks, |x| domain.excludes(x)), negative: any(blocks, |x| x < T::ZERO), soft }
        }
        _ => Found { outside: any(blocks, |x| domain.excludes(x)), ..Found::default() },
    }
}

#[inline(always)]
fn any<T: Float>(blocks: &[[T; LANES]], test: impl Fn(T) -> bool) -> bool {
    let mut found = [T::ZERO; LANES];
    for block in blocks {
        for i in 0..LANES {
            found[i] = select(test(block[i]), T::ONE, found[i]);
        }
    }
    let mut all = T::ZERO;
    for lane in found {
        all = all.max(lane);
    }
    all != T::ZERO
}
