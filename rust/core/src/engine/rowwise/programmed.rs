//! Rows of a loss that is a program: read, checked, computed by it some rows at a time, weighted, added up and written.
//!
//! A program may be anybody's code, so it sees whole rows that count and are within their domains: one of these stands in the place
//! of each that does not count.

use super::super::blocks::{LANES, SEGMENT, TASK};
use super::super::curvature::Curve;
use super::super::divisor::{Counted, Factor};
use super::super::memory::{NO_INDEX, Operand, Part};
use super::super::offence::Offence;
use super::super::passes::{Pass, Purpose, evaluate};
use super::super::program::{Failure, Failures, Interpreter, Rows, Targets};
use super::super::request::{Outputs, Parts, Request};
use super::super::scratch::{self, Scratch};
use super::super::sums::{Accumulator, Tally};
use super::super::tasks::over_tasks;
use super::super::wanted::Wanted;
use super::super::working::Working;
use crate::error::Error;
use crate::loss::Domain;
use crate::number::{Float, select};
use crate::simd::{self, Body};
use std::sync::atomic::{AtomicBool, Ordering};

/// Evaluates a row-wise loss that is a program; the reduced value where there is one.
///
/// # Errors
/// Where an argument is outside of the loss's domain, a mean is over nothing, the caller asked to stop, the program gives up, or
/// there is no memory for a row.
pub(super) fn run<T: Working>(
    mut request: Request<'_>,
    program: &dyn Interpreter<T>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Option<f64>, Error> {
    let (mut outputs, request) = (std::mem::take(&mut request.outputs), &request);
    let counted = Counted { mask: request.mask.as_ref(), ignored: None };
    let job = |purpose, factor| Job::new(request, program, &counted, purpose, factor);
    evaluate::<T, _>(request, &mut outputs, &counted, &job, interrupt)
}

/// A request of a program, worked out for a dtype and a purpose.
struct Job<'a, T> {
    request: &'a Request<'a>,
    program: &'a dyn Interpreter<T>,
    counted: &'a Counted<'a>,
    wanted: Wanted,
    /// What derivatives are multiplied by.
    factor: Factor,
    classes: usize,
    /// Whether the program takes indices of classes.
    takes_indices: bool,
    /// What rows of targets may hold.
    target: Domain,
    offence: Offence,
    failures: Failures,
    exhausted: AtomicBool,
}

impl<'a, T: Working> Job<'a, T> {
    fn new(
        request: &'a Request<'a>,
        program: &'a dyn Interpreter<T>,
        counted: &'a Counted<'a>,
        purpose: Purpose,
        factor: Factor,
    ) -> Self {
        Job {
            request,
            program,
            counted,
            wanted: purpose.wanted(),
            factor,
            classes: request.classes.max(1),
            takes_indices: request.settings.target == Domain::ClassIndex,
            target: request.settings.target,
            offence: Offence::default(),
            failures: Failures::default(),
            exhausted: AtomicBool::new(false),
        }
    }

    /// Rows that the program computes at once: as many elements as stay in the innermost cache, or one row.
    fn group(&self) -> usize {
        (SEGMENT / self.classes).max(1)
    }

    /// The first offending element of a row, and what it holds.
    fn offending(&self, row: usize, in_target: bool) -> (usize, f64) {
        let Request { y, x, settings, indices, .. } = self.request;
        let (view, domain) = if in_target { (y, self.target) } else { (x, settings.prediction) };
        let places = if in_target && *indices { row..row + 1 } else { row * self.classes..(row + 1) * self.classes };
        let numbers = places.map(|index| {
            let mut number = [0.0];
            view.read(index, &mut number);
            (index, number[0])
        });
        let mut numbers = numbers.filter(|&(_, number)| in_target && *indices || domain.excludes(number));
        numbers.next().unwrap_or((row, f64::NAN))
    }
}

impl<T: Working> Pass for Job<'_, T> {
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let (k, rows, group) = (self.classes, self.request.losses(), self.group());
        let per_task = (TASK / k / group).max(1) * group;
        let parts = outputs.parts(per_task, k);
        let room = ARRAYS * scratch::room(group * k);
        let sum = over_tasks::<A, _>(
            rows.div_ceil(per_task),
            self.request.threads,
            parts,
            interrupt,
            &|task, mut parts, sum, stop| {
                let end = rows.min((task + 1) * per_task);
                let lent = scratch::lend(room, stop, &mut |scratch, _| {
                    for start in (task * per_task..end).step_by(group) {
                        if self.offence.before(start) {
                            return;
                        }
                        let (count, parts, sum) = (group.min(end - start), &mut parts, &mut *sum);
                        let scratch = Scratch(&mut *scratch);
                        simd::dispatch(self.request.level, Group { job: self, start, count, scratch, parts, sum });
                    }
                });
                if lent.is_none() {
                    self.exhausted.store(true, Ordering::Relaxed);
                }
            },
        )?;
        if self.exhausted.load(Ordering::Relaxed) { Err(Error::OutOfMemory) } else { Ok(sum) }
    }

    fn verdict(&self) -> Result<(), Error> {
        let Some((row, in_target)) = self.offence.first() else {
            return self.failures.verdict(self.request.settings.program.as_ref());
        };
        let Request { names, settings, indices, .. } = self.request;
        let (index, value) = self.offending(row, in_target);
        let (argument, wanted) = match (in_target, indices) {
            (true, true) => (names.0, format!("a class index from 0 to {}", self.classes - 1)),
            (true, false) => (names.0, of_rows(self.target).wanted().to_owned()),
            (false, _) => (names.1, settings.prediction.wanted().to_owned()),
        };
        Err(Error::Domain { argument, index, value, wanted })
    }
}

