//! The pointwise engine: a formula over arrays of targets and predictions.
//!
//! The arrays are cut into tasks, these into segments that stay in the innermost cache. A segment is read (in place where it
//! can be), checked, computed by the loss's block kernel, weighted, added up and written, all at one CPU level. What depends on
//! the loss is the kernel alone.
#![allow(unsafe_code)] // Segments lend parts of the arrays to the kernels and write parts of the outputs of their own.

use super::blocks::{LANES, SEGMENT, TASK};
use super::divisor::Counted;
use super::kernel::{Blocks, Kernel};
use super::look::look;
use super::memory::{Sink, View};
use super::offence::Offence;
use super::passes::{Pass, Purpose, evaluate};
use super::request::{Reduction, Request};
use super::sums::{Accumulator, Tally};
use super::tasks::over_tasks;
use super::wanted::Wanted;
use super::working::{Buffers, Working};
use crate::error::Error;
use crate::loss::{CONSTANTS, Cost, Domain};
use crate::number::{Float, select};
use crate::simd::{self, Body};

/// Evaluates a pointwise loss; the reduced value where there is one.
///
/// # Errors
/// Where an argument is outside of the loss's domain, a mean is over nothing, or the caller asked to stop.
pub fn run<T: Working>(request: &Request<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<Option<f64>, Error> {
    let counted = Counted { mask: request.mask.as_ref(), ignored: None };
    let job = |purpose, scale| Job::<T>::new(request, purpose, scale);
    evaluate::<T, _>(request, request.x.len(), &counted, &job, interrupt)
}

/// A request, worked out for a dtype.
struct Job<'a, T> {
    request: &'a Request<'a>,
    wanted: Wanted,
    /// Whether outputs are written, or only looked at and added up.
    writes: bool,
    kernel: Kernel<T>,
    /// The kernel for blocks whose labels are all 0 or 1.
    hard: Kernel<T>,
    constants: [T; CONSTANTS],
    scale: T,
    target: Domain,
    prediction: Domain,
    smoothing: T,
    /// Whether inputs are asked for a segment ahead: a look at the targets comes before the predictions are read.
    fetches: bool,
    /// Whether outputs bypass the caches.
    streams: bool,
    offence: Offence,
}

impl<'a, T: Working> Job<'a, T> {
    fn new(request: &'a Request<'a>, purpose: Purpose, scale: f64) -> Self {
        let (info, settings) = (request.entry.info, request.settings);
        let (kernels, constants) = (T::kernels(request.entry), settings.constants.map(T::lit));
        let arrays = 2 + usize::from(request.grad.is_some()) + usize::from(request.hess.is_some());
        let touched = arrays * request.x.len() * size_of::<T>();
        let large = info.cost == Cost::Light && touched > simd::streaming_threshold();
        Job {
            request,
            wanted: purpose.wanted(),
            writes: purpose.writes(),
            kernel: kernels.choose(settings.form, &constants),
            hard: kernels.choose(settings.hard_form, &constants),
            constants,
            scale: T::lit(scale),
            target: settings.target,
            prediction: settings.prediction,
            smoothing: T::lit(settings.smoothing),
            fetches: large && settings.target != Domain::Real,
            streams: large && request.outputs_given,
            offence: Offence::default(),
        }
    }

    /// Asks for a segment of the inputs.
    #[inline(always)]
    fn fetch(&self, start: usize) {
        if self.fetches {
            self.request.y.prefetch::<T>(start, SEGMENT);
            self.request.x.prefetch::<T>(start, SEGMENT);
        }
    }

    fn task(&self, task: usize, sum: &mut Tally<'_>) {
        let request = self.request;
        let (begin, end) = (task * TASK, request.x.len().min((task + 1) * TASK));
        // What is left over at the end is computed again with elements before it, as a whole block, where there are so many and
        // nothing changes under them; otherwise in a block that is filled up.
        let overlaps = end - begin >= LANES && !request.in_place && !request.accumulate;
        T::buffers().with_borrow_mut(|buffers| {
            let mut start = begin;
            while start < end && !self.offence.before(start) {
                let count = SEGMENT.min(end - start);
                let (whole, rest) = (count - count % LANES, count % LANES);
                let (at, count, spare) = match (whole, rest) {
                    (_, 0) => (start, whole, 0),
                    (0, _) if overlaps => (end - LANES, LANES, LANES - rest),
                    (0, _) => (start, rest, LANES - rest),
                    _ => (start, whole, 0),
                };
                simd::dispatch(request.level, Segment { job: self, start: at, count, spare, buffers, sum });
                start = at + count;
            }
        });
        if self.streams {
            simd::stream_fence();
        }
    }
}

