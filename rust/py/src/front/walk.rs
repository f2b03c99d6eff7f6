//! The order in which the elements of arrays are gone through: the axes in another order, or some of them backwards.

use super::shape::Axes;
use lossreg_core::engine::memory::Axis;
use std::cmp::Ordering;

/// Axes from the outermost to the innermost, each forwards or backwards.
#[derive(Clone)]
pub struct Walk(Vec<Step>);

#[derive(Clone, Copy)]
struct Step {
    axis: usize,
    backwards: bool,
}

impl Walk {
    /// C order with some axes moved last; `None` where they are the last.
    #[inline(always)]
    pub fn with_last(last: Axes, ndim: usize) -> Option<Walk> {
        (0..ndim - last.count()).any(|axis| last.has(axis)).then(|| {
            let axes = (0..ndim).filter(|&axis| !last.has(axis)).chain((0..ndim).filter(|&axis| last.has(axis)));
            Walk(axes.map(|axis| Step { axis, backwards: false }).collect())
        })
    }

    /// The order of memory that arrays share whose axes are the same; `None` where that is C order, or there is none.
    pub fn shared(arrays: &[&[Axis]]) -> Option<Walk> {
        let ndim = arrays.iter().map(|axes| axes.len()).max()?;
        let mut axes: Vec<usize> = (0..ndim).collect();
        for end in 1..ndim {
            for at in (1..=end).rev() {
                match outermost(arrays, axes[at - 1], axes[at])? {
                    Ordering::Less => axes.swap(at - 1, at),
                    _ => break,
                }
            }
        }
        let moves = |axis: &Axis| axis.len > 1 && axis.stride != 0;
        let backwards = |axis: usize| {
            let mut some = arrays.iter().filter_map(|axes| axes.get(axis)).filter(|axis| moves(axis)).peekable();
            some.peek().is_some() && some.all(|axis| axis.stride < 0)
        };
        let steps: Vec<_> = axes.into_iter().map(|axis| Step { axis, backwards: backwards(axis) }).collect();
        let is_c_order = steps.iter().enumerate().all(|(i, step)| step.axis == i && !step.backwards);
        (!is_c_order).then_some(Walk(steps))
    }

    /// The axes of an array as they are walked, and how many bytes from its first element the walk begins.
    pub fn along(&self, axes: &[Axis]) -> (isize, Vec<Axis>) {
        let mut start = 0;
        let walked = self.0.iter().map(|step| {
            let Axis { len, stride } = axes[step.axis];
            if step.backwards {
                start += stride * (len as isize - 1).max(0);
            }
            Axis { len, stride: if step.backwards { -stride } else { stride } }
        });
        let walked = walked.collect();
        (start, walked)
    }

    /// The strides of an array of these lengths whose elements lie one after the other in this order, all axes forwards.
    pub fn strides(&self, lens: &[isize], width: usize) -> Vec<isize> {
        let (mut strides, mut next) = (vec![0; lens.len()], width as isize);
        for step in self.0.iter().rev() {
            strides[step.axis] = next;
            next *= lens[step.axis].max(1);
        }
        strides
    }
}

/// Which of two axes has the larger strides, in all arrays that say so; `None` where they differ.
fn outermost(arrays: &[&[Axis]], a: usize, b: usize) -> Option<Ordering> {
    let mut found = Ordering::Equal;
    for axes in arrays {
        let (Some(a), Some(b)) = (axes.get(a), axes.get(b)) else { continue };
        if a.len <= 1 || b.len <= 1 || a.stride == 0 || b.stride == 0 {
            continue;
        }
        match a.stride.unsigned_abs().cmp(&b.stride.unsigned_abs()) {
            Ordering::Equal => {}
            order if found == Ordering::Equal || found == order => found = order,
            _ => return None,
        }
    }
    Some(found)
}