/// What the elements of rows may be, where class indices would do too.
fn of_rows(target: Domain) -> Domain {
    if target == Domain::ClassIndexOrProbability { Domain::Probability } else { target }
}

/// Arrays of a group that take scratch memory: targets, predictions, and two derivatives.
const ARRAYS: usize = 4;

/// Some rows.
struct Group<'a, 'j, 's, 't, T> {
    job: &'a Job<'j, T>,
    start: usize,
    count: usize,
    scratch: Scratch<'a, T>,
    parts: &'a mut Parts<'s>,
    sum: &'a mut Tally<'t>,
}

impl<T: Working> Body for Group<'_, '_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Group { job, start, count, mut scratch, parts, sum } = self;
        let (request, k, wanted) = (job.request, job.classes, job.wanted);
        let (first, len) = (start * k, count * k);
        let mut weights = [1.0; SEGMENT];
        let mut counts = [0.0; SEGMENT];
        let (weights, counts) = (&mut weights[..count], &mut counts[..count]);
        if let Some(view) = &request.weight {
            view.read(start, weights);
        }
        job.counted.read(start, counts);
        for (weight, &counts) in weights.iter_mut().zip(&*counts) {
            // A weight of 0 is a mask that stays in the count.
            *weight = select(counts == 0.0, 0.0, *weight);
        }
        let weights = &*weights;
        let all = job.counted.all() && request.weight.is_none();

        let mut x = Operand::of(&request.x, first, scratch.take(len));
        let mut indices = [0; SEGMENT];
        let indices = &mut indices[..if request.indices { count } else { 0 }];
        request.y.read(start, indices);
        let shares = scratch.take(if job.takes_indices { 0 } else { len });
        let mut y = if request.indices { Operand::filled(shares) } else { Operand::of(&request.y, first, shares) };

        let wrong_label = |&label: &i64| label == NO_INDEX || label < 0 || label >= k as i64;
        let in_indices = outside(weights, |row| indices.get(row).is_some_and(wrong_label));
        let in_y = if request.indices { None } else { outside_domain(job.target, y.numbers(), weights, k) };
        let in_x = outside_domain(request.settings.prediction, x.numbers(), weights, k);
        for (row, in_target) in [(in_indices.or(in_y), true), (in_x, false)] {
            if let Some(row) = row {
                job.offence.record(start + row, in_target);
            }
        }
        if in_indices.is_some() || in_y.is_some() || in_x.is_some() || wanted == Wanted::NOTHING {
            return;
        }

        if !all && let Some(counted) = weights.iter().position(|&weight| weight != 0.0) {
            replace(x.numbers_mut(), weights, counted, k);
            replace(indices, weights, counted, 1);
            if !request.indices {
                replace(y.numbers_mut(), weights, counted, k);
            }
        }
        if request.indices && !job.takes_indices {
            let shares = y.numbers_mut();
            shares.fill(T::ZERO);
            for (row, &label) in indices.iter().enumerate() {
                if let Some(share) = usize::try_from(label).ok().and_then(|label| shares.get_mut(row * k + label)) {
                    *share = T::ONE;
                }
            }
        }

        let mut value = [T::ZERO; SEGMENT];
        let value = &mut value[..count];
        let computed = request.curve.computed(wanted);
        let grad = scratch.take(if wanted.grad { len } else { 0 });
        let hess = scratch.take(if wanted.hess { len } else { 0 });
        if all || weights.iter().any(|&weight| weight != 0.0) {
            let mut rows = Rows {
                classes: k,
                y: if job.takes_indices { Targets::Indices(indices) } else { Targets::Rows(y.numbers()) },
                x: x.numbers(),
                value: if wanted.value { &mut *value } else { &mut [] },
                grad: &mut *grad,
                hess: if computed.hess { &mut *hess } else { &mut [] },
            };
            if let Err(failure) = compute(job, &mut rows, &[x.numbers(), y.numbers()]) {
                return job.failures.record(start, failure);
            }
        }

        store(job, start, weights, parts, sum, (x.numbers(), value, grad, hess));
    }
}

