//! A request of a loss of sets: which tasks there are, and what each does.

use super::super::blocks::{LANES, SEGMENT, TASK};
use super::super::family::Work;
use super::super::memory::View;
use super::super::offence::Offence;
use super::super::passes::{Pass, Purpose, settle};
use super::super::request::{Outputs, Parts};
use super::super::sums::{Accumulator, Lanes, Tally};
use super::super::tasks::over_tasks;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::given::{FAINT, Given, PLAIN, Reading, Solved, Way};
use super::kernels::{Kernels, Totals};
use super::piece::Piece;
use crate::error::Error;
use crate::families::Whole;
use std::ops::Range;

/// A request, worked out for a purpose.
pub struct Job<'a> {
    given: Given<'a>,
    work: Work<'a>,
    /// How many elements a set has.
    size: usize,
    offence: Offence,
}

/// Sums of squares that are exact to their last place, whichever products underflow.
const SAFE: Range<f64> = 1e-120..1e120;

impl<'a> Job<'a> {
    pub fn new(work: Work<'a>, kernels: Kernels) -> Self {
        let (given, size) = (Given::of(work.request, kernels), work.request.classes.max(1));
        Job { given, work, size, offence: Offence::default() }
    }

    fn sets(&self) -> usize {
        self.given.request.losses()
    }

    /// Of sets from one on: what derivatives and what values are multiplied by.
    fn factors(&self, set: usize, scale: &mut [f64], weight: &mut [f64]) {
        weight.fill(1.0);
        if let Some(view) = &self.given.request.weight {
            view.read(set, weight);
        }
        self.work.counted.read(set, scale);
        for (scale, weight) in scale.iter_mut().zip(weight) {
            *weight = if *scale == 0.0 { 0.0 } else { *weight };
            *scale = self.work.factor.times(*weight);
        }
    }

    /// The loss of a set from its sums.
    ///
    /// Where these leave their range it is read again, multiplied by powers of two or with other logits, to the piece from `at` on; and
    /// once more where they have lost what matters.
    fn solve(&self, set: usize, totals: Totals, [scale, weight]: [f64; 2], piece: &mut Piece<'_>, at: usize) -> Solved {
        let sums = |totals: Totals| totals.map(|(sum, low)| sum + low);
        let (mut found, mut way, kernels) = (sums(totals), self.given.way(), &self.given.kernels);
        if kernels.scale_free && !(SAFE.contains(&found[1]) && SAFE.contains(&found[2])) {
            way.reading = Reading { factors: self.rescaling(set), ..PLAIN };
            found = sums(self.totals(set, 0..self.size, &way, piece, at));
        }
        if found[2] < SAFE.start && self.given.raw && (kernels.faint)(self.given.constants) {
            way.reading = Reading { from: self.brightest(set), ..PLAIN };
            found = sums(self.totals(set, 0..self.size, &way, piece, at));
        }
        if let Some(constants) = (kernels.constants_near)(self.given.constants, found) {
            way = Way { code: kernels.near, constants, ..way };
            found = sums(self.totals(set, 0..self.size, &way, piece, at));
        }
        Solved { whole: (way.code.whole)(self.given.request.level, &way.constants, found), way, scale, weight }
    }

    /// Powers of two that bring the largest target and the largest prediction of a set near 1; 1 where there are none.
    fn rescaling(&self, set: usize) -> [f64; 2] {
        [&self.given.request.y, &self.given.request.x].map(|view| {
            let largest = self.largest(set, view, 0.0, f64::abs);
            let exponent = (largest.log2().floor() as i32).max(-1022);
            if largest == 0.0 || !largest.is_finite() { 1.0 } else { 2f64.powi(-exponent) }
        })
    }

    /// The logit of a set from which all are moved, so that each is exact where it ends: the largest, without its fraction. None where
    /// it is not faint, and sums are small because targets or prices are.
    fn brightest(&self, set: usize) -> Option<f64> {
        let largest = self.largest(set, &self.given.request.x, f64::NEG_INFINITY, |logit| logit);
        (largest.is_finite() && largest < FAINT).then(|| largest.floor())
    }

