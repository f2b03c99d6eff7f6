//! A stretch of the arrays that stays in the innermost cache, from its inputs to its outputs.

use super::super::blocks::LANES;
use super::super::computer::Computer;
use super::super::curvature::{Curve, divisor, mean, ratio};
use super::super::divisor::Factor;
use super::super::kernel::{Blocks, no_shares};
use super::super::look::look;
use super::super::memory::{Operand, Part, Place, Store};
use super::super::program::Failure;
use super::super::request::Parts;
use super::super::sums::{Bins, GROUP, Tally};
use super::super::wanted::Wanted;
use super::super::working::{Buffers, Working};
use super::job::Job;
use super::weights;
use crate::loss::Domain;
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
        let Buffers { y, x, value, grad, hess, weight, wide_weight, counts, other, slope } = buffers;
        let blocks = count.div_ceil(LANES);
        // Elements fewer than a block stand at its end.
        let offset = blocks * LANES - count;

        let (weight, wide, counts) = (&mut weight[..blocks], &mut wide_weight[..blocks], &mut counts[..blocks]);
        let (weight, wide, masked) = if job.wide {
            let (wide, masked) = weights::read(request, start, offset, wide, counts);
            (Operand::filled(weight.as_flattened_mut()), wide, masked)
        } else {
            let (weight, masked) = weights::read(request, start, offset, weight, counts);
            (weight, Operand::filled(wide.as_flattened_mut()), masked)
        };
        let (weight, wide) = (blocked(weight.numbers()), blocked(wide.numbers()));
        let counts = masked.then_some(&*counts);

        // What does not count is computed like the rest, whatever it holds, and left out afterwards.
        let mut y = Operand::padded(&request.y, start, offset, T::ONE, y[..blocks].as_flattened_mut());
        let found = look(job.target, blocked(y.numbers()), counts);
        if found.outside {
            return job.offend(start, count, true);
        }
        job.labels.note(start, found);
        if found.negative {
            for labels in y.numbers_mut().as_chunks_mut::<LANES>().0 {
                for label in labels {
                    *label = *label + select(*label < T::ZERO, T::ONE, T::ZERO);
                }
            }
        }
        if job.wanted == Wanted::NOTHING && job.prediction == Domain::Real {
            return;
        }
        let mut x = Operand::padded(&request.x, start, offset, T::HALF, x[..blocks].as_flattened_mut());
        if look(job.prediction, blocked(x.numbers()), counts).outside {
            return job.offend(start, count, false);
        }
        if job.wanted == Wanted::NOTHING {
            return;
        }
        if let (Some(counts), Some(_)) = (counts, &request.settings.program) {
            // A program may be anybody's code: it sees nothing that does not count.
            hide(&mut y, counts, T::ONE);
            hide(&mut x, counts, T::HALF);
        }

        let direct = offset == 0 && !job.streams;
        let unreduced = parts.value.is_some();
        let mut value = place(false, parts.value.as_mut(), start, &mut value[..blocks]);
        let mut grad = place(direct, parts.grad.as_mut(), start, &mut grad[..blocks]);
        let mut hess = place(direct, parts.hess.as_mut(), start, &mut hess[..blocks]);
        let untouched = spare == 0 && request.weight.is_none() && counts.is_none();
        let added = job.wanted.value && !unreduced && untouched;
        let (lanes, bins) = if added { sum.parts() } else { (None, None) };
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
        let mut outcome = compute(job, kernel, start + count, &mut outputs, bins);
        if outcome.is_ok() && job.wanted.hess && request.curve != Curve::EXACT {
            let (other, slope) = (&mut other[..blocks], &mut slope[..blocks]);
            outcome = bend(job, [y.numbers(), x.numbers(), grad.numbers()], hess.numbers(), other, slope);
        }
        if let Err(failure) = outcome {
            return job.failures.record(start, failure);
        }

        if let (true, Some(floor)) = (job.wanted.hess, request.min_hessian) {
            let floor = T::lit(floor) * job.scale;
            for second in hess.numbers() {
                *second = second.max(floor);
            }
        }
        let mut outputs =
            [(job.wanted.value, value.numbers()), (job.wanted.grad, grad.numbers()), (job.wanted.hess, hess.numbers())]
                .map(|(wanted, output)| (wanted, output.as_chunks_mut::<LANES>().0));
        let weighted = request.weight.is_some();
        for (i, (_, output)) in outputs.iter_mut().enumerate().filter(|(_, (wanted, _))| *wanted) {
            let factor = if i == 0 { Factor::ONE } else { job.factor };
            match (weighted, job.wide) {
                // Products that float32 would round are not stored before they are added up.
                (true, true) if i > 0 || unreduced => weights::apply(wide, factor, output),
                (true, false) => weights::apply(weight, factor, output),
                _ => {}
            }
            weights::leave_out(counts, output);
        }

        let [(_, values), ..] = outputs;
        match (job.wanted.value && !unreduced && !added, job.wide) {
            (true, true) => weights::add_up(wide, values, spare, counts, sum),
            (true, false) => {
                values.as_flattened_mut()[..spare].fill(T::ZERO);
                sum.add(values);
            }
            _ => {}
        }
        let how = if job.streams { Store::Stream } else { Store::Replace };
        value.store(offset, if request.accumulate { Store::Add } else { how });
        grad.store(offset, how);
        hess.store(offset, how);
    }
}

