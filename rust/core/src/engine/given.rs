//! Losses computed elsewhere, such as by Python code: what is around the formula of any other loss is around theirs.
//!
//! [`show`] reads the arguments for whoever computes: converted, within their domains, and with a valid row in the place of each
//! that does not count, so that nobody's code sees what a mask hides. [`run`] takes the unreduced losses and derivatives from there:
//! weights, masks, exact sums, divisors and outputs, in float64 whatever the dtype.

use super::blocks::{LANES, SEGMENT, TASK};
use super::divisor::{Counted, Factor};
use super::entry::{ELSEWHERE, Entry};
use super::memory::{Number, Part, View};
use super::passes::{Pass, Purpose, evaluate};
use super::request::{Outputs, Parts, Request};
use super::sums::{Accumulator, Tally};
use super::tasks::over_tasks;
use super::wanted::Wanted;
use super::weigh::weigh;
use crate::error::Error;
use crate::loss::{Domain, MIXED_LABELS};
use crate::number::{Float, select};
use crate::simd::{self, Body, Level};

/// An entry for losses computed elsewhere, to be referred to.
pub static ENTRY: Entry = ELSEWHERE;

/// Segments between two looks at whether the caller wants to stop.
const PATIENCE: usize = 1 << 10;

/// Where the arguments of a request go for whoever computes the losses. What is empty is only looked at.
pub struct Shown<'a, T> {
    /// Targets, or as many zeros.
    pub y: &'a mut [T],
    /// Class indices, one a row, where targets are these.
    pub indices: Option<&'a mut [i64]>,
    /// Predictions.
    pub x: &'a mut [T],
}

/// Rows (elements, where the loss is not row-wise) that are neither masked nor of weight 0.
#[derive(Clone, Copy)]
pub struct Census {
    /// The first of them, if there is one.
    pub first: Option<usize>,
    /// Whether all rows are.
    pub all: bool,
}

