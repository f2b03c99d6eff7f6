//! Softmax, its logarithm and the logarithm of its denominator as functions of their own: what `predict` and `lossreg.ops` run.
//!
//! Rows of few classes are computed 64 side by side, longer ones along the row, and very wide ones in parts of which one at a time
//! is in memory. Several equal infinities at a row's maximum have no limit: its softmax is NaN, while a single one has all of it.

use super::super::blocks::{LANES, TASK};
use super::super::memory::{Operand, Part, Place, Sink, View};
use super::super::scratch::{Scratch, lend, room};
use super::super::sums::Lanes;
use super::super::tasks::over_tasks;
use super::super::transpose::{to_classes, to_rows};
use super::super::working::Working;
use super::heads::Facts;
use super::job::Scores;
use super::rows::put;
use super::softmax::{Shares, Sum, log_probability};
use super::terms::{Ahead, PART, maximum_of, position_of, terms_of};
use super::{job, narrow};
use crate::error::Error;
use crate::number::{Float, functions as f, select};
use crate::parallel::Stop;
use crate::simd::{self, Body, Level};
use std::sync::atomic::{AtomicBool, Ordering};

/// A function of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// exp(xⱼ)/Σ exp(x), ≤ 2 ULP.
    Softmax,
    /// log(exp(xⱼ)/Σ exp(x)), ≤ 2 ULP.
    LogSoftmax,
    /// log Σ exp(x), ≤ 2 ULP of it or of the row's maximum, which it may cancel.
    LogSumExp,
}

impl Function {
    /// All, by name.
    pub const NAMED: [(&'static str, Function); 3] =
        [("softmax", Function::Softmax), ("log_softmax", Function::LogSoftmax), ("logsumexp", Function::LogSumExp)];
}

/// A function over the rows of an array.
pub struct Map<'a> {
    /// The function.
    pub function: Function,
    /// Rows of classes.
    pub x: View<'a>,
    /// How many classes a row has, at least one.
    pub classes: usize,
    /// Where results go, a row or a number for each row: an array of its own, or `x` that is [`View::replaced`].
    pub out: Sink<'a>,
    /// How many threads may work, the caller among them.
    pub threads: usize,
    /// Which instructions to use.
    pub level: Level,
}

/// Applies the function.
///
/// # Errors
/// Where the caller asked to stop, or there is no memory for a row.
pub fn run<T: Working>(map: Map<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<(), Error> {
    let Map { function, x, classes, mut out, threads, level } = map;
    let work = Work { function, x: &x, classes, level };
    let (rows, narrow) = (x.len() / classes, job::is_narrow::<T>(classes));
    let width = if function == Function::LogSumExp { 1 } else { classes };
    let (group, blocks) = if narrow { (LANES, 3 * LANES) } else { (1, 2) };
    let per_task = (TASK / classes).next_multiple_of(group).max(1);
    let scratch = blocks * room(classes.min(2 * PART)) + room(LANES);
    let exhausted = AtomicBool::new(false);
    let parts = out.parts(per_task * width);
    over_tasks::<Lanes, _>(rows.div_ceil(per_task), threads, parts, interrupt, &|task, mut part, _, stop| {
        let end = rows.min((task + 1) * per_task);
        let mut batches = |scratch: &mut [T], stop: &mut Stop<'_>| {
            for start in (task * per_task..end).step_by(group) {
                let scratch = Scratch(&mut *scratch);
                if narrow {
                    let batch = SideBySide { work, start, rows: group.min(end - start), scratch, part: &mut part };
                    simd::dispatch(level, batch);
                } else {
                    work.along(start, scratch, &mut part, stop);
                }
            }
        };
        if lend::<T>(scratch, stop, &mut batches).is_none() {
            exhausted.store(true, Ordering::Relaxed);
        }
    })?;
    if exhausted.load(Ordering::Relaxed) { Err(Error::OutOfMemory) } else { Ok(()) }
}

/// What all rows share.
#[derive(Clone, Copy)]
struct Work<'a> {
    function: Function,
    x: &'a View<'a>,
    classes: usize,
    level: Level,
}

/// At most 64 rows of few classes.
struct SideBySide<'a, 'p, 'o, T> {
    work: Work<'a>,
    start: usize,
    rows: usize,
    scratch: Scratch<'a, T>,
    part: &'p mut Part<'o>,
}

