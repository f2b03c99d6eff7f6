//! The numbers of an array between two others, and the weight of those below: by these a quantile of many numbers is selected.

use super::blocks::{SEGMENT, TASK};
use super::memory::View;
use super::sums::Lanes;
use super::tasks::over_tasks;
use crate::error::Error;
use crate::number::select;
use crate::simd::{self, Body, Level};
use std::iter::repeat;
use std::sync::{Mutex, PoisonError};

/// Numbers with their weights.
pub struct Weighted<'a> {
    /// The numbers.
    pub numbers: View<'a>,
    /// Their weights; 1 each where there are none.
    pub weights: Option<View<'a>>,
    /// How many threads may work, the caller among them.
    pub threads: usize,
    /// Which instructions to use.
    pub level: Level,
}

/// What lies between two numbers, these included, in the order of the array.
#[derive(Default)]
pub struct Between {
    /// The numbers.
    pub numbers: Vec<f64>,
    /// Their weights, where there are weights.
    pub weights: Vec<f64>,
    /// The weight of the numbers below.
    pub below: f64,
}

impl Weighted<'_> {
    /// What lies between two numbers.
    ///
    /// # Errors
    /// Where the caller asked to stop, or there is no memory.
    pub fn between(&self, low: f64, high: f64, interrupt: &mut dyn FnMut() -> bool) -> Result<Between, Error> {
        let (len, parts) = (self.numbers.len(), Mutex::new(Vec::new()));
        over_tasks::<Lanes, ()>(len.div_ceil(TASK), self.threads, repeat(()), interrupt, &|task, (), _, _| {
            let (begin, end) = (task * TASK, len.min((task + 1) * TASK));
            let mut found = Some(Between::default());
            for start in (begin..end).step_by(SEGMENT) {
                let count = SEGMENT.min(end - start);
                let segment = Segment { of: self, start, count, low, high };
                found = found.and_then(|found| simd::dispatch(self.level, segment).onto(found));
            }
            parts.lock().unwrap_or_else(PoisonError::into_inner).push((task, found));
        })?;
        let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts.sort_unstable_by_key(|(task, _)| *task);
        let mut all = Between::default();
        for (_, part) in parts {
            let part = part.ok_or(Error::OutOfMemory)?;
            all = append(all, &part.numbers, &part.weights, part.below).ok_or(Error::OutOfMemory)?;
        }
        Ok(all)
    }
}

/// More of the same; none where there is no memory.
fn append(mut all: Between, numbers: &[f64], weights: &[f64], below: f64) -> Option<Between> {
    all.numbers.try_reserve(numbers.len()).ok()?;
    all.weights.try_reserve(weights.len()).ok()?;
    all.numbers.extend_from_slice(numbers);
    all.weights.extend_from_slice(weights);
    all.below += below;
    Some(all)
}

struct Segment<'a> {
    of: &'a Weighted<'a>,
    start: usize,
    count: usize,
    low: f64,
    high: f64,
}

/// What was found of a segment, at the front of the arrays.
struct Found {
    numbers: [f64; SEGMENT],
    weights: [f64; SEGMENT],
    count: usize,
    weighted: bool,
    below: f64,
}

impl Found {
    fn onto(&self, all: Between) -> Option<Between> {
        let weights = if self.weighted { &self.weights[..self.count] } else { &[] };
        append(all, &self.numbers[..self.count], weights, self.below)
    }
}

impl Body for Segment<'_> {
    type Output = Found;

    #[inline(always)]
    fn run(self) -> Found {
        let Segment { of, start, count, low, high } = self;
        let (mut numbers, mut weights) = ([0.0; SEGMENT], [1.0; SEGMENT]);
        of.numbers.read(start, &mut numbers[..count]);
        if let Some(view) = &of.weights {
            view.read(start, &mut weights[..count]);
        }
        let (mut at, mut below) = (0, 0.0);
        for i in 0..count {
            // Written over by the next one unless it is kept: no branch depends on the numbers.
            let (number, weight) = (numbers[i], weights[i]);
            (numbers[at], weights[at]) = (number, weight);
            at += usize::from((low <= number) & (number <= high));
            below += select(number < low, weight, 0.0);
        }
        Found { numbers, weights, count: at, weighted: of.weights.is_some(), below }
    }
}