impl Census {
    /// That of a request.
    ///
    /// # Errors
    /// Where the caller asked to stop.
    pub fn of(request: &Request<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<Census, Error> {
        let rows = request.x.len() / request.classes.max(1);
        if request.mask.is_none() && request.weight.is_none() {
            return Ok(Census { first: (rows > 0).then_some(0), all: true });
        }
        let mut census = Census { first: None, all: true };
        for (segment, start) in (0..rows).step_by(SEGMENT).enumerate() {
            if segment % PATIENCE == PATIENCE - 1 && interrupt() {
                return Err(Error::Interrupted);
            }
            let mut counts = [0.0; SEGMENT];
            let counts = &mut counts[..SEGMENT.min(rows - start)];
            read_counts(request, start, counts);
            census.first =
                census.first.or_else(|| counts.iter().position(|&counts| counts != 0.0).map(|at| start + at));
            census.all &= counts.iter().all(|&counts| counts != 0.0);
        }
        Ok(census)
    }
}

/// Writes 0 for losses that are masked, ignored or of weight 0, and 1 for others.
///
/// # Errors
/// Where the caller asked to stop.
pub fn counts(request: &Request<'_>, to: &mut [f64], interrupt: &mut dyn FnMut() -> bool) -> Result<(), Error> {
    let counted = counted(request);
    for (segment, part) in to.chunks_mut(SEGMENT).enumerate() {
        if segment % PATIENCE == PATIENCE - 1 && interrupt() {
            return Err(Error::Interrupted);
        }
        let mut valid = [0.0; SEGMENT];
        let valid = &mut valid[..part.len()];
        counted.read(segment * SEGMENT, valid);
        read_counts(request, segment * SEGMENT, part);
        for (counts, &valid) in part.iter_mut().zip(&*valid) {
            *counts = select((*counts == 0.0) | (valid == 0.0), 0.0, 1.0);
        }
    }
    Ok(())
}

/// Which losses of a request count.
fn counted<'a>(request: &'a Request<'_>) -> Counted<'a> {
    let ignored = request.settings.ignore_index.map(|index| (&request.y, index));
    Counted { mask: request.mask.as_ref(), ignored }
}

/// Reads 0 for rows that are masked or of weight 0, anything else for others.
fn read_counts(request: &Request<'_>, start: usize, counts: &mut [f64]) {
    counts.fill(1.0);
    let mut numbers = [0.0; SEGMENT];
    let numbers = &mut numbers[..counts.len()];
    for view in [&request.mask, &request.weight].into_iter().flatten() {
        view.read(start, numbers);
        for (counts, &number) in counts.iter_mut().zip(&*numbers) {
            *counts = select(number == 0.0, 0.0, *counts);
        }
    }
}

/// Looks at the arguments and copies them, with a row that counts for each that does not.
///
/// # Errors
/// Where a row that counts holds what is outside of its domain, or the caller asked to stop.
pub fn show<T: Float + Number>(
    request: &Request<'_>,
    [target, prediction]: [Domain; 2],
    first: usize,
    shown: Shown<'_, T>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<(), Error> {
    let k = request.classes.max(1);
    let mut labels = Labels::default();
    let Shown { y, indices, x } = shown;
    let seen = Rows { request, first };
    let idle = |domain: Domain, to: &[T]| domain == Domain::Real && to.is_empty();
    if let Some(indices) = indices {
        seen.read(&request.y, 1, interrupt, &mut |start, numbers: &[i64]| {
            let outside = numbers.iter().position(|&index| index < 0 || index >= k as i64);
            if let Some(slots) = indices.get_mut(start..start + numbers.len()) {
                slots.copy_from_slice(numbers);
            }
            outside.map(|at| start + at)
        })?
        .map_or(Ok(()), |index| Err(offence(request, true, index, format!("a class index from 0 to {}", k - 1))))?;
    } else if !idle(target, y) {
        let outside = seen.read(&request.y, k, interrupt, &mut |start, numbers: &[T]| {
            copy(numbers, start, y);
            labels.note(target, start, numbers);
            first_outside(target, numbers).map(|at| start + at)
        })?;
        if let Some(index) = outside {
            return Err(offence(request, true, index, target.wanted().to_owned()));
        }
        if let Some(index) = labels.mixed() {
            return Err(offence(request, true, index, MIXED_LABELS.to_owned()));
        }
    }
    if idle(prediction, x) {
        return Ok(());
    }
    let outside = seen.read(&request.x, k, interrupt, &mut |start, numbers: &[T]| {
        copy(numbers, start, x);
        first_outside(prediction, numbers).map(|at| start + at)
    })?;
    match outside {
        Some(index) => Err(offence(request, false, index, prediction.wanted().to_owned())),
        None => Ok(()),
    }
}

/// Reads arguments row by row, with the first row that counts for those that do not.
struct Rows<'a> {
    request: &'a Request<'a>,
    first: usize,
}

impl Rows<'_> {
    /// Calls `take` with stretches of an argument with so many elements a row, until it finds something.
    fn read<N: Number + PartialEq>(
        &self,
        view: &View<'_>,
        width: usize,
        interrupt: &mut dyn FnMut() -> bool,
        take: &mut dyn FnMut(usize, &[N]) -> Option<usize>,
    ) -> Result<Option<usize>, Error> {
        let mut numbers = [N::from_integer(0); SEGMENT];
        let group = (SEGMENT / width).max(1);
        let mut segments = 0;
        let rows = self.request.x.len() / self.request.classes.max(1);
        for start in (0..rows).step_by(group) {
            let count = group.min(rows - start);
            let mut counts = [1.0; SEGMENT];
            read_counts(self.request, start, &mut counts[..count]);
            for from in (0..count * width).step_by(SEGMENT) {
                segments += 1;
                if segments % PATIENCE == 0 && interrupt() {
                    return Err(Error::Interrupted);
                }
                let numbers = &mut numbers[..SEGMENT.min(count * width - from)];
                view.read(start * width + from, numbers);
                for (i, row) in numbers.chunks_mut(if count > 1 { width } else { SEGMENT }).enumerate() {
                    if counts[i] == 0.0 {
                        view.read(self.first * width + from % width, row);
                    }
                }
                if let Some(found) = take(start * width + from, numbers) {
                    return Ok(Some(found));
                }
            }
        }
        Ok(None)
    }
}

