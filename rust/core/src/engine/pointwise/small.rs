//! Few elements in order: one kernel and one sum, which is all that a small call should cost.
//!
//! The numbers are lent as slices and nothing is left out, so none of the pointwise engine's machinery is needed; the blocks and the
//! order of the sum are its own, and so are the bits. Whatever takes more than that (a label of −1, a weight of 0, a number outside of
//! its domain, parameters beyond the data's type, a sum that only exact arithmetic can round, a program that gives up) is left to it.

use super::super::blocks::{LANES, SEGMENT};
use super::super::computer::Computer;
use super::super::divisor::Factor;
use super::super::entry::{Entry, Settings};
use super::super::kernel::{Blocks, no_shares};
use super::super::look::{any, look};
use super::super::sums::{Lanes, Partial};
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::weights;
use crate::number::select;
use crate::simd::{self, Body, Level};
use std::slice::{from_mut, from_ref};

/// The most elements that are few: beyond, what the pointwise engine takes for itself is a small part.
pub const FEW: usize = 4 * SEGMENT;

/// A pointwise loss of few elements, its values reduced.
#[allow(missing_docs)] // Named as in the request.
pub struct Small<'a, T> {
    pub entry: &'static Entry,
    pub settings: &'a Settings,
    pub y: &'a [T],
    pub x: &'a [T],
    /// As long as `x`, where there are weights.
    pub weight: Option<&'a [T]>,
    pub wanted: Wanted,
    /// What values and derivatives are divided by: 1, or the number of elements.
    pub divisor: f64,
    /// As long as `x` where it is wanted, like `hess`; otherwise empty.
    pub grad: &'a mut [T],
    pub hess: &'a mut [T],
    pub level: Level,
}

/// The reduced value, 0 where it is not wanted. `None` asks for the pointwise engine; outputs have been written to by then only where everything is within its domain.
#[must_use]
pub fn run<T: Working>(small: Small<'_, T>) -> Option<f64> {
    let len = small.x.len();
    let few = (1..=FEW).contains(&len) && small.y.len() == len && small.weight.is_none_or(|weight| weight.len() == len);
    if few && !(T::SINGLE && small.settings.widens) { simd::dispatch(small.level, small) } else { None }
}

