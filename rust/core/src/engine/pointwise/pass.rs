//! A pass over a request of a pointwise loss: tasks, and the segments of each.

use super::super::blocks::{LANES, SEGMENT, TASK};
use super::super::divisor::Counted;
use super::super::passes::{Pass, evaluate};
use super::super::request::{Outputs, Parts, Request};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::super::working::Working;
use super::job::Job;
use super::segment::Segment;
use crate::error::Error;
use crate::simd;

/// Evaluates a pointwise loss; the reduced value where there is one.
///
/// # Errors
/// Where an argument is outside of the loss's domain, a mean is over nothing, or the caller asked to stop.
pub fn run<T: Working>(mut request: Request<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<Option<f64>, Error> {
    let (mut outputs, request) = (std::mem::take(&mut request.outputs), &request);
    let derivatives = usize::from(outputs.grad.is_some()) + usize::from(outputs.hess.is_some());
    let counted = Counted { mask: request.mask.as_ref(), ignored: None };
    let job = |purpose, factor| Job::<T>::new(request, derivatives, purpose, factor);
    evaluate::<T, _>(request, &mut outputs, &counted, &job, interrupt)
}

impl<T: Working> Pass for Job<'_, T> {
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let tasks = if self.is_idle() { 0 } else { self.request.x.len().div_ceil(TASK) };
        over_tasks::<A, _>(
            tasks,
            self.request.threads,
            outputs.parts(TASK, 1),
            interrupt,
            &|index, mut parts, sum, _| {
                task(self, index, &mut parts, sum);
            },
        )
    }

    fn verdict(&self) -> Result<(), Error> {
        Job::verdict(self)
    }
}

fn task<T: Working>(job: &Job<'_, T>, task: usize, parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
    let request = job.request;
    let (begin, end) = (task * TASK, request.x.len().min((task + 1) * TASK));
    // What is left over at the end is computed again with elements before it, as a whole block, where there are so many and
    // nothing changes under them; otherwise in a block that is filled up.
    let overlaps = end - begin >= LANES && !request.x.is_replaced() && !request.accumulate;
    T::buffers().with_borrow_mut(|buffers| {
        let mut start = begin;
        while start < end && !job.offence.before(start) {
            let count = SEGMENT.min(end - start);
            let (whole, rest) = (count - count % LANES, count % LANES);
            let (at, count, spare) = match (whole, rest) {
                (_, 0) => (start, whole, 0),
                (0, _) if overlaps => (end - LANES, LANES, LANES - rest),
                (0, _) => (start, rest, LANES - rest),
                _ => (start, whole, 0),
            };
            simd::dispatch(request.level, Segment { job, start: at, count, spare, buffers, parts, sum });
            start = at + count;
        }
    });
    if job.streams {
        simd::stream_fence();
    }
}