fn copy<T: Copy>(numbers: &[T], start: usize, to: &mut [T]) {
    if let Some(slots) = to.get_mut(start..start + numbers.len()) {
        slots.copy_from_slice(numbers);
    }
}

fn first_outside<T: Float>(domain: Domain, numbers: &[T]) -> Option<usize> {
    if domain == Domain::Real { None } else { numbers.iter().position(|&number| domain.excludes(number)) }
}

/// Which labels there were.
#[derive(Default)]
struct Labels {
    negative: Option<usize>,
    zero: bool,
}

impl Labels {
    fn note<T: Float>(&mut self, domain: Domain, start: usize, numbers: &[T]) {
        if !domain.has_labels() {
            return;
        }
        self.zero |= numbers.iter().any(|&label| (label >= T::ZERO) & (label < T::ONE));
        let negative = || numbers.iter().position(|&label| label < T::ZERO).map(|at| start + at);
        self.negative = self.negative.or_else(negative);
    }

    /// The first label of −1, where there are others that are neither −1 nor 1.
    fn mixed(&self) -> Option<usize> {
        self.negative.filter(|_| self.zero)
    }
}

fn offence(request: &Request<'_>, in_target: bool, index: usize, wanted: String) -> Error {
    let (argument, view) = if in_target { (request.names.0, &request.y) } else { (request.names.1, &request.x) };
    let mut value = [0.0];
    view.read(index, &mut value);
    Error::Domain { argument, index, value: value[0], wanted }
}

/// Unreduced losses and derivatives, each a sum of what was computed. What is not wanted may be anything.
#[derive(Clone)]
pub struct Values<'a> {
    /// One a row.
    pub value: Vec<Scaled<'a>>,
    /// In the shape of the predictions.
    pub grad: Vec<Scaled<'a>>,
    /// In the shape of the predictions.
    pub hess: Vec<Scaled<'a>>,
}

/// Numbers times a weight.
#[derive(Clone)]
pub struct Scaled<'a> {
    /// The weight.
    pub weight: f64,
    /// The numbers.
    pub view: View<'a>,
}

impl<'a> Scaled<'a> {
    /// Numbers as they are.
    #[must_use]
    pub fn once(view: View<'a>) -> Self {
        Scaled { weight: 1.0, view }
    }
}

/// Reads a sum, at most a segment of it. Numbers of weight 0 are none of it, whatever they are.
fn read_sum(level: Level, terms: &[Scaled<'_>], start: usize, out: &mut [f64]) {
    if let [Scaled { weight: 1.0, view }] = terms {
        return view.read(start, out);
    }
    out.fill(0.0);
    let mut numbers = [0.0; SEGMENT];
    let numbers = &mut numbers[..out.len()];
    for Scaled { weight, view } in terms.iter().filter(|term| term.weight != 0.0) {
        view.read(start, numbers);
        simd::dispatch(level, AddScaled { weight: *weight, numbers, sums: &mut *out });
    }
}

/// Adds numbers times a weight to sums.
struct AddScaled<'a> {
    weight: f64,
    numbers: &'a [f64],
    sums: &'a mut [f64],
}

impl Body for AddScaled<'_> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        for (sum, &number) in self.sums.iter_mut().zip(self.numbers) {
            *sum += self.weight * number;
        }
    }
}

/// Weights, adds up and writes; the reduced value where there is one.
///
/// # Errors
/// Where a mean is over nothing, or the caller asked to stop.
pub fn run(
    mut request: Request<'_>,
    values: &Values<'_>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Option<f64>, Error> {
    let (mut outputs, request) = (std::mem::take(&mut request.outputs), &request);
    let counted = counted(request);
    let job = |purpose, factor| Job { request, values, counted: &counted, purpose, factor };
    evaluate::<f64, _>(request, &mut outputs, &counted, &job, interrupt)
}

