//! What the engines of all families share: sums over tasks, what a mean divides by, and the first offending element.

use super::block::{LANES, Wanted};
use super::exact::Exact;
use super::reduce::{Lanes, Partial};
use super::request::{Reduction, Request};
use super::view::{NO_INDEX, Number, View};
use crate::error::Error;
use crate::number::{Float, select};
use crate::parallel::{self, Outcome};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What a pass over a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To compute these outputs and write them.
    Write(Wanted),
    /// To add values up.
    Add,
    /// To look whether everything is within its domain.
    Look,
}

impl Purpose {
    /// What has to be computed.
    #[must_use]
    pub fn wanted(self) -> Wanted {
        match self {
            Purpose::Write(wanted) => wanted,
            Purpose::Add => Wanted { value: true, ..Wanted::NOTHING },
            Purpose::Look => Wanted::NOTHING,
        }
    }
    /// Whether outputs are written.
    #[must_use]
    pub fn writes(self) -> bool {
        matches!(self, Purpose::Write(_))
    }
}

/// A pass of an engine over a request.
pub trait Pass {
    /// Runs it; the sum of the values where these are wanted.
    ///
    /// # Errors
    /// Where the caller asked to stop, or there is no memory.
    fn over<A: Accumulator>(&self, interrupt: &mut dyn FnMut() -> bool) -> Result<A::Sum, Error>;
    /// Whether everything was within its domain.
    ///
    /// # Errors
    /// Where it was not.
    fn verdict(&self) -> Result<(), Error>;
}

/// Evaluates a request by passes, whose derivatives are multiplied by the scale; the reduced value where there is one.
///
/// # Errors
/// Those of the passes, and where a mean is over nothing.
pub fn evaluate<T: Float + Number, P: Pass>(
    request: &Request<'_>,
    losses: usize,
    counted: &Counted<'_>,
    pass: &dyn Fn(Purpose, f64) -> P,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Option<f64>, Error> {
    let divisor = Divisor::of::<T>(request, losses, counted, interrupt)?;
    let run = |purpose: Purpose, interrupt: &mut dyn FnMut() -> bool| {
        let pass = pass(purpose, divisor.scale());
        let sum = pass.over::<Lanes>(interrupt)?;
        pass.verdict().map(|()| sum)
    };
    let reduced = |sum: Partial, interrupt: &mut dyn FnMut() -> bool| {
        let mut exact = |interrupt: &mut dyn FnMut() -> bool| pass(Purpose::Add, 1.0).over::<Exact>(interrupt);
        divisor.divide::<T>(request, losses, counted, sum, &mut exact, interrupt).map(Some)
    };
    let (wanted, reduces) = (request.wanted, request.wanted.value && request.reduction != Reduction::None);
    if reduces && request.in_place {
        // An exact sum reads the predictions again: the value is settled before derivatives replace them.
        let value = reduced(run(Purpose::Add, interrupt)?, interrupt)?;
        return run(Purpose::Write(Wanted { value: false, ..wanted }), interrupt).map(|_| value);
    }
    if request.in_place {
        run(Purpose::Look, interrupt)?;
    }
    let sum = run(Purpose::Write(wanted), interrupt)?;
    if reduces { reduced(sum, interrupt) } else { Ok(None) }
}

/// How the values of a task are added up.
pub trait Accumulator {
    /// What comes of it.
    type Sum: Send;
    /// Of nothing yet.
    fn empty() -> Self;
    /// Where the values go.
    fn tally(&mut self) -> Tally<'_>;
    /// The sum of the task.
    fn sum(self) -> Self::Sum;
    /// The sum of this and what comes later.
    fn join(sum: &mut Self::Sum, later: Self::Sum);
}

impl Accumulator for Lanes {
    type Sum = Partial;

    fn empty() -> Self {
        Lanes::new()
    }
    fn tally(&mut self) -> Tally<'_> {
        Tally::Lanes(self)
    }
    fn sum(self) -> Partial {
        self.finish()
    }
    fn join(sum: &mut Partial, later: Partial) {
        *sum = sum.merge(later);
    }
}

impl Accumulator for Exact {
    type Sum = Exact;

