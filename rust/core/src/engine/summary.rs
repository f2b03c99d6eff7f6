//! What start values need to know of targets: their weighted mean, correctly rounded, and what kinds of numbers there are.
//!
//! All is taken from float64 numbers in as many passes as there are sums, each with the certificate of the engine's sums and an
//! exact one where that cannot tell. What is masked or has a weight of 0 adds nothing, whatever it holds.

use super::blocks::{LANES, SEGMENT, TASK};
use super::memory::View;
use super::sums::{Accumulator, Exact, Lanes, Partial, Tally};
use super::tasks::over_tasks;
use crate::error::Error;
use crate::number::{Float, select};
use crate::simd::{self, Body, Level};
use std::iter::repeat;
use std::sync::{Mutex, PoisonError};

/// Targets with their weights and their mask.
pub struct Targets<'a> {
    /// Targets.
    pub y: View<'a>,
    /// Their weights.
    pub weight: Option<View<'a>>,
    /// Which of them count (0: not).
    pub mask: Option<View<'a>>,
    /// How many threads may work, the caller among them.
    pub threads: usize,
    /// Which instructions to use.
    pub level: Level,
}

/// What there is to know about targets.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// The sum of the weights.
    pub weight: f64,
    /// The weighted mean.
    pub mean: f64,
    /// The weighted mean of the labels, −1 being 0, and that of 1 minus them: neither loses its digits to the other.
    pub positive: f64,
    /// See above.
    pub negative: f64,
    /// What is among the unmasked targets.
    pub seen: Seen,
}

/// What is among some numbers.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The least; infinite if there is none.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// A −1.
    pub minus_one: bool,
    /// A 0.
    pub zero: bool,
    /// What is none of −1, 0 and 1.
    pub other: bool,
}

impl Seen {
    const NOTHING: Seen =
        Seen { low: f64::INFINITY, high: f64::NEG_INFINITY, minus_one: false, zero: false, other: false };

    fn join(&mut self, other: Seen) {
        self.low = self.low.min(other.low);
        self.high = self.high.max(other.high);
        self.minus_one |= other.minus_one;
        self.zero |= other.zero;
        self.other |= other.other;
    }
}

/// What is added up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Term {
    Weight,
    Target,
    Positive,
    Negative,
}

impl Targets<'_> {
    /// Summarises the targets; those of labels as well where they are wanted.
    ///
    /// # Errors
    /// Where the caller asked to stop, or there is no memory.
    pub fn summary(&self, labels: bool, interrupt: &mut dyn FnMut() -> bool) -> Result<Summary, Error> {
        let seen = Mutex::new(Seen::NOTHING);
        let target = self.sum::<Lanes>(Term::Target, Some(&seen), interrupt)?;
        let plain = self.weight.is_none() && self.mask.is_none();
        let weight =
            if plain { Partial::from(self.y.len() as f64) } else { self.sum::<Lanes>(Term::Weight, None, interrupt)? };
        let (mut positives, mut negatives) = (Partial::ZERO, Partial::ZERO);
        if labels {
            positives = self.sum::<Lanes>(Term::Positive, None, interrupt)?;
            negatives = self.sum::<Lanes>(Term::Negative, None, interrupt)?;
        }
        let mut mean = |term: Term, sum: Partial| {
            if let Some(mean) = sum.over(weight) {
                return Ok(mean);
            }
            let exact = self.sum::<Exact>(term, None, interrupt)?;
            Ok::<_, Error>(exact.over(&self.sum::<Exact>(Term::Weight, None, interrupt)?))
        };
        let mean_target = mean(Term::Target, target)?;
        let (mut positive, mut negative) = (f64::NAN, f64::NAN);
        if labels {
            positive = mean(Term::Positive, positives)?;
            negative = mean(Term::Negative, negatives)?;
        }
        let weight = match weight.rounded() {
            Some(weight) => weight,
            None => self.sum::<Exact>(Term::Weight, None, interrupt)?.rounded(),
        };
        let seen = *seen.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(Summary { weight, mean: mean_target, positive, negative, seen })
    }

    fn sum<A: Accumulator>(
        &self,
        term: Term,
        seen: Option<&Mutex<Seen>>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error> {
        over_tasks::<A, ()>(self.y.len().div_ceil(TASK), self.threads, repeat(()), interrupt, &|task, (), sum, _| {
            let (begin, end) = (task * TASK, self.y.len().min((task + 1) * TASK));
            let mut found = Seen::NOTHING;
            let mut block =
                Numbers { y: [[0.0; LANES]; BLOCKS], weight: [[1.0; LANES]; BLOCKS], mask: [[1.0; LANES]; BLOCKS] };
            for start in (begin..end).step_by(SEGMENT) {
                let count = SEGMENT.min(end - start);
                self.read(start, count, term, &mut block);
                let looks = seen.is_some();
                let segment = Segment { numbers: &mut block, term, looks, sum: &mut *sum };
                found.join(simd::dispatch(self.level, segment));
            }
            if let Some(seen) = seen {
                seen.lock().unwrap_or_else(PoisonError::into_inner).join(found);
            }
        })
    }

    /// Reads a segment; what is beyond its end is masked.
    fn read(&self, start: usize, count: usize, term: Term, numbers: &mut Numbers) {
        if term != Term::Weight {
            self.y.read(start, &mut numbers.y.as_flattened_mut()[..count]);
        }
        if let Some(weight) = &self.weight {
            weight.read(start, &mut numbers.weight.as_flattened_mut()[..count]);
        }
        if let Some(mask) = &self.mask {
            mask.read(start, &mut numbers.mask.as_flattened_mut()[..count]);
        }
        numbers.mask.as_flattened_mut()[count..].fill(0.0);
    }
}

