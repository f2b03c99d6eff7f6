//! Softmax, its logarithm and the logarithm of its denominator as functions of their own: what `predict` and `lossreg.ops` run.
//!
//! Rows of few classes are computed 64 side by side, longer ones along the row, and one that is longer than a task in parts that
//! threads share. Several equal infinities at a row's maximum have no limit: its softmax is NaN, while a single one has all of it.

use super::super::blocks::{LANES, TASK};
use super::super::memory::{Part, Parts, Sink, View};
use super::super::working::Working;
use super::heads::Facts;
use super::scratch::{Scratch, lend, room};
use super::softmax::{Maximum, Sum, Whole, log_probability};
use super::transpose::{to_classes, to_rows};
use super::{is_narrow, narrow, wide};
use crate::error::Error;
use crate::number::{Float, functions as f, select};
use crate::parallel::{Outcome, for_each_task};
use crate::simd::{self, Body, Level};
use std::sync::{Mutex, PoisonError};

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
    /// Where results go, a row or a number for each row: an array of its own, or `x` itself.
    pub out: Sink<'a>,
    /// How many threads may work, the caller among them.
    pub threads: usize,
    /// Which instructions to use.
    pub level: Level,
}

/// Classes in a part of a row that is divided.
const PART: usize = 16 * wide::BLOCK;

/// Applies the function.
///
/// # Errors
/// Where the caller asked to stop, or there is no memory for a row.
pub fn run<T: Working>(map: Map<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<(), Error> {
    let Map { function, x, classes, out, threads, level } = map;
    let work = Work { function, x: &x, classes, level };
    let (rows, width) = (x.len() / classes, if function == Function::LogSumExp { 1 } else { classes });
    if classes >= 2 * PART {
        let pieces = if width == 1 { 1 } else { classes / PART };
        let out = Parts::new(out, (0..rows * pieces).map(|i| i / pieces * width + i % pieces * PART));
        return (0..rows).try_for_each(|row| work.divided::<T>(row, &out, threads, interrupt));
    }
    let narrow = is_narrow::<T>(classes);
    let (group, blocks) = if narrow { (LANES, 3 * LANES) } else { (1, 2) };
    let out = Parts::of_size(out, (TASK / classes).next_multiple_of(group).max(1) * width);
    let done = each_task(out.count(), threads, interrupt, |task| {
        let mut part = out.take(task);
        let (first, end) = (part.range().start / width, part.range().end / width);
        lend(blocks * room(classes) + room(LANES), |scratch: &mut [T]| {
            for start in (first..end).step_by(group) {
                let scratch = Scratch(&mut *scratch);
                let batch = Batch { work, start, rows: group.min(end - start), scratch, part: &mut part };
                simd::dispatch(level, batch);
            }
        })
    });
    done.map(|_| ())
}

/// The results of tasks in their order, `None` being a want of memory.
fn each_task<R: Send>(
    tasks: usize,
    threads: usize,
    interrupt: &mut dyn FnMut() -> bool,
    work: impl Fn(usize) -> Option<R> + Sync,
) -> Result<Vec<R>, Error> {
    let results: Vec<Mutex<Option<R>>> = (0..tasks).map(|_| Mutex::new(None)).collect();
    let outcome = for_each_task(tasks, threads, interrupt, &|task| {
        let result = work(task);
        *results[task].lock().unwrap_or_else(PoisonError::into_inner) = result;
    });
    if outcome == Outcome::Interrupted {
        return Err(Error::Interrupted);
    }
    let results = results.into_iter().map(|result| result.into_inner().unwrap_or_else(PoisonError::into_inner));
    results.collect::<Option<_>>().ok_or(Error::OutOfMemory)
}

/// What all rows share.
#[derive(Clone, Copy)]
struct Work<'a> {
    function: Function,
    x: &'a View<'a>,
    classes: usize,
    level: Level,
}

/// Some rows of a task: 64 of few classes, or one.
struct Batch<'a, 'p, 'o, T> {
    work: Work<'a>,
    start: usize,
    rows: usize,
    scratch: Scratch<'a, T>,
    part: &'p mut Part<'o>,
}