impl<T: Working> Body for SideBySide<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let SideBySide { work: Work { function, x: view, classes: k, level }, start, rows, mut scratch, part } = self;
        let stage = scratch.take(LANES * k);
        let x = scratch.take(LANES * k).as_chunks_mut().0;
        let e = scratch.take(LANES * k).as_chunks_mut().0;
        let (now, beyond) = stage.split_at_mut(rows * k);
        view.read(start * k, now);
        beyond.fill(T::ONE);
        to_classes(level, stage, x);
        let mut facts = Facts::PLAIN;
        let ahead = Ahead { x: view, at: view.len(), parts: [None; 2], to: 0 };
        if narrow::terms_of(level, Scores::Raw, x, e, &mut facts, &ahead).is_err() {
            return; // of logits, none is outside of a domain
        }
        let Facts { m, rest, low, .. } = &facts;
        match function {
            Function::LogSumExp => {
                let (mut lost, mut sums) = ([T::ZERO; LANES], [T::ZERO; LANES]);
                for x in x.iter() {
                    for i in 0..LANES {
                        lost[i] = lost[i] + select(x[i].is_nan(), T::NAN, T::ZERO);
                    }
                }
                for i in 0..LANES {
                    sums[i] = Row { m: m[i], rest: rest[i], low: low[i] }.log_sum_exp(lost[i]);
                }
                return put(Place::aside(Some(part), start, &mut sums[..rows]));
            }
            Function::Softmax => {
                let shares = Shares::new(rest, low);
                for e in e.iter_mut() {
                    for i in 0..LANES {
                        e[i] = shares.q(i, e[i]);
                    }
                }
            }
            Function::LogSoftmax => {
                let mut log = [T::ZERO; LANES];
                for i in 0..LANES {
                    log[i] = log_of_sum(rest[i], low[i]);
                }
                for (x, e) in x.iter().zip(e.iter_mut()) {
                    for i in 0..LANES {
                        e[i] = log_probability::<T, true>(x[i], m[i], log[i]);
                    }
                }
            }
        }
        let mut place = Place::of(Some(part), start * k, &mut stage[..rows * k]);
        to_rows(level, e, place.numbers());
        put(place);
    }
}

impl Work<'_> {
    /// A row of many classes: its maximum, its terms where its results go, and these.
    fn along<T: Working>(self, row: usize, mut scratch: Scratch<'_, T>, part: &mut Part<'_>, stop: &mut Stop<'_>) {
        let (k, function) = (self.classes, self.function);
        if k >= 2 * PART {
            return self.in_pieces(row, scratch, part, stop);
        }
        let start = row * k;
        let x = Operand::of(self.x, start, scratch.take(k));
        if function != Function::LogSumExp {
            part.prefetch::<T>(start, k);
        }
        let mut row_of = Row { m: -T::INFINITY, rest: T::ZERO, low: T::ZERO };
        let mut place = Place::of((function != Function::LogSumExp).then_some(&mut *part), start, scratch.take(k));
        let ahead = Ahead { x: self.x, at: start + k, parts: [None; 2], to: 0 };
        let x = x.numbers();
        row_of.m = maximum_of(self.level, true, x).unwrap_or(T::NAN);
        let own = position_of(self.level, x, row_of.m);
        let sum = terms_of(self.level, Scores::Raw, x, place.numbers(), row_of.m, Some(own), &ahead);
        (row_of.rest, row_of.low) = sum.rounded(0.0);
        if function == Function::LogSumExp {
            return part.write(row, &[simd::dispatch(self.level, LogSumExp { x, lost: T::ZERO, row: row_of })]);
        }
        simd::dispatch(self.level, Results { function, x, e: place.numbers(), row: row_of });
        put(place);
    }

    /// A very wide row piece by piece, whose terms are computed twice.
    fn in_pieces<T: Working>(self, row: usize, mut scratch: Scratch<'_, T>, part: &mut Part<'_>, stop: &mut Stop<'_>) {
        let pieces = self.classes / PART;
        let longest = self.classes - (pieces - 1) * PART;
        let (x, e) = (scratch.take(longest), scratch.take(longest));
        let mut row_of = Row { m: -T::INFINITY, rest: T::ZERO, low: T::ZERO };
        let (mut lost, mut sum, mut own) = (T::ZERO, Sum::ZERO, None);
        let (level, function) = (self.level, self.function);
        let ahead = Ahead { x: self.x, at: self.x.len(), parts: [None; 2], to: 0 };
        for step in [Step::Find, Step::Add, Step::Write] {
            for piece in 0..pieces {
                // The last piece has what is left.
                let start = row * self.classes + piece * PART;
                let len = if piece + 1 == pieces { longest } else { PART };
                let (x, e) = (&mut x[..len], &mut e[..len]);
                self.x.read(start, x);
                if step != Step::Find && (step == Step::Add || function == Function::Softmax) {
                    let place = (own == Some(piece)).then(|| position_of(level, x, row_of.m));
                    sum = sum.plus(terms_of(level, Scores::Raw, x, e, row_of.m, place, &ahead));
                }
                match step {
                    Step::Find => {
                        let m = maximum_of(level, true, x).unwrap_or(T::NAN);
                        lost = if function == Function::LogSumExp { lost + self::lost(x) } else { lost };
                        own = if m > row_of.m { Some(piece) } else { own.or(Some(piece)) };
                        row_of.m = row_of.m.max(m);
                    }
                    Step::Add => {}
                    Step::Write => {
                        simd::dispatch(level, Results { function, x, e: &mut *e, row: row_of });
                        put(Place::aside(Some(&mut *part), start, e));
                    }
                }
                if stop() {
                    return;
                }
            }
            if step == Step::Add {
                (row_of.rest, row_of.low) = sum.rounded(0.0);
                if self.function == Function::LogSumExp {
                    return part.write(row, &[simd::dispatch(level, LogSumExp { x: &[], lost, row: row_of })]);
                }
            }
        }
    }
}

