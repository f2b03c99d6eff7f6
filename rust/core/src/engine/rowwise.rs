//! The row-wise engine: a formula over the log-probabilities of rows of classes, through softmax.
//!
//! A row's value is Σ c·f(t, ℓ), ℓ = log q, q the row's softmax (or its probabilities over their sum). The loss's block kernel gives
//! f and its derivatives in ℓ, and the chain rule the rest:
//!
//! * ∂/∂zⱼ = f′ⱼ(1 − qⱼ) − qⱼ·Σ_{k≠j} f′ₖ
//! * ∂²/∂zⱼ² = f″ⱼ(1 − qⱼ)² + qⱼ²·Σ_{k≠j} f″ₖ − qⱼ(1 − qⱼ)·Σ f′ₖ
//!
//! Softmax keeps, besides the maximum, the sum of all terms *but the maximum's own* ([`softmax`]): 1 − q of a confident row is that sum over
//! itself plus one, so no digit of it is lost. Few classes are computed 64 rows side by side ([`narrow`]), many along the row ([`wide`]);
//! in both, rows with one true class need the kernel once a row ([`heads`]) and rows of shares once a class. Where very wide rows are
//! fewer than threads, each is divided among these ([`split`]).
#![allow(unsafe_code)] // Batches of rows borrow parts of the arrays and write parts of the outputs of their own.

mod batch;
mod chain;
pub(super) mod heads;
mod narrow;
pub mod ops;
mod scratch;
mod softmax;
mod split;
mod transpose;
mod wide;

use super::blocks::{LANES, SEGMENT, TASK};
use super::divisor::Counted;
use super::kernel::Kernel;
use super::memory::{NO_INDEX, View};
use super::offence::Offence;
use super::passes::{Pass, Purpose, evaluate};
use super::request::{Reduction, Request};
use super::sums::{Accumulator, Tally};
use super::tasks::over_tasks;
use super::wanted::Wanted;
use super::working::Working;
use crate::error::Error;
use crate::loss::{CONSTANTS, Domain};
use crate::number::Float;
use crate::simd;
use batch::Batch;
use std::sync::atomic::{AtomicBool, Ordering};

/// Evaluates a row-wise loss; the reduced value where there is one.
///
/// # Errors
/// Where an argument is outside of the loss's domain, a mean is over nothing, the caller asked to stop, or there is no memory
/// for a row.
pub fn run<T: Working>(request: &Request<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<Option<f64>, Error> {
    let classes = request.classes.max(1);
    let rows = request.x.len() / classes;
    let ignored = if has_shares(request) { None } else { request.settings.ignore_index };
    let counted = Counted { mask: request.mask.as_ref(), ignored: ignored.map(|index| (&request.y, index)) };
    let job = |purpose, scale| Job::<T>::new(request, &counted, purpose, scale);
    evaluate::<T, _>(request, rows, &counted, &job, interrupt)
}

/// Whether targets are rows of shares, like the predictions, rather than a class index a row.
pub(super) fn has_shares(request: &Request<'_>) -> bool {
    match request.entry.info.target {
        Domain::ClassIndex => false,
        Domain::ClassIndexOrProbability => request.y.len() == request.x.len(),
        _ => true,
    }
}

/// Whether rows of so many classes are computed side by side.
fn is_narrow<T: Float>(classes: usize) -> bool {
    classes <= if T::SINGLE { 64 } else { 32 }
}

/// A request, worked out for a dtype.
struct Job<'a, T> {
    request: &'a Request<'a>,
    counted: &'a Counted<'a>,
    wanted: Wanted,
    purpose: Purpose,
    kernel: Kernel<T>,
    constants: [T; CONSTANTS],
    /// What derivatives are multiplied by.
    scale: T,
    classes: usize,
    rows: usize,
    shares: bool,
    /// Whether predictions are logits.
    raw: bool,
    /// What smoothing leaves of a share, and what every share gets.
    smoothing: (T, T),
    /// One factor per class, one for all, or none.
    class_weight: Vec<T>,
    /// The floor under second derivatives.
    floor: T,
    offence: Offence,
    exhausted: AtomicBool,
}

impl<'a, T: Working> Job<'a, T> {
    fn new(request: &'a Request<'a>, counted: &'a Counted<'a>, purpose: Purpose, scale: f64) -> Self {
        let settings = request.settings;
        let classes = request.classes.max(1);
        let (smoothing, constants) = (settings.smoothing, settings.constants.map(T::lit));
        Job {
            request,
            counted,
            wanted: purpose.wanted(),
            purpose,
            kernel: T::kernels(request.entry).choose(settings.form, &constants),
            constants,
            scale: T::lit(scale),
            classes,
            rows: request.x.len() / classes,
            shares: has_shares(request),
            raw: settings.raw,
            smoothing: (T::lit(1.0 - smoothing), T::lit(smoothing / classes as f64)),
            class_weight: settings.class_weight.iter().flatten().map(|&weight| T::lit(weight)).collect(),
            floor: request.min_hessian.map_or(-T::INFINITY, T::lit),
            offence: Offence::default(),
            exhausted: AtomicBool::new(false),
        }
    }

    /// Whether outputs are written.
    #[inline(always)]
    fn writes(&self) -> bool {
        self.purpose.writes()
    }

    /// Whether a look at the class indices is all that it takes.
    #[inline(always)]
    fn only_labels(&self) -> bool {
        self.purpose == Purpose::Look && self.raw && !self.shares
    }

    /// Whether the kernel sees every class, not only the true one. One true class among probabilities is rare, and no less exact
    /// as a row of shares: it needs no code of its own.
    #[inline(always)]
    fn sees_all(&self) -> bool {
        !self.raw || self.shares || self.smoothing.1 != T::ZERO
    }