/// Weighs what was computed of some rows, adds it up and writes it.
#[inline(always)]
fn store<T: Working>(
    job: &Job<'_, T>,
    start: usize,
    weights: &[f64],
    parts: &mut Parts<'_>,
    sum: &mut Tally<'_>,
    (x, value, grad, hess): (&[T], &[T], &mut [T], &mut [T]),
) {
    let (request, k, count) = (job.request, job.classes, weights.len());
    let first = start * k;
    if job.wanted.value {
        let mut numbers = [[0.0; LANES]; SEGMENT / LANES];
        let flat = &mut numbers.as_flattened_mut()[..count];
        for (number, (value, &weight)) in flat.iter_mut().zip(value.iter().zip(weights)) {
            *number = select(weight == 0.0, 0.0, value.to_f64() * weight);
        }
        match &mut parts.value {
            Some(part) if request.accumulate => part.add(start, flat),
            Some(part) => part.write(start, flat),
            None => sum.add(&numbers[..count.div_ceil(LANES)]),
        }
    }
    if let Some(part) = &mut parts.grad {
        write(part, first, grad, weights, job.factor);
    }
    if let Some(part) = &mut parts.hess {
        match request.curve {
            Curve::Constant(number) => {
                for (numbers, x) in hess.chunks_exact_mut(k).zip(x.chunks_exact(k)) {
                    numbers.fill(if has_nan(x) { T::NAN } else { T::lit(number) });
                }
            }
            Curve::Exact(factor) if factor != 1.0 => {
                for number in &mut *hess {
                    *number = *number * T::lit(factor);
                }
            }
            _ => {}
        }
        if let Some(floor) = request.min_hessian {
            for number in &mut *hess {
                *number = number.max(T::lit(floor));
            }
        }
        write(part, first, hess, weights, job.factor);
    }
}

/// Runs the program; a row with a NaN is NaN.
#[inline(always)]
fn compute<T: Working>(job: &Job<'_, T>, rows: &mut Rows<'_, T>, inputs: &[&[T]]) -> Result<(), Failure> {
    job.program.run_rows(rows)?;
    let k = job.classes;
    if !inputs.iter().any(|numbers| has_nan(numbers)) {
        return Ok(());
    }
    for row in 0..rows.x.len() / k {
        let place = row * k..(row + 1) * k;
        if inputs.iter().any(|numbers| numbers.get(place.clone()).is_some_and(has_nan)) {
            rows.value.get_mut(row).into_iter().for_each(|value| *value = T::NAN);
            for derivative in [&mut *rows.grad, &mut *rows.hess] {
                derivative.get_mut(place.clone()).unwrap_or_default().fill(T::NAN);
            }
        }
    }
    Ok(())
}

#[inline(always)]
fn has_nan<T: Float>(numbers: &[T]) -> bool {
    let mut found = T::ZERO;
    for &number in numbers {
        found = select(number.is_nan(), T::ONE, found);
    }
    found != T::ZERO
}

/// The first row that counts and is outside.
#[inline(always)]
fn outside(weights: &[f64], is_outside: impl Fn(usize) -> bool) -> Option<usize> {
    (0..weights.len()).find(|&row| weights[row] != 0.0 && is_outside(row))
}

/// The first row that counts and has a number outside of a domain.
#[inline(always)]
fn outside_domain<T: Float>(domain: Domain, numbers: &[T], weights: &[f64], k: usize) -> Option<usize> {
    if matches!(domain, Domain::Real | Domain::ClassIndex) {
        return None;
    }
    outside(weights, |row| numbers[row * k..(row + 1) * k].iter().any(|&number| domain.excludes(number)))
}

/// Puts a row that counts in the place of each that does not.
#[inline(always)]
fn replace<N: Copy>(numbers: &mut [N], weights: &[f64], counted: usize, k: usize) {
    if numbers.is_empty() {
        return;
    }
    for (row, _) in weights.iter().enumerate().filter(|(_, weight)| **weight == 0.0) {
        numbers.copy_within(counted * k..(counted + 1) * k, row * k);
    }
}

/// Weighs derivatives and writes them.
#[inline(always)]
fn write<T: Working>(part: &mut Part<'_>, first: usize, numbers: &mut [T], weights: &[f64], factor: Factor) {
    let k = numbers.len() / weights.len();
    for (row, &weight) in numbers.chunks_exact_mut(k).zip(weights) {
        let factor = factor.times(weight);
        for number in row {
            *number = select(weight == 0.0, T::ZERO, T::lit(number.to_f64() * factor));
        }
    }
    part.write(first, numbers);
}
