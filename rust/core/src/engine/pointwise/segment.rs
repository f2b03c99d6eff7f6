//! A stretch of the arrays that stays in the innermost cache, from its inputs to its outputs.

use super::super::blocks::{LANES, SEGMENT};
use super::super::curvature::{Curve, divisor, mean, ratio};
use super::super::kernel::{Blocks, no_shares};
use super::super::look::look;
use super::super::memory::{Operand, Part, Place, Store, View};
use super::super::request::{Parts, Request};
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
        let Buffers { y, x, value, grad, hess, weight, counts, other, slope } = buffers;
        fetch(job, start + count);
        let blocks = count.div_ceil(LANES);
        // Elements fewer than a block stand at its end.
        let offset = blocks * LANES - count;

        let weight = &mut weight.as_flattened_mut()[..blocks * LANES];
        let counts = &mut counts.as_flattened_mut()[..blocks * LANES];
        let masked = read_weights(request, start, &mut weight[offset..], &mut counts[offset..]);
        let counts = masked.then_some(&*counts);
        let reading = |filling| Reading { start, offset, counts, filling };

        let mut y = reading(T::ONE).of(&request.y, &mut y[..blocks]);
        let found = look(job.target, blocked(y.numbers()));
        if found.outside {
            return job.offend(start, count, true);
        }
        job.labels.note(start, found);
        if found.negative {
            for label in y.numbers_mut() {
                *label = label.max(T::ZERO);
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
            shares: no_shares(),
            value: value.numbers().as_chunks_mut().0,
            sum: lanes,
            grad: grad.numbers().as_chunks_mut().0,
            hess: hess.numbers().as_chunks_mut().0,
        };
        kernel.run(request.level, request.curve.computed(job.wanted), &job.constants, job.scale, &mut outputs);
        if job.wanted.hess && request.curve != Curve::EXACT {
            let (other, slope) = (&mut other[..blocks], &mut slope[..blocks]);
            bend(job, [y.numbers(), x.numbers(), grad.numbers()], hess.numbers(), other, slope);
        }

        if let (true, Some(floor)) = (job.wanted.hess, request.min_hessian) {
            let floor = T::lit(floor) * job.scale;
            for second in hess.numbers() {
                *second = second.max(floor);
            }
        }
        let mut outputs =
            [(job.wanted.value, value.numbers()), (job.wanted.grad, grad.numbers()), (job.wanted.hess, hess.numbers())];
        let weighted = request.weight.is_some();
        if weighted {
            weigh(job.wanted.grad, outputs[1].1, weight, job.factor);
            weigh(job.wanted.hess, outputs[2].1, weight, job.factor);
            weigh(job.wanted.value && unreduced, outputs[0].1, weight, 1.0);
        }
        if let Some(counts) = counts {
            for (_, output) in outputs.iter_mut().filter(|(wanted, _)| *wanted) {
                for (number, &counts) in output.iter_mut().zip(counts) {
                    *number = select(counts == T::ZERO, T::ZERO, *number);
                }
            }
        }

        if weighted && job.wanted.value && !unreduced {
            weight_by(weight, value.numbers(), counts);
            weight[..spare].fill(0.0);
            sum.add(blocked(weight));
        } else if job.wanted.value && !unreduced && !added {
            value.numbers()[..spare].fill(T::ZERO);
            sum.add(blocked(value.numbers()));
        }
        let how = if job.streams { Store::Stream } else { Store::Replace };
        value.store(offset, if request.accumulate { Store::Add } else { how });
        grad.store(offset, how);
        hess.store(offset, how);
    }
}

/// Reads weights, if there are any, and which elements count; whether some do not. A weight of 0 is a mask that stays in the count of
/// a mean.
#[inline(always)]
fn read_weights<T: Working>(request: &Request<'_>, start: usize, weights: &mut [f64], counts: &mut [T]) -> bool {
    let masked = request.mask.as_ref().map(|mask| mask.read(start, counts)).is_some();
    let Some(view) = &request.weight else { return masked };
    view.read(start, weights);
    let zeros = weights.iter().fold(false, |any, &weight| any | (weight == 0.0));
    if zeros {
        for (counts, &weight) in counts.iter_mut().zip(&*weights) {
            *counts = select(weight == 0.0, T::ZERO, if masked { *counts } else { T::ONE });
        }
    }
    masked || zeros
}

/// Multiplies weights by numbers, in float64; those of what does not count become 0.
#[inline(always)]
fn weight_by<T: Working>(weights: &mut [f64], numbers: &[T], counts: Option<&[T]>) {
    for (product, &number) in weights.iter_mut().zip(numbers) {
        *product *= number.to_f64();
    }
    if let Some(counts) = counts {
        for (product, &counts) in weights.iter_mut().zip(counts) {
            *product = select(counts == T::ZERO, 0.0, *product);
        }
    }
}

/// Multiplies numbers by weights and a factor, rounding once.
#[inline(always)]
fn weigh<T: Working>(wanted: bool, numbers: &mut [T], weights: &[f64], factor: f64) {
    if wanted {
        for (number, &weight) in numbers.iter_mut().zip(weights) {
            *number = T::lit(number.to_f64() * (weight * factor));
        }
    }
}

#[inline(always)]
fn blocked<T>(numbers: &[T]) -> &[[T; LANES]] {
    numbers.as_chunks().0
}

/// Makes second derivatives what they are wanted to be, from those that are there (if they are computed) and the slopes.
#[inline(always)]
fn bend<T: Working>(
    job: &Job<'_, T>,
    [y, x, grad]: [&[T]; 3],
    hess: &mut [T],
    other: &mut [[T; LANES]],
    slope: &mut [[T; LANES]],
) {
    // The derivatives for another target, which is no hard label.
    let mut again = |y: &[[T; LANES]], wanted: Wanted, hess: &mut [T]| {
        let (grad, hess) = (&mut slope[..], hess.as_chunks_mut().0);
        let mut blocks = Blocks { y, x: blocked(x), shares: no_shares(), value: &mut [], sum: None, grad, hess };
        job.kernel.run(job.request.level, wanted, &job.constants, job.scale, &mut blocks);
    };
    match job.request.curve {
        Curve::Exact(factor) => {
            for second in hess {
                *second = *second * T::lit(factor);
            }
        }
        Curve::Constant(number) | Curve::PerRow(number) => {
            for (second, (&y, &x)) in hess.iter_mut().zip(y.iter().zip(x)) {
                *second = select(y.is_nan() | x.is_nan(), T::NAN, T::lit(number) * job.scale);
            }
        }
        Curve::InResidual => {
            for (second, ((&y, &x), &slope)) in hess.iter_mut().zip(y.iter().zip(x).zip(grad)) {
                *second = ratio(slope, x - y, *second);
            }
        }
        Curve::InScore => {
            other.as_flattened_mut().fill(T::HALF);
            again(other, Wanted { grad: true, hess: true, ..Wanted::NOTHING }, hess);
            for (second, ((&y, &x), &slope)) in hess.iter_mut().zip(y.iter().zip(x).zip(slope.as_flattened())) {
                *second = select(y.is_nan(), T::NAN, ratio(slope, divisor(x), *second));
            }
        }
        Curve::AtMean(link) => {
            for (other, (&y, &x)) in other.as_flattened_mut().iter_mut().zip(y.iter().zip(x)) {
                *other = select(y.is_nan(), T::NAN, mean(link, x));
            }
            again(other, Wanted { hess: true, ..Wanted::NOTHING }, hess);
        }
    }
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
