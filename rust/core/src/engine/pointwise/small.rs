//! Few elements in order: one kernel and one sum, which is all that a small call should cost.
//!
//! The numbers are lent as slices and nothing is weighted or left out, so none of the pointwise engine's machinery is needed; the
//! blocks and the order of the sum are its own, and so are the bits. Whatever takes more than that (a label of −1, a number
//! outside of its domain, parameters beyond the data's type, a sum that only exact arithmetic can round) is left to it.

use super::super::blocks::{LANES, SEGMENT};
use super::super::entry::{Entry, Settings};
use super::super::kernel::{Blocks, no_shares};
use super::super::look::look;
use super::super::sums::{Lanes, Partial};
use super::super::wanted::Wanted;
use super::super::working::Working;
use crate::number::select;
use crate::simd::{self, Body, Level};
use std::slice::from_ref;

/// The most elements that are few.
pub const FEW: usize = SEGMENT;

/// A pointwise loss of few elements, its values reduced.
#[allow(missing_docs)] // Named as in the request.
pub struct Small<'a, T> {
    pub entry: &'static Entry,
    pub settings: &'a Settings,
    pub y: &'a [T],
    pub x: &'a [T],
    pub wanted: Wanted,
    /// What values and derivatives are divided by: 1, or the number of elements.
    pub divisor: f64,
    /// As long as `x` where it is wanted, like `hess`; otherwise empty.
    pub grad: &'a mut [T],
    pub hess: &'a mut [T],
    pub level: Level,
}

/// The reduced value, 0 where it is not wanted. `None` asks for the pointwise engine; outputs may have been written to by then.
#[must_use]
pub fn run<T: Working>(small: Small<'_, T>) -> Option<f64> {
    let few = (1..=FEW).contains(&small.x.len()) && small.y.len() == small.x.len();
    if few && !(T::SINGLE && small.settings.double) { simd::dispatch(small.level, small) } else { None }
}

impl<T: Working> Body for Small<'_, T> {
    type Output = Option<f64>;

    #[inline(always)]
    fn run(self) -> Option<f64> {
        let Small { entry, settings, y, x, wanted, divisor, grad, hess, level } = self;
        let kernels = T::kernels(entry);
        let (constants, scale) = (kernels.constants(&settings.constants), T::lit(divisor.recip()));
        let compute = |mut blocks: Blocks<'_, T>| {
            let found = look(settings.target, blocks.y);
            let usual = !found.outside && !found.negative && !look(settings.prediction, blocks.x).outside;
            let form = if found.soft { settings.form } else { settings.hard_form };
            usual.then(|| kernels.choose(form, &constants).run(level, wanted, &constants, scale, &mut blocks))
        };
        let mut sum = Lanes::new();
        let rest = x.len() % LANES;
        let (whole_y, whole_x) = (y.as_chunks().0, x.as_chunks().0);
        if !whole_x.is_empty() {
            T::buffers().with_borrow_mut(|buffers| {
                compute(Blocks {
                    y: whole_y,
                    x: whole_x,
                    shares: no_shares(),
                    value: &mut buffers.value[..whole_x.len()],
                    sum: wanted.value.then_some(&mut sum),
                    grad: grad.as_chunks_mut().0,
                    hess: hess.as_chunks_mut().0,
                })
            })?;
        }
        if rest > 0 {
            // The last block begins before what is left, or else is filled up there; that part is not added up.
            let spare = LANES - rest;
            let mut value = [[T::ZERO; LANES]];
            if let (Some(y), Some(x)) = (y.last_chunk(), x.last_chunk()) {
                let grad = grad.last_chunk_mut().map_or(&mut [][..], std::slice::from_mut);
                let hess = hess.last_chunk_mut().map_or(&mut [][..], std::slice::from_mut);
                compute(Blocks {
                    y: from_ref(y),
                    x: from_ref(x),
                    shares: no_shares(),
                    value: &mut value,
                    sum: None,
                    grad,
                    hess,
                })?;
            } else {
                let (mut last_y, mut last_x) = ([[T::ONE; LANES]], [[T::HALF; LANES]]);
                let (mut last_grad, mut last_hess) = ([[T::ZERO; LANES]], [[T::ZERO; LANES]]);
                last_y[0][spare..].copy_from_slice(y);
                last_x[0][spare..].copy_from_slice(x);
                compute(Blocks {
                    y: &last_y,
                    x: &last_x,
                    shares: no_shares(),
                    value: &mut value,
                    sum: None,
                    grad: &mut last_grad,
                    hess: &mut last_hess,
                })?;
                grad.copy_from_slice(&last_grad[0][LANES - grad.len()..]);
                hess.copy_from_slice(&last_hess[0][LANES - hess.len()..]);
            }
            if wanted.value {
                for i in 0..LANES {
                    value[0][i] = select(i < spare, T::ZERO, value[0][i]);
                }
                sum.add(&value[0]);
            }
        }
        if wanted.value { sum.finish().over(Partial::from(divisor)) } else { Some(0.0) }
    }
}