/// A request, its values and what is done with them.
struct Job<'a> {
    request: &'a Request<'a>,
    values: &'a Values<'a>,
    counted: &'a Counted<'a>,
    purpose: Purpose,
    factor: Factor,
}

impl Pass for Job<'_> {
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let k = self.request.classes.max(1);
        let (rows, per_task) = (self.request.losses(), (TASK / k).max(1));
        let idle = self.purpose.wanted() == Wanted::NOTHING;
        let tasks = if idle { 0 } else { rows.div_ceil(per_task) };
        let parts = outputs.parts(per_task, k);
        over_tasks::<A, _>(tasks, self.request.threads, parts, interrupt, &|task, mut parts, sum, _| {
            let end = rows.min((task + 1) * per_task);
            for start in (task * per_task..end).step_by(SEGMENT) {
                self.segment(start, SEGMENT.min(end - start), &mut parts, sum);
            }
        })
    }

    fn verdict(&self) -> Result<(), Error> {
        Ok(())
    }
}

impl Job<'_> {
    /// Some rows, at most a segment of them.
    fn segment(&self, start: usize, count: usize, parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
        let (request, wanted) = (self.request, self.purpose.wanted());
        let mut weights = [1.0; SEGMENT];
        if let Some(view) = &request.weight {
            view.read(start, &mut weights[..count]);
        }
        let mut counts = [0.0; SEGMENT];
        self.counted.read(start, &mut counts[..count]);
        for (weight, &counts) in weights.iter_mut().zip(&counts) {
            // A weight of 0 is a mask that stays in the count.
            *weight = select(counts == 0.0, 0.0, *weight);
        }
        if wanted.value {
            let mut numbers = [0.0; SEGMENT];
            read_sum(request.level, &self.values.value, start, &mut numbers[..count]);
            weigh(request.level, &mut numbers, &weights, Factor::ONE);
            match &mut parts.value {
                Some(part) if request.accumulate => part.add(start, &numbers[..count]),
                Some(part) => part.write(start, &numbers[..count]),
                None => sum.add(&numbers.as_chunks::<LANES>().0[..count.div_ceil(LANES)]),
            }
        }
        if let Some(part) = &mut parts.grad {
            self.derivative(&self.values.grad, part, None, start, &weights[..count]);
        }
        if let Some(part) = &mut parts.hess {
            self.derivative(&self.values.hess, part, request.min_hessian, start, &weights[..count]);
        }
    }

    /// A derivative of some rows.
    fn derivative(&self, from: &[Scaled<'_>], to: &mut Part<'_>, floor: Option<f64>, start: usize, weights: &[f64]) {
        let k = self.request.classes.max(1);
        let (level, [mut numbers, mut each]) = (self.request.level, [[0.0; SEGMENT]; 2]);
        // Rows that are read together, or else a row in pieces.
        let group = (SEGMENT / k).max(1);
        for (i, weights) in weights.chunks(group).enumerate() {
            let begin = (start + i * group) * k;
            for at in (0..weights.len() * k).step_by(SEGMENT) {
                let numbers = &mut numbers[..SEGMENT.min(weights.len() * k - at)];
                read_sum(level, from, begin + at, numbers);
                if let Some(floor) = floor {
                    for number in numbers.iter_mut() {
                        *number = Float::max(*number, floor);
                    }
                }
                if k == 1 {
                    weigh(level, numbers, weights, self.factor);
                } else {
                    let row = if group > 1 { k } else { SEGMENT };
                    for (each, &weight) in each[..numbers.len()].chunks_mut(row).zip(weights.iter().cycle()) {
                        each.fill(weight);
                    }
                    weigh(level, numbers, &each, self.factor);
                }
                to.write(begin + at, numbers);
            }
        }
    }
}
