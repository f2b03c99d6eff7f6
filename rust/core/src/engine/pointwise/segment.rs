//! A stretch of the arrays that stays in the innermost cache, from its inputs to its outputs.

use super::super::blocks::{LANES, SEGMENT};
use super::super::kernel::Blocks;
use super::super::look::look;
use super::super::memory::{Operand, Part, Place, Store, View};
use super::super::request::Parts;
use super::super::sums::Tally;
use super::super::wanted::Wanted;
use super::super::working::{Buffers, Working};
use super::job::Job;
use crate::number::select;
use crate::simd::Body;

/// A segment: so many elements from `start` on.
pub(super) struct Segment<'a, 's, 't, T> {
    pub job: &'a Job<'a, T>,
    pub start: usize,
    pub count: usize,
    /// Values at the front of the blocks that are not added up: elements that were before, or nothing at all.
    pub spare: usize,
    pub buffers: &'a mut Buffers<T>,
    pub parts: &'a mut Parts<'s>,
    pub sum: &'a mut Tally<'t>,
}

impl<T: Working> Body for Segment<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Segment { job, start, count, spare, buffers, parts, sum } = self;
        let request = job.request;
        let Buffers { y, x, value, grad, hess, weight, counts } = buffers;
        fetch(job, start + count);
        let blocks = count.div_ceil(LANES);
        // Elements fewer than a block stand at its end.
        let offset = blocks * LANES - count;

        let counts = request.mask.as_ref().map(|mask| {
            let counts = &mut counts.as_flattened_mut()[..blocks * LANES];
            mask.read(start, &mut counts[offset..]);
            &*counts
        });
        let reading = |filling| Reading { start, offset, counts, filling };

        let mut y = reading(T::ONE).of(&request.y, &mut y[..blocks]);
        let found = look(job.target, blocked(y.numbers()));
        if found.outside {
            return job.offend(start, count, true);
        }
        let smooths = job.smoothing != T::ZERO && job.target.has_labels();
        if found.negative || smooths {
            for label in y.numbers_mut() {
                let hard = label.max(T::ZERO);
                *label = job.smoothing.mul_add(T::HALF - hard, hard);
            }
        }
        let x = reading(T::HALF).of(&request.x, &mut x[..blocks]);
        if look(job.prediction, blocked(x.numbers())).outside {
            return job.offend(start, count, false);
        }
        if job.wanted == Wanted::NOTHING {
            return;
        }

        let direct = offset == 0 && !job.streams;
        let unreduced = parts.value.is_some();
        let mut value = place(false, parts.value.as_mut(), start, &mut value[..blocks]);
        let mut grad = place(direct, parts.grad.as_mut(), start, &mut grad[..blocks]);
        let mut hess = place(direct, parts.hess.as_mut(), start, &mut hess[..blocks]);
        let untouched = spare == 0 && request.weight.is_none() && counts.is_none();
        let lanes = sum.lanes().filter(|_| job.wanted.value && !unreduced && untouched);
        let added = lanes.is_some();
        let kernel = if found.soft { job.kernel } else { job.hard };
        let mut outputs = Blocks {
            y: blocked(y.numbers()),
            x: blocked(x.numbers()),
            value: value.numbers().as_chunks_mut().0,
            sum: lanes,
            grad: grad.numbers().as_chunks_mut().0,
            hess: hess.numbers().as_chunks_mut().0,
        };
        kernel.run(request.level, job.wanted, &job.constants, job.scale, &mut outputs);

        if let (true, Some(floor)) = (job.wanted.hess, request.min_hessian) {
            let floor = T::lit(floor) * job.scale;
            for second in hess.numbers() {
                // Where the weights sum to less than 0, the scale has turned the order around.
                *second = select(job.scale < T::ZERO, second.min(floor), second.max(floor));
            }
        }
        let mut outputs =
            [(job.wanted.value, value.numbers()), (job.wanted.grad, grad.numbers()), (job.wanted.hess, hess.numbers())];
        if let Some(weights) = &request.weight {
            let weight = &mut weight.as_flattened_mut()[..blocks * LANES];
            weights.read(start, &mut weight[offset..]);
            for (_, output) in outputs.iter_mut().filter(|(wanted, _)| *wanted) {
                for (number, &weight) in output.iter_mut().zip(weight.iter()) {
                    *number = *number * weight;
                }
            }
        }
        if let Some(counts) = counts {
            for (_, output) in outputs.iter_mut().filter(|(wanted, _)| *wanted) {
                for (number, &counts) in output.iter_mut().zip(counts) {
                    *number = select(counts == T::ZERO, T::ZERO, *number);
                }
            }
        }

        if job.wanted.value && !unreduced && !added {
            value.numbers()[..spare].fill(T::ZERO);
            sum.add(blocked(value.numbers()));
        }
        let how = if job.streams { Store::Stream } else { Store::Replace };
        value.store(offset, if request.accumulate { Store::Add } else { how });
        grad.store(offset, how);
        hess.store(offset, how);
    }
}

#[inline(always)]
fn blocked<T>(numbers: &[T]) -> &[[T; LANES]] {
    numbers.as_chunks().0
}

/// Where an output is computed: in the array where it can be, if it may.
#[inline(always)]
fn place<'a, 's, T: Working>(
    direct: bool,
    part: Option<&'a mut Part<'s>>,
    start: usize,
    buffer: &'a mut [[T; LANES]],
) -> Place<'a, 's, T> {
    let buffer = buffer.as_flattened_mut();
    if direct { Place::of(part, start, buffer) } else { Place::aside(part, start, buffer) }
}

/// Prefetches a segment of the inputs.
#[inline(always)]
fn fetch<T: Working>(job: &Job<'_, T>, start: usize) {
    if job.fetches {
        job.request.y.prefetch::<T>(start, SEGMENT);
        job.request.x.prefetch::<T>(start, SEGMENT);
    }
}

/// How an input is read.
struct Reading<'a, T> {
    start: usize,
    /// Numbers at the front of the blocks that are no elements.
    offset: usize,
    /// Which elements count, if not all.
    counts: Option<&'a [T]>,
    /// A number that is in every domain, in the place of those and of what does not count.
    filling: T,
}

impl<T: Working> Reading<'_, T> {
    #[inline(always)]
    fn of<'b>(self, view: &View<'b>, buffer: &'b mut [[T; LANES]]) -> Operand<'b, T> {
        let Reading { start, offset, counts, filling } = self;
        let buffer = buffer.as_flattened_mut();
        if offset == 0 && counts.is_none() {
            return Operand::of(view, start, buffer);
        }
        view.read(start, &mut buffer[offset..]);
        buffer[..offset].fill(filling);
        if let Some(counts) = counts {
            for (number, &counts) in buffer[offset..].iter_mut().zip(&counts[offset..]) {
                *number = select(counts == T::ZERO, filling, *number);
            }
        }
        Operand::filled(buffer)
    }
}