    /// Whether derivatives of any order are wanted.
    #[inline(always)]
    fn derives(&self) -> bool {
        self.wanted.grad || self.wanted.hess
    }

    /// The factor on a class's term.
    #[inline(always)]
    fn class_weight(&self, class: usize) -> T {
        match self.class_weight[..] {
            [] => T::ONE,
            [weight] => weight,
            ref weights => weights[class],
        }
    }

    /// Elements of scratch that a task needs.
    fn scratch(&self) -> usize {
        if self.is_narrow() { narrow::scratch(self) } else { wide::scratch(self) }
    }

    /// Whether rows are computed side by side.
    fn is_narrow(&self) -> bool {
        is_narrow::<T>(self.classes)
    }

    fn task(&self, start: usize, end: usize, scratch: &mut [T], sum: &mut Tally<'_>) {
        let mut values = [[T::ZERO; LANES]; SEGMENT / LANES];
        for segment in (start..end).step_by(SEGMENT) {
            let rows = SEGMENT.min(end - segment);
            for (block, first) in values.iter_mut().zip((segment..segment + rows).step_by(LANES)) {
                if self.offence.before(first) {
                    return;
                }
                let rows = LANES.min(end - first);
                let done = match (self.raw, self.sees_all()) {
                    (true, false) => self.batch::<true, false>(first, rows, block, scratch),
                    (true, true) => self.batch::<true, true>(first, rows, block, scratch),
                    (false, _) => self.batch::<false, true>(first, rows, block, scratch),
                };
                if !done {
                    return self.offend(first, rows);
                }
            }
            if !self.wanted.value {
                continue;
            }
            if self.request.reduction == Reduction::None && self.writes() {
                if let Some(sink) = &self.request.value {
                    // SAFETY: the segment's own rows, which no other task touches.
                    unsafe { sink.write(segment, &values.as_flattened()[..rows]) };
                }
            } else {
                sum.add(&values[..rows.div_ceil(LANES)]);
            }
        }
    }

    /// One batch; whether everything in it was within its domain.
    fn batch<const RAW: bool, const SOFT: bool>(
        &self,
        start: usize,
        rows: usize,
        value: &mut [T; LANES],
        scratch: &mut [T],
    ) -> bool {
        simd::dispatch(self.request.level, Batch::<T, RAW, SOFT> { job: self, start, rows, value, scratch })
    }

    /// Remembers the first row of a batch that counts and is outside of a domain.
    #[cold]
    #[inline(never)]
    fn offend(&self, start: usize, rows: usize) {
        for row in start..start + rows {
            let mut counts = [T::ZERO];
            self.counted.read(row, &mut counts);
            if counts[0] == T::ZERO {
                continue;
            }
            for in_target in [true, false] {
                if self.offending(row, in_target).is_some() {
                    return self.offence.record(row, in_target);
                }
            }
        }
    }

    /// The first offending element of a row of an argument and what it holds.
    fn offending(&self, row: usize, in_target: bool) -> Option<(usize, f64)> {
        let find = |view: &View<'_>, domain: Domain| {
            (row * self.classes..(row + 1) * self.classes).find_map(|index| {
                let mut number = [0.0];
                view.read(index, &mut number);
                domain.excludes(number[0]).then_some((index, number[0]))
            })
        };
        match (in_target, self.shares) {
            (false, _) if self.raw => None,
            (false, _) => find(&self.request.x, Domain::NonNegative),
            (true, true) => find(&self.request.y, Domain::Probability),
            (true, false) => {
                let (mut label, mut number) = ([NO_INDEX], [0.0]);
                self.request.y.read(row, &mut label);
                self.request.y.read(row, &mut number);
                (label[0] < 0 || label[0] >= self.classes as i64).then_some((row, number[0]))
            }
        }
    }
}

impl<T: Working> Pass for Job<'_, T> {
    /// Runs everything in tasks of a fixed number of rows.
    fn over<A: Accumulator>(&self, interrupt: &mut dyn FnMut() -> bool) -> Result<A::Sum, Error> {
        let per_task = match TASK / self.classes {
            rows if rows >= LANES => rows / LANES * LANES,
            rows => rows.max(1),
        };
        let tasks = self.rows.div_ceil(per_task);
        let threads = if split::parts(self) > 1 { 1 } else { self.request.threads };
        let sum = over_tasks::<A>(tasks, threads, interrupt, &|task, sum| {
            let end = self.rows.min((task + 1) * per_task);
            if scratch::lend(self.scratch(), |scratch| self.task(task * per_task, end, scratch, sum)).is_none() {
                self.exhausted.store(true, Ordering::Relaxed);
            }
        })?;
        if self.exhausted.load(Ordering::Relaxed) { Err(Error::OutOfMemory) } else { Ok(sum) }
    }

    fn verdict(&self) -> Result<(), Error> {
        let Some((row, in_target)) = self.offence.first() else { return Ok(()) };
        let names = self.request.names;
        let argument = if in_target { names.0 } else { names.1 };
        let (index, value) = self.offending(row, in_target).unwrap_or((row, f64::NAN));
        let wanted = match (in_target, self.shares) {
            (false, _) => Domain::NonNegative.wanted().to_owned(),
            (true, true) => Domain::Probability.wanted().to_owned(),
            (true, false) => {
                let ignored =
                    self.counted.ignored.map_or(String::new(), |(_, index)| format!(", or {index} to ignore the row"));
                format!("a class index from 0 to {}{ignored}", self.classes - 1)
            }
        };
        Err(Error::Domain { argument, index, value, wanted })
    }
}