impl<T: Working> Body for Small<'_, T> {
    type Output = Option<f64>;

    #[inline(always)]
    fn run(self) -> Option<f64> {
        let Small { entry, settings, y, x, weight, wanted, divisor, grad, hess, level } = self;
        let factor = Factor::over(divisor);
        let scale = if weight.is_some() { T::ONE } else { T::lit(factor.times(1.0)) };
        // The form for blocks of which nothing is unusual.
        let form = |y: &[[T; LANES]], x: &[[T; LANES]], weight: Option<&[[T; LANES]]>| {
            let found = look(settings.target, y, None);
            let usual = !found.outside && !found.negative && !look(settings.prediction, x, None).outside;
            let zeros = weight.is_some_and(|weight| any(weight, None, |weight| [weight == T::ZERO])[0]);
            (usual && !zeros).then_some(if found.soft { settings.form } else { settings.hard_form })
        };
        let mut sum = Lanes::new();
        // Computes blocks, with values at their front that are not added up.
        let mut compute = |blocks: Blocks<'_, T>, weight: Option<&[[T; LANES]]>, spare: usize, form: usize| {
            let Blocks { y, x, shares, value, grad, hess, .. } = blocks;
            let fused = wanted.value && weight.is_none() && spare == 0;
            let adds = fused.then_some(&mut sum);
            let mut blocks = Blocks { y, x, shares, value: &mut *value, sum: adds, grad: &mut *grad, hess: &mut *hess };
            Computer::of(entry, settings, form).run(level, wanted, scale, &mut blocks).ok()?;
            let (value, sum) = (&mut value[..x.len()], (wanted.value && !fused).then_some(&mut sum));
            if weight.is_some() || sum.is_some() {
                simd::dispatch(level, Finish { weight, factor, value, grad, hess, spare, sum });
            }
            Some(())
        };
        let (shares, rest) = (no_shares(), x.len() % LANES);
        let (whole_y, whole_x, whole_weight) =
            (y.as_chunks().0, x.as_chunks().0, weight.map(|weight| weight.as_chunks().0));
        // The last block begins before what is left, or else is filled up there; that part is not added up.
        let last = y.last_chunk().zip(x.last_chunk()).filter(|_| rest > 0).map(|(y, x)| (from_ref(y), from_ref(x)));
        let last_weight = weight.and_then(|weight| weight.last_chunk()).map(from_ref);
        // Everything is looked at before anything is written.
        let whole_form = form(whole_y, whole_x, whole_weight)?;
        let last_form = last.map_or(Some(0), |(y, x)| form(y, x, last_weight))?;
        if !whole_x.is_empty() {
            T::buffers().with_borrow_mut(|buffers| {
                let (grad, hess) = (grad.as_chunks_mut().0, hess.as_chunks_mut().0);
                for start in (0..whole_x.len()).step_by(SEGMENT / LANES) {
                    let part = start..whole_x.len().min(start + SEGMENT / LANES);
                    let grad = grad.get_mut(part.clone()).unwrap_or_default();
                    let hess = hess.get_mut(part.clone()).unwrap_or_default();
                    let (y, x, value) = (&whole_y[part.clone()], &whole_x[part.clone()], &mut buffers.value);
                    let weight = whole_weight.map(|weight| &weight[part]);
                    compute(Blocks { y, x, shares, value, sum: None, grad, hess }, weight, 0, whole_form)?;
                }
                Some(())
            })?;
        }
        if rest > 0 {
            let spare = LANES - rest;
            let value = &mut [[T::ZERO; LANES]];
            if let Some((y, x)) = last {
                let grad = grad.last_chunk_mut().map_or(&mut [][..], from_mut);
                let hess = hess.last_chunk_mut().map_or(&mut [][..], from_mut);
                compute(Blocks { y, x, shares, value, sum: None, grad, hess }, last_weight, spare, last_form)?;
            } else {
                let filled = |numbers: &[T], filling: T| {
                    let mut block = [[filling; LANES]];
                    block[0][spare..].copy_from_slice(numbers);
                    block
                };
                let (last_y, last_x) = (filled(y, T::ONE), filled(x, T::HALF));
                let weight = weight.map(|weight| filled(weight, T::ONE));
                let weight = weight.as_ref().map(<[_; 1]>::as_slice);
                let form = form(&last_y, &last_x, weight)?;
                let (mut last_grad, mut last_hess) = ([[T::ZERO; LANES]], [[T::ZERO; LANES]]);
                compute(
                    Blocks {
                        y: &last_y,
                        x: &last_x,
                        shares,
                        value,
                        sum: None,
                        grad: &mut last_grad,
                        hess: &mut last_hess,
                    },
                    weight,
                    spare,
                    form,
                )?;
                grad.copy_from_slice(&last_grad[0][LANES - grad.len()..]);
                hess.copy_from_slice(&last_hess[0][LANES - hess.len()..]);
            }
        }
        if wanted.value { sum.finish().over(Partial::from(divisor)) } else { Some(0.0) }
    }
}

/// What follows a kernel that does not add values up itself. The closure that runs kernels is a function of its own, of no CPU level.
struct Finish<'a, T> {
    weight: Option<&'a [[T; LANES]]>,
    factor: Factor,
    value: &'a mut [[T; LANES]],
    grad: &'a mut [[T; LANES]],
    hess: &'a mut [[T; LANES]],
    /// Values at the front that are not added up.
    spare: usize,
    sum: Option<&'a mut Lanes>,
}

impl<T: Working> Body for Finish<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Finish { weight, factor, value, grad, hess, spare, sum } = self;
        if let Some(weight) = weight {
            weights::apply(weight, factor, grad);
            weights::apply(weight, factor, hess);
            weights::apply(weight, Factor::ONE, value);
        }
        if let Some(sum) = sum {
            // Compared as narrow integers, as many at once as there are values.
            for i in 0..LANES as u32 {
                value[0][i as usize] = select(i < spare as u32, T::ZERO, value[0][i as usize]);
            }
            sum.add_blocks(value);
        }
    }
}