    /// The largest of what a set's numbers are as something, or of that.
    fn largest(&self, set: usize, view: &View<'_>, or: f64, of: fn(f64) -> f64) -> f64 {
        let (mut largest, mut number) = (or, [0.0f64; LANES]);
        for start in (set * self.size..(set + 1) * self.size).step_by(LANES) {
            let number = &mut number[..LANES.min((set + 1) * self.size - start)];
            view.read(start, number);
            largest = number.iter().fold(largest, |largest, &number| largest.max(of(number)));
        }
        largest
    }

    /// The sums over elements of a set.
    fn totals(&self, set: usize, some: Range<usize>, way: &Way, piece: &mut Piece<'_>, at: usize) -> Totals {
        let mut totals = way.code.nothing();
        for start in some.clone().step_by(SEGMENT) {
            let which = at..at + SEGMENT.min(some.end - start);
            piece.read(&self.given, set * self.size + start, which.clone(), way.reading);
            if let Some((at, in_target)) = piece.outside(&self.given, which.clone()) {
                self.offence.record(set * self.size + start + at, in_target);
            }
            if self.work.purpose != Purpose::Look {
                (way.code.add)(self.given.request.level, &way.constants, piece.elements(which), &mut totals);
            }
        }
        totals
    }

    /// A set's value times its weight, rounded as its dtype is.
    fn value(&self, solved: &Solved) -> f64 {
        let Solved { whole: Whole { value, .. }, weight, .. } = *solved;
        let value = if self.work.single { f64::from(value as f32) } else { value };
        if weight == 0.0 { 0.0 } else { value * weight }
    }

    fn derives(&self) -> bool {
        let Wanted { grad, hess, .. } = self.work.purpose.wanted();
        grad || hess
    }

    /// Derivatives that were computed, where they go.
    fn store(start: usize, [grad, hess]: [&mut [f64]; 2], parts: &mut Parts<'_>) {
        if let Some(part) = &mut parts.grad {
            part.write(start, grad);
        }
        if let Some(part) = &mut parts.hess {
            part.write(start, hess);
        }
    }

    /// Sets from one on that fit into a segment together.
    fn together(&self, first: usize, sets: usize, piece: &mut Piece<'_>, parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
        let (size, len) = (self.size, sets * self.size);
        let (mut scale, mut weight, mut values) = ([0.0; SEGMENT], [0.0; SEGMENT], [0.0; SEGMENT]);
        self.factors(first, &mut scale[..sets], &mut weight[..sets]);
        piece.read(&self.given, first * size, 0..len, PLAIN);
        for i in 0..sets {
            let which = i * size..(i + 1) * size;
            if weight[i] == 0.0 {
                piece.derivatives(len).into_iter().for_each(|derivatives| derivatives[which.clone()].fill(0.0));
                continue;
            }
            if let Some((at, in_target)) = piece.outside(&self.given, which.clone()) {
                return self.offence.record((first + i) * size + at, in_target);
            }
            if self.work.purpose == Purpose::Look {
                continue;
            }
            let mut totals = self.given.kernels.own.nothing();
            let level = self.given.request.level;
            (self.given.kernels.own.add)(level, self.given.constants, piece.elements(which.clone()), &mut totals);
            let solved = self.solve(first + i, totals, [scale[i], weight[i]], piece, which.start);
            values[i] = self.value(&solved);
            if self.derives() {
                piece.derive(&self.given, &solved, which);
            }
        }
        if self.work.purpose.wanted().value {
            settle(first, &values[..sets], parts, sum);
        }
        if self.derives() {
            Job::store(first * size, piece.derivatives(len), parts);
        }
    }