impl<T: Working> Pass for Job<'_, T> {
    fn over<A: Accumulator>(&self, interrupt: &mut dyn FnMut() -> bool) -> Result<A::Sum, Error> {
        let idle = self.wanted == Wanted::NOTHING && self.target == Domain::Real && self.prediction == Domain::Real;
        let tasks = if idle { 0 } else { self.request.x.len().div_ceil(TASK) };
        over_tasks::<A>(tasks, self.request.threads, interrupt, &|task, sum| self.task(task, sum))
    }

    fn verdict(&self) -> Result<(), Error> {
        let Some((index, in_target)) = self.offence.first() else { return Ok(()) };
        let request = self.request;
        let (argument, view, domain) = if in_target {
            (request.names.0, &request.y, self.target)
        } else {
            (request.names.1, &request.x, self.prediction)
        };
        let mut value = [0.0];
        view.read(index, &mut value);
        Err(Error::Domain { argument, index, value: value[0], wanted: domain.wanted().to_owned() })
    }
}

/// A stretch of the arrays that stays in the innermost cache.
struct Segment<'a, 't, T> {
    job: &'a Job<'a, T>,
    start: usize,
    count: usize,
    /// Values at the front of the blocks that are not added up: elements that were before, or nothing at all.
    spare: usize,
    buffers: &'a mut Buffers<T>,
    sum: &'a mut Tally<'t>,
}

impl<'a, T: Working> Body for Segment<'a, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Segment { job, start, count, spare, buffers, sum } = self;
        let request = job.request;
        let Buffers { y, x, value, grad, hess, weight, counts } = buffers;
        job.fetch(start + count);
        let blocks = count.div_ceil(LANES);
        let whole = count == blocks * LANES;
        let offset = if whole { 0 } else { spare };
        let masked = request.mask.is_some();
        let lend = whole && !masked;

        if let Some(mask) = &request.mask {
            mask.read(start, &mut counts.as_flattened_mut()[offset..offset + count]);
        }
        let counts = masked.then_some(&*counts);

        // SAFETY: nothing writes to the targets during a call: an output may overlap none but the predictions.
        let lent = if lend { unsafe { request.y.in_place::<T>(start, count) } } else { None };
        let lent = lent.map(|targets| targets.as_chunks().0);
        if lent.is_none() {
            fill(&request.y, start, count, offset, y, counts, T::ONE);
        }
        let found = look(job.target, lent.unwrap_or(&y[..blocks]));
        if found.outside {
            return job.offend(start, count, true);
        }
        let smooths = job.smoothing != T::ZERO && job.target.has_labels();
        if found.negative || smooths {
            if let Some(targets) = lent {
                y[..blocks].copy_from_slice(targets);
            }
            for label in y[..blocks].as_flattened_mut() {
                let hard = label.max(T::ZERO);
                *label = job.smoothing.mul_add(T::HALF - hard, hard);
            }
        }
        let ys = lent.filter(|_| !(found.negative || smooths)).unwrap_or(&y[..blocks]);

        // SAFETY: only an output that is the prediction itself may overlap it, and then nothing is lent.
        let lent = if lend && !request.in_place { unsafe { request.x.in_place::<T>(start, count) } } else { None };
        let lent = lent.map(|predictions| predictions.as_chunks().0);
        if lent.is_none() {
            fill(&request.x, start, count, offset, x, counts, T::HALF);
        }
        let xs = lent.unwrap_or(&x[..blocks]);
        if look(job.prediction, xs).outside {
            return job.offend(start, count, false);
        }

        if job.wanted == Wanted::NOTHING {
            return;
        }
        let place = |sink: &'a Option<Sink<'a>>| match sink {
            // SAFETY: the task's own elements, which no other task touches.
            Some(sink) if whole && job.writes && !job.streams => unsafe { sink.in_place::<T>(start, count) },
            _ => None,
        };
        let (direct_grad, direct_hess) = (place(&request.grad), place(&request.hess));
        let (stored_grad, stored_hess) = (direct_grad.is_some(), direct_hess.is_some());
        let value = &mut value[..blocks];
        let grad = direct_grad.map_or(&mut grad[..blocks], |slice| slice.as_chunks_mut().0);
        let hess = direct_hess.map_or(&mut hess[..blocks], |slice| slice.as_chunks_mut().0);
        let kernel = if found.soft { job.kernel } else { job.hard };
        let unreduced = request.reduction == Reduction::None && job.writes;
        let whole_sum = job.wanted.value && !unreduced && spare == 0 && request.weight.is_none() && !masked;
        let lanes = sum.lanes().filter(|_| whole_sum);
        let added = lanes.is_some();
        let mut outputs = Blocks { y: ys, x: xs, value: &mut *value, sum: lanes, grad: &mut *grad, hess: &mut *hess };
        kernel(request.level, job.wanted, &job.constants, job.scale, &mut outputs);

        if let (true, Some(floor)) = (job.wanted.hess, request.min_hessian) {
            let floor = T::lit(floor) * job.scale;
            for second in hess.as_flattened_mut() {
                // Where the weights sum to less than 0, the scale has turned the order around.
                *second = select(job.scale < T::ZERO, second.min(floor), second.max(floor));
            }
        }
        if let Some(weights) = &request.weight {
            weights.read(start, &mut weight.as_flattened_mut()[offset..offset + count]);
            each_wanted(job.wanted, value, grad, hess, |output| {
                for (number, &weight) in output.as_flattened_mut().iter_mut().zip(weight.as_flattened()) {
                    *number = *number * weight;
                }
            });
        }
        if let Some(counts) = counts {
            each_wanted(job.wanted, value, grad, hess, |output| {
                for (number, &counts) in output.as_flattened_mut().iter_mut().zip(counts.as_flattened()) {
                    *number = select(counts == T::ZERO, T::ZERO, *number);
                }
            });
        }

        let numbers = offset..offset + count;
        if job.wanted.value && !added {
            if unreduced {
                let sink = request.value.as_ref();
                store(job, sink, start, &value.as_flattened()[numbers.clone()], request.accumulate);
            } else {
                value.as_flattened_mut()[..spare].fill(T::ZERO);
                sum.add(value);
            }
        }
        if job.writes && !stored_grad {
            store(job, request.grad.as_ref(), start, &grad.as_flattened()[numbers.clone()], false);
        }
        if job.writes && !stored_hess {
            store(job, request.hess.as_ref(), start, &hess.as_flattened()[numbers], false);
        }
    }
}