/// Puts what is within every domain in the place of what does not count.
#[inline(always)]
fn hide<T: Working>(operand: &mut Operand<'_, T>, counts: &[[T; LANES]], filling: T) {
    for (number, &counts) in operand.numbers_mut().iter_mut().zip(counts.as_flattened()) {
        *number = select(counts == T::ZERO, filling, *number);
    }
}

/// Runs the kernel, and adds values to bins. Where the arrays are in no cache this is done a piece at a time, while those of the next
/// segment are fetched: neither the look at labels nor bins leave loads enough on their way. A piece of float64 numbers for bins has too
/// many lines, which would wait for each other.
#[inline(always)]
fn compute<T: Working>(
    job: &Job<'_, T>,
    kernel: Computer<'_, T>,
    next: usize,
    blocks: &mut Blocks<'_, T>,
    mut bins: Option<&mut Bins>,
) -> Result<(), Failure> {
    let (level, wanted) = (job.request.level, job.request.curve.computed(job.wanted));
    let binned = job.large && bins.is_some();
    let piece = match binned {
        _ if job.fetches => PIECE,
        true => GROUP,
        false => blocks.x.len().max(1),
    };
    for first in (0..blocks.x.len()).step_by(piece) {
        if job.fetches || binned && T::SINGLE {
            fetch(job, next + first * LANES, piece * LANES);
        }
        let mut piece = blocks.part(first..blocks.x.len().min(first + piece));
        match kernel {
            Computer::Program(program) if job.far => program.run_far(level, wanted, job.scale, &mut piece)?,
            _ => kernel.run(level, wanted, job.scale, &mut piece)?,
        }
        if let Some(bins) = &mut bins {
            bins.add(level, piece.value);
        }
    }
    Ok(())
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
) -> Result<(), Failure> {
    // The derivatives for another target, which is no hard label.
    let mut again = |y: &[[T; LANES]], wanted: Wanted, hess: &mut [T]| {
        let (grad, hess) = (&mut slope[..], hess.as_chunks_mut().0);
        let mut blocks = Blocks { y, x: blocked(x), shares: no_shares(), value: &mut [], sum: None, grad, hess };
        job.kernel.run(job.request.level, wanted, job.scale, &mut blocks)
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
            again(other, Wanted { grad: true, hess: true, ..Wanted::NOTHING }, hess)?;
            for (second, ((&y, &x), &slope)) in hess.iter_mut().zip(y.iter().zip(x).zip(slope.as_flattened())) {
                *second = select(y.is_nan(), T::NAN, ratio(slope, divisor(x), *second));
            }
        }
        Curve::AtMean(link) => {
            for (other, (&y, &x)) in other.as_flattened_mut().iter_mut().zip(y.iter().zip(x)) {
                *other = select(y.is_nan(), T::NAN, mean(link, x));
            }
            again(other, Wanted { hess: true, ..Wanted::NOTHING }, hess)?;
        }
    }
    Ok(())
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

/// Blocks between two prefetches: more lines at once would wait for each other.
const PIECE: usize = 2;

/// Prefetches so many of the inputs.
#[inline(always)]
fn fetch<T: Working>(job: &Job<'_, T>, start: usize, count: usize) {
    job.request.y.prefetch::<T>(start, count);
    job.request.x.prefetch::<T>(start, count);
}