/// What is done to a piece of a row.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Its maximum is looked for.
    Find,
    /// Its terms against the row's maximum are added up.
    Add,
    /// Its results are computed.
    Write,
}

/// The results of a row or a piece of it, from its terms where they matter.
struct Results<'a, T> {
    function: Function,
    x: &'a [T],
    e: &'a mut [T],
    row: Row<T>,
}

impl<T: Working> Body for Results<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        self.row.apply(self.function, self.x, self.e);
    }
}

/// The only result of a whole row, given its numbers or what [`lost`] is of them.
struct LogSumExp<'a, T> {
    x: &'a [T],
    lost: T,
    row: Row<T>,
}

impl<T: Working> Body for LogSumExp<'_, T> {
    type Output = T;

    #[inline(always)]
    fn run(self) -> T {
        self.row.log_sum_exp(self.lost + lost(self.x))
    }
}

/// What the results of a row take besides its numbers and their terms.
#[derive(Clone, Copy)]
struct Row<T> {
    m: T,
    rest: T,
    low: T,
}

impl<T: Float> Row<T> {
    /// Results in the place of the terms.
    #[inline(always)]
    fn apply(self, function: Function, x: &[T], e: &mut [T]) {
        if function == Function::Softmax {
            let shares = Shares::new(&[self.rest], &[self.low]);
            for e in e {
                *e = shares.q(0, *e);
            }
        } else {
            let log = log_of_sum(self.rest, self.low);
            for (x, e) in x.iter().zip(e) {
                *e = log_probability::<T, true>(*x, self.m, log);
            }
        }
    }

    /// m + log(1 + rest); an infinite maximum is the sum, unless a number is NaN, as `lost` is then.
    #[inline(always)]
    fn log_sum_exp(self, lost: T) -> T {
        select(self.m.abs() == T::INFINITY, self.m + lost, self.m + log_of_sum(self.rest, self.low))
    }
}

/// log(1 + rest), `low` being what rounding took from rest.
#[inline(always)]
fn log_of_sum<T: Float>(rest: T, low: T) -> T {
    let log = f::log1p(rest);
    select(low == T::ZERO, log, log + low / (T::ONE + rest))
}

/// NaN where one of the numbers is, otherwise 0.
#[inline(always)]
fn lost<T: Float>(x: &[T]) -> T {
    let mut lost = [T::ZERO; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        for i in 0..LANES {
            lost[i] = lost[i] + select(block[i].is_nan(), T::NAN, T::ZERO);
        }
    }
    if lost.iter().chain(rest).any(|x| x.is_nan()) { T::NAN } else { T::ZERO }
}