impl<T: Working> Job<'_, T> {
    /// Remembers the first element of a segment that is outside of its domain and counts.
    #[cold]
    #[inline(never)]
    fn offend(&self, start: usize, count: usize, in_target: bool) {
        let (view, domain) =
            if in_target { (&self.request.y, self.target) } else { (&self.request.x, self.prediction) };
        for index in start..start + count {
            let (mut number, mut counts) = ([T::ZERO], [T::ONE]);
            view.read(index, &mut number);
            if let Some(mask) = &self.request.mask {
                mask.read(index, &mut counts);
            }
            if domain.excludes(number[0]) && counts[0] != T::ZERO {
                return self.offence.record(index, in_target);
            }
        }
        // Another thread has changed it meanwhile; the segment is not computed either way.
        self.offence.record(start, in_target);
    }
}

/// Reads a segment to the end of its blocks. Their front, and what does not count, becomes a number that is in every domain.
#[inline(always)]
fn fill<T: Working>(
    view: &View<'_>,
    start: usize,
    count: usize,
    offset: usize,
    out: &mut [[T; LANES]; SEGMENT / LANES],
    counts: Option<&[[T; LANES]; SEGMENT / LANES]>,
    filling: T,
) {
    let out = out.as_flattened_mut();
    view.read(start, &mut out[offset..offset + count]);
    out[..offset].fill(filling);
    if let Some(counts) = counts {
        for (number, &counts) in out[offset..offset + count].iter_mut().zip(&counts.as_flattened()[offset..]) {
            *number = select(counts == T::ZERO, filling, *number);
        }
    }
}

/// Calls a function with each wanted output.
#[inline(always)]
fn each_wanted<T: Float>(
    wanted: Wanted,
    value: &mut [[T; LANES]],
    grad: &mut [[T; LANES]],
    hess: &mut [[T; LANES]],
    apply: impl Fn(&mut [[T; LANES]]),
) {
    if wanted.value {
        apply(value);
    }
    if wanted.grad {
        apply(grad);
    }
    if wanted.hess {
        apply(hess);
    }
}

/// Writes what was computed in a buffer.
#[inline(always)]
fn store<T: Working>(job: &Job<'_, T>, sink: Option<&Sink<'_>>, start: usize, numbers: &[T], accumulate: bool) {
    let Some(sink) = sink else { return };
    // SAFETY: the segment's own elements, which no other segment touches.
    unsafe {
        match sink.in_place::<T>(start, numbers.len()) {
            Some(slice) if accumulate => {
                for (old, &new) in slice.iter_mut().zip(numbers) {
                    *old = *old + new;
                }
            }
            Some(slice) if job.streams => simd::stream_copy(slice, numbers),
            Some(slice) => slice.copy_from_slice(numbers),
            None if accumulate => sink.add(start, numbers),
            None => sink.write(start, numbers),
        }
    }
}