    /// Sets that fit into a segment each.
    fn small<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        let (together, sets) = (SEGMENT / self.size, self.sets());
        let per_task = together * (TASK / SEGMENT);
        let parts = outputs.parts(per_task, self.size);
        let threads = self.given.request.threads;
        over_tasks::<A, _>(sets.div_ceil(per_task), threads, parts, interrupt, &|task, mut parts, sum, _| {
            self.sets_of(task * per_task..sets.min((task + 1) * per_task), together, &mut parts, sum);
        })
    }

    /// The sets of a task, so many at a time.
    fn sets_of(&self, sets: Range<usize>, together: usize, parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
        f64::buffers().with_borrow_mut(|buffers| {
            let piece = &mut Piece::of(buffers);
            for first in sets.clone().step_by(together) {
                self.together(first, together.min(sets.end - first), piece, parts, sum);
            }
        });
    }

    /// Sets that are divided among tasks.
    fn large(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
        sum: &mut Tally<'_>,
    ) -> Result<(), Error> {
        let (size, sets, threads) = (self.size, self.sets(), self.given.request.threads);
        let tasks = size.div_ceil(TASK);
        let mut factors = room(sets, (0.0, 0.0))?;
        for (set, (scale, weight)) in factors.iter_mut().enumerate() {
            self.factors(set, std::slice::from_mut(scale), std::slice::from_mut(weight));
        }
        let mut totals = room(sets * tasks, Totals::default())?;
        over_tasks::<Lanes, _>(sets * tasks, threads, totals.iter_mut(), interrupt, &|task, totals, _, _| {
            let (set, from) = (task / tasks, task % tasks * TASK);
            if factors[set].1 != 0.0 {
                f64::buffers().with_borrow_mut(|buffers| {
                    let piece = &mut Piece::of(buffers);
                    *totals = self.totals(set, from..size.min(from + TASK), &self.given.way(), piece, 0);
                });
            }
        })?;
        if self.work.purpose == Purpose::Look || self.offence.first().is_some() {
            return Ok(());
        }
        let nothing = Solved { whole: Whole::constant(0.0), way: self.given.way(), scale: 0.0, weight: 0.0 };
        let mut solved = room(sets, nothing)?;
        let mut values = outputs.value.take();
        let mut part = Parts { value: values.as_mut().and_then(|sink| sink.parts(sets).next()), ..Parts::default() };
        for (set, solved) in solved.iter_mut().enumerate() {
            let (scale, weight) = factors[set];
            if weight != 0.0 {
                let own = &self.given.kernels.own;
                let mut total = own.nothing();
                for part in &totals[set * tasks..(set + 1) * tasks] {
                    own.join(&mut total, part);
                }
                *solved = f64::buffers()
                    .with_borrow_mut(|buffers| self.solve(set, total, [scale, weight], &mut Piece::of(buffers), 0));
            }
            if self.work.purpose.wanted().value {
                settle(set, &[self.value(solved)], &mut part, sum);
            }
        }
        if self.derives() {
            let (len, parts) = (self.given.request.x.len(), outputs.parts(TASK, 1));
            over_tasks::<Lanes, _>(len.div_ceil(TASK), threads, parts, interrupt, &|task, mut parts, _, _| {
                let (mut start, end) = (task * TASK, len.min((task + 1) * TASK));
                f64::buffers().with_borrow_mut(|buffers| {
                    let piece = &mut Piece::of(buffers);
                    while start < end {
                        let set = start / size;
                        let count = SEGMENT.min(end - start).min((set + 1) * size - start);
                        self.stretch(&solved[set], start, count, piece, &mut parts);
                        start += count;
                    }
                });
            })?;
        }
        Ok(())
    }

    /// The derivatives of some elements of one set.
    fn stretch(&self, solved: &Solved, start: usize, count: usize, piece: &mut Piece<'_>, parts: &mut Parts<'_>) {
        if solved.weight == 0.0 {
            piece.derivatives(count).into_iter().for_each(|derivatives| derivatives.fill(0.0));
        } else {
            piece.read(&self.given, start, 0..count, solved.way.reading);
            piece.derive(&self.given, solved, 0..count);
        }
        Job::store(start, piece.derivatives(count), parts);
    }
}

/// Memory for so many of something.
fn room<T: Clone>(count: usize, of: T) -> Result<Vec<T>, Error> {
    let mut room = Vec::new();
    room.try_reserve_exact(count).map_err(|_| Error::OutOfMemory)?;
    room.resize(count, of);
    Ok(room)
}

impl Pass for Job<'_> {
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        if self.size <= SEGMENT {
            return self.small::<A>(outputs, interrupt);
        }
        let mut accumulator = A::empty();
        self.large(outputs, interrupt, &mut accumulator.tally())?;
        Ok(accumulator.sum())
    }

    fn verdict(&self) -> Result<(), Error> {
        let Some((index, in_target)) = self.offence.first() else { return Ok(()) };
        let request = self.given.request;
        let (argument, view, domain) = if in_target {
            (request.names.0, &request.y, self.given.target)
        } else {
            (request.names.1, &request.x, self.given.prediction)
        };
        let mut value = [0.0];
        view.read(index, &mut value);
        Err(Error::Domain { argument, index, value: value[0], wanted: domain.wanted().to_owned() })
    }
}