impl<T: Working> Body for Batch<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        if is_narrow::<T>(self.work.classes) { self.side_by_side() } else { self.along() }
    }
}

impl<T: Working> Batch<'_, '_, '_, T> {
    #[inline(always)]
    fn side_by_side(mut self) {
        let Work { function, x: view, classes: k, .. } = self.work;
        let stage = self.scratch.take(LANES * k);
        let x = self.scratch.take(LANES * k).as_chunks_mut().0;
        let e = self.scratch.take(LANES * k).as_chunks_mut().0;
        let (now, beyond) = stage.split_at_mut(self.rows * k);
        view.read(self.start * k, now);
        beyond.fill(T::ONE);
        to_classes(stage, x);
        let mut facts = Facts::PLAIN;
        narrow::terms::<T, true>(x, e, &mut facts, |_, _| {});
        let Facts { m, rest, low, .. } = &facts;
        if function == Function::LogSumExp {
            let (mut lost, mut sums) = ([T::ZERO; LANES], [T::ZERO; LANES]);
            for x in x.iter() {
                for i in 0..LANES {
                    lost[i] = select(x[i].is_nan(), T::NAN, lost[i]);
                }
            }
            for i in 0..LANES {
                sums[i] = log_sum_exp(m[i], rest[i], low[i], lost[i]);
            }
            return self.part.write(self.start, &sums[..self.rows]);
        }
        if function == Function::Softmax {
            let whole: [Whole<T>; LANES] = std::array::from_fn(|i| Whole::new(rest[i], low[i]));
            for e in e.iter_mut() {
                for i in 0..LANES {
                    e[i] = whole[i].divide(e[i]);
                }
            }
        } else {
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
        let out = &mut stage[..self.rows * k];
        to_rows(e, out);
        self.part.write(self.start * k, out);
    }

    #[inline(always)]
    fn along(mut self) {
        let Work { function, x: view, classes: k, .. } = self.work;
        let (x, e) = (self.scratch.take(k), self.scratch.take(k));
        view.read(self.start * k, x);
        let m = maximum(x);
        let mut sum = Sum::ZERO;
        let own = Some(wide::position(x, m));
        wide::terms::<T, true>(x, e, Maximum::new(m), own, |_| {}, |block| sum = sum.plus(block));
        let row = Row::new(m, sum);
        if function == Function::LogSumExp {
            self.part.write(self.start, &[row.log_sum_exp(lost(x))]);
        } else {
            row.apply(function, x, e);
            self.part.write(self.start * k, e);
        }
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
    fn new(m: T, sum: Sum) -> Self {
        let (rest, low) = sum.rounded(0.0);
        Row { m, rest, low }
    }

    /// Results in the place of the terms.
    #[inline(always)]
    fn apply(self, function: Function, x: &[T], e: &mut [T]) {
        if function == Function::Softmax {
            let whole = Whole::new(self.rest, self.low);
            for e in e {
                *e = whole.divide(*e);
            }
        } else {
            let log = log_of_sum(self.rest, self.low);
            for (x, e) in x.iter().zip(e) {
                *e = log_probability::<T, true>(*x, self.m, log);
            }
        }
    }

    /// `lost`: NaN where a number of the row is.
    fn log_sum_exp(self, lost: T) -> T {
        log_sum_exp(self.m, self.rest, self.low, lost)
    }
}

/// The maximum of a row or of a part of one.
#[inline(always)]
fn maximum<T: Float>(x: &[T]) -> T {
    wide::maximum::<T, true>(x).unwrap_or(T::NAN)
}

/// NaN where one of the numbers is, otherwise 0.
#[inline(always)]
fn lost<T: Float>(x: &[T]) -> T {
    let mut lost = [T::ZERO; LANES];
    let (blocks, rest) = x.as_chunks::<LANES>();
    for block in blocks {
        for i in 0..LANES {
            lost[i] = select(block[i].is_nan(), T::NAN, lost[i]);
        }
    }
    if lost.iter().chain(rest).any(|x| x.is_nan()) { T::NAN } else { T::ZERO }
}

/// log(1 + rest), `low` being what rounding took from rest.
#[inline(always)]
fn log_of_sum<T: Float>(rest: T, low: T) -> T {
    let log = f::log1p(rest);
    select(low == T::ZERO, log, log + low / (T::ONE + rest))
}

/// m + log(1 + rest); an infinite maximum is the sum, unless a number is NaN.
#[inline(always)]
fn log_sum_exp<T: Float>(m: T, rest: T, low: T, lost: T) -> T {
    select(m.abs() == T::INFINITY, m + lost, m + log_of_sum(rest, low))
}

// ---------------------------------------------------------------------------------------------------- divided rows

impl Work<'_> {
    /// One row in parts: its maximum, then the sum of its terms, then the results, for which the terms are computed again.
    fn divided<T: Working>(
        self,
        row: usize,
        out: &Parts<'_>,
        threads: usize,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<(), Error> {
        let pieces = self.classes / PART;
        let run = |piece: usize, step: Step<T>| {
            // The last piece has what is left.
            let end = if piece + 1 == pieces { self.classes } else { (piece + 1) * PART };
            let (start, len) = (row * self.classes + piece * PART, end - piece * PART);
            lend(2 * room(len), |scratch| {
                let mut scratch = Scratch(scratch);
                let (x, e) = (scratch.take(len), scratch.take(len));
                self.x.read(start, x);
                let out = matches!(step, Step::Write(_)).then(|| out.take(row * pieces + piece));
                simd::dispatch(self.level, Piece { function: self.function, start, x, e, step, out })
            })
        };
        let found = each_task(pieces, threads, interrupt, |piece| run(piece, Step::Find))?;
        let m = found.iter().fold(-T::INFINITY, |m, found| m.max(found.m));
        let own = found.iter().position(|found| found.m == m);
        let sums = each_task(pieces, threads, interrupt, |piece| run(piece, Step::Add(m, own == Some(piece))))?;
        let sum = sums.iter().flat_map(|found| &found.sums).fold(Sum::ZERO, |sum, &block| sum.plus(block));
        let whole = Row::new(m, sum);
        if self.function == Function::LogSumExp {
            let lost = found.iter().fold(T::ZERO, |lost, found| lost + found.lost);
            out.take(row).write(row, &[whole.log_sum_exp(lost)]);
            return Ok(());
        }
        each_task(pieces, threads, interrupt, |piece| run(piece, Step::Write(whole))).map(|_| ())
    }
}

/// What is done to a piece of a row.
#[derive(Clone, Copy)]
enum Step<T> {
    /// Its maximum is looked for.
    Find,
    /// Its terms against this maximum are added up; the first maximum's own is left out if it is here.
    Add(T, bool),
    /// Its results are written.
    Write(Row<T>),
}

/// What comes of it.
struct Found<T> {
    m: T,
    lost: T,
    sums: Vec<Sum>,
}

struct Piece<'a, 'o, T> {
    function: Function,
    start: usize,
    x: &'a [T],
    e: &'a mut [T],
    step: Step<T>,
    out: Option<Part<'o>>,
}

impl<T: Working> Body for Piece<'_, '_, T> {
    type Output = Found<T>;

    #[inline(always)]
    fn run(self) -> Found<T> {
        let Piece { function, start, x, e, step, out } = self;
        let mut found = Found { m: T::NAN, lost: T::ZERO, sums: Vec::new() };
        match step {
            Step::Find => (found.m, found.lost) = (maximum(x), lost(x)),
            Step::Add(m, own) => {
                let own = own.then(|| wide::position(x, m));
                wide::terms::<T, true>(x, e, Maximum::new(m), own, |_| {}, |sum| found.sums.push(sum));
            }
            Step::Write(row) => {
                if function == Function::Softmax {
                    // The first maximum's own term is that of any finite one; where it is infinite, none but it is 1.
                    wide::terms::<T, true>(x, e, Maximum::new(row.m), None, |_| {}, |_| {});
                    if row.m.abs() == T::INFINITY {
                        for (e, &x) in e.iter_mut().zip(x) {
                            *e = select(x == row.m, T::ONE, *e);
                        }
                    }
                }
                row.apply(function, x, e);
                if let Some(mut out) = out {
                    out.write(start, e);
                }
            }
        }
        found
    }
}