    fn empty() -> Self {
        Exact::new()
    }
    fn tally(&mut self) -> Tally<'_> {
        Tally::Exact(self)
    }
    fn sum(self) -> Exact {
        self
    }
    fn join(sum: &mut Exact, later: Exact) {
        sum.merge(&later);
    }
}

/// Where the values of a task go. The engines are compiled once for both.
pub enum Tally<'a> {
    /// Into lanes, which a kernel may add to itself.
    Lanes(&'a mut Lanes),
    /// Into an exact sum.
    Exact(&'a mut Exact),
}

impl Tally<'_> {
    /// Adds values.
    #[inline(always)]
    pub fn add<T: Float>(&mut self, blocks: &[[T; LANES]]) {
        match self {
            Tally::Lanes(lanes) => lanes.add_blocks(blocks),
            Tally::Exact(sum) => sum.add_blocks(blocks),
        }
    }
    /// The lanes that a kernel may add to itself.
    #[inline(always)]
    pub fn lanes(&mut self) -> Option<&mut Lanes> {
        if let Tally::Lanes(lanes) = self { Some(lanes) } else { None }
    }
}

/// Runs the tasks, each with an accumulator of its own, and joins these in the order of the tasks.
///
/// # Panics
/// When a task does.
///
/// # Errors
/// [`Error::Interrupted`] when the caller asked to stop.
pub fn over_tasks<A: Accumulator>(
    tasks: usize,
    threads: usize,
    interrupt: &mut dyn FnMut() -> bool,
    work: &(dyn Fn(usize, &mut Tally<'_>) + Sync),
) -> Result<A::Sum, Error> {
    let run = |task| {
        let mut part = A::empty();
        work(task, &mut part.tally());
        part.sum()
    };
    if tasks == 1 {
        return Ok(run(0));
    }
    let mut parts: Vec<Mutex<Option<A::Sum>>> = Vec::new();
    parts.try_reserve_exact(tasks).map_err(|_| Error::OutOfMemory)?;
    parts.resize_with(tasks, || Mutex::new(None));
    let outcome = parallel::for_each_task(tasks, threads, interrupt, &|task| {
        let part = run(task);
        *parts[task].lock().expect("only its own task locks a part") = Some(part);
    });
    if outcome == Outcome::Interrupted {
        return Err(Error::Interrupted);
    }
    let mut parts = parts.into_iter().filter_map(|part| part.into_inner().ok().flatten());
    let mut total = parts.next().unwrap_or_else(|| A::empty().sum());
    for part in parts {
        A::join(&mut total, part);
    }
    Ok(total)
}

/// Elements that are read, computed and added up together: they stay in the innermost cache.
pub const SEGMENT: usize = 16 * LANES;

/// Elements in a task of a pass over elements.
pub const TASK: usize = 16 * SEGMENT;

/// A second pass over the losses, with exact sums; it may be interrupted.
pub type Again<'a> = dyn FnMut(&mut dyn FnMut() -> bool) -> Result<Exact, Error> + 'a;

/// What the reduced value is divided by.
#[derive(Clone, Copy, Debug)]
pub struct Divisor {
    number: Partial,
    /// The same, rounded.
    rounded: f64,
    /// Whether it is the sum of the weights.
    weights: bool,
}

impl Divisor {
    /// Of a request with that many unreduced losses, of which `counted` tells the mask (and more, for rows).
    ///
    /// # Errors
    /// [`Error::Empty`] where a mean has nothing to divide by.
    pub fn of<T: Float + Number>(
        request: &Request<'_>,
        losses: usize,
        counted: &Counted<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Self, Error> {
        let weights = request.reduction == Reduction::WeightedMean && request.weight.is_some();
        let number = match request.reduction {
            Reduction::None | Reduction::Sum => {
                return Ok(Divisor { number: Partial::from(1.0), rounded: 1.0, weights: false });
            }
            _ if weights || !counted.all() => sum_weights::<T, Lanes>(request, weights, losses, counted, interrupt)?,
            _ => Partial::from(losses as f64),
        };
        let rounded = match number.rounded() {
            Some(rounded) => rounded,
            None => sum_weights::<T, Exact>(request, weights, losses, counted, interrupt)?.rounded(),
        };
        if losses == 0 || rounded == 0.0 {
            let nothing = if weights { "weights that sum to zero" } else { "no valid elements" };
            return Err(Error::Empty(format!(
                "the mean over {nothing} is undefined; use reduction='sum' or 'none', or check for it before the call"
            )));
        }
        Ok(Divisor { number, rounded, weights })
    }

    /// What derivatives are multiplied by.
    #[must_use]
    pub fn scale(&self) -> f64 {
        self.rounded.recip()
    }

    /// The reduced value: the sum of the losses over this, by exact sums where others cannot tell.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the caller asked to stop.
    pub fn divide<T: Float + Number>(
        &self,
        request: &Request<'_>,
        losses: usize,
        counted: &Counted<'_>,
        sum: Partial,
        exact: &mut Again<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<f64, Error> {
        if let Some(value) = sum.over(self.number) {
            return Ok(value);
        }
        let divisor = if self.weights {
            sum_weights::<T, Exact>(request, true, losses, counted, interrupt)?
        } else {
            Exact::from(self.rounded)
        };
        Ok(exact(interrupt)?.over(&divisor))
    }
}

/// Which unreduced losses count: reads 1 for those and 0 for others into a block.
pub struct Counted<'a> {
    /// The mask.
    pub mask: Option<&'a View<'a>>,
    /// Class indices, and the one that removes its row.
    pub ignored: Option<(&'a View<'a>, i64)>,
}

impl Counted<'_> {
    /// Whether every loss counts.
    #[must_use]
    pub fn all(&self) -> bool {
        self.mask.is_none() && self.ignored.is_none()
    }

    /// Reads from `start` on, at most [`SEGMENT`] losses.
    #[inline(always)]
    pub fn read<T: Float + Number>(&self, start: usize, out: &mut [T]) {
        match self.mask {
            Some(mask) => {
                mask.read(start, out);
                for counts in out.iter_mut() {
                    *counts = select(*counts == T::ZERO, T::ZERO, T::ONE);
                }
            }
            None => out.fill(T::ONE),
        }
        if let Some((labels, ignored)) = self.ignored {
            let mut indices = [0; SEGMENT];
            let indices = &mut indices[..out.len()];
            labels.read(start, indices);
            for (counts, &index) in out.iter_mut().zip(indices.iter()) {
                *counts = select((index == ignored) & (index != NO_INDEX), T::ZERO, *counts);
            }
        }
    }
}

/// The sum of the weights that count, or their number.
fn sum_weights<T: Float + Number, A: Accumulator>(
    request: &Request<'_>,
    weights: bool,
    losses: usize,
    counted: &Counted<'_>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<A::Sum, Error> {
    let weight = request.weight.as_ref().filter(|_| weights);
    over_tasks::<A>(losses.div_ceil(TASK), request.threads, interrupt, &|task, sum| {
        let end = losses.min((task + 1) * TASK);
        for start in (task * TASK..end).step_by(SEGMENT) {
            let count = SEGMENT.min(end - start);
            let (mut counts, mut values) = ([T::ZERO; SEGMENT], [T::ONE; SEGMENT]);
            counted.read(start, &mut counts[..count]);
            if let Some(weight) = weight {
                weight.read(start, &mut values[..count]);
            }
            for (value, &counts) in values.iter_mut().zip(&counts) {
                *value = select(counts == T::ZERO, T::ZERO, *value);
            }
            sum.add(values.as_chunks().0);
        }
    })
}

/// The first element that a loss is not defined for, found by whichever task.
pub struct Offence(AtomicUsize);

impl Default for Offence {
    fn default() -> Self {
        Offence(AtomicUsize::new(usize::MAX))
    }
}

impl Offence {
    /// Remembers an offence of the target or of the prediction at that loss, where none comes before it.
    #[cold]
    pub fn record(&self, index: usize, in_target: bool) {
        self.0.fetch_min(2 * index + usize::from(!in_target), Ordering::Relaxed);
    }
    /// Whether there is one before that index, so that going on is useless.
    #[inline(always)]
    pub fn before(&self, index: usize) -> bool {
        self.0.load(Ordering::Relaxed) / 2 < index
    }
    /// The first: its index and whether it is the target's.
    #[must_use]
    pub fn first(&self) -> Option<(usize, bool)> {
        let found = self.0.load(Ordering::Relaxed);
        (found != usize::MAX).then_some((found / 2, found.is_multiple_of(2)))
    }
}