const BLOCKS: usize = SEGMENT / LANES;

struct Numbers {
    y: [[f64; LANES]; BLOCKS],
    weight: [[f64; LANES]; BLOCKS],
    mask: [[f64; LANES]; BLOCKS],
}

struct Segment<'a, 't> {
    numbers: &'a mut Numbers,
    term: Term,
    looks: bool,
    sum: &'a mut Tally<'t>,
}

impl Body for Segment<'_, '_> {
    type Output = Seen;

    #[inline(always)]
    fn run(self) -> Seen {
        let Segment { numbers: Numbers { y, weight, mask }, term, looks, sum } = self;
        let seen = if looks { look(y, mask) } else { Seen::NOTHING };
        let mut terms = [[0.0; LANES]; BLOCKS];
        match term {
            Term::Weight => each(y, weight, mask, &mut terms, |_| 1.0),
            Term::Target => each(y, weight, mask, &mut terms, |y| y),
            Term::Positive => each(y, weight, mask, &mut terms, |y| Float::max(y, 0.0)),
            Term::Negative => each(y, weight, mask, &mut terms, |y| 1.0 - Float::max(y, 0.0)),
        }
        sum.add(&terms);
        seen
    }
}

type Lane = [[f64; LANES]; BLOCKS];

#[inline(always)]
fn each(y: &Lane, weight: &Lane, mask: &Lane, terms: &mut Lane, term: impl Fn(f64) -> f64) {
    for (((y, weight), mask), out) in y.iter().zip(weight).zip(mask).zip(terms) {
        for i in 0..LANES {
            let product = weight[i] * term(y[i]);
            out[i] = select((mask[i] == 0.0) | (weight[i] == 0.0), 0.0, product);
        }
    }
}

#[inline(always)]
fn look(y: &Lane, mask: &Lane) -> Seen {
    let (mut low, mut high) = ([f64::INFINITY; LANES], [f64::NEG_INFINITY; LANES]);
    let (mut minus_one, mut zero, mut other) = ([0.0; LANES], [0.0; LANES], [0.0; LANES]);
    for (y, mask) in y.iter().zip(mask) {
        for i in 0..LANES {
            // Masked numbers are taken for 1, which is in every domain, and left out of the extremes.
            let (y, counts) = (y[i], mask[i] != 0.0);
            low[i] = Float::min(low[i], select(counts, y, f64::INFINITY));
            high[i] = Float::max(high[i], select(counts, y, f64::NEG_INFINITY));
            minus_one[i] = select(counts & (y == -1.0), 1.0, minus_one[i]);
            zero[i] = select(counts & (y == 0.0), 1.0, zero[i]);
            other[i] = select(counts & (y != 0.0) & (y.abs() != 1.0), 1.0, other[i]);
        }
    }
    let any = |lanes: [f64; LANES]| lanes.iter().any(|&lane| lane != 0.0);
    Seen {
        low: low.iter().copied().fold(f64::INFINITY, f64::min),
        high: high.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        minus_one: any(minus_one),
        zero: any(zero),
        other: any(other),
    }
}
