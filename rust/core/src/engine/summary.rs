//! What start values need to know of targets: their weighted mean, correctly rounded, and what kinds of numbers there are.
//!
//! One pass takes all of it, with the engine's sums and their certificate; an exact pass follows where that cannot tell. Labels that
//! are all 0, 1 or −1 are counted. What is masked or has a weight of 0 adds nothing, whatever it holds.

use super::blocks::{LANES, SEGMENT, TASK};
use super::look::any;
use super::memory::{Operand, View};
use super::sums::{Accumulator, Bins, Exact, Lanes, Partial, Tally};
use super::tasks::over_tasks;
use super::working::Working;
use crate::error::Error;
use crate::number::select;
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
    /// The weighted mean; of labels, −1 being 0.
    pub mean: f64,
    /// Of labels, the weighted mean of 1 minus them: neither mean loses its digits to the other.
    pub negative: f64,
    /// What is among the targets that count.
    pub seen: Seen,
}

/// What is among some numbers.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// The least; infinite if there is none.
    pub low: f64,
    /// The greatest.
    pub high: f64,
    /// Of labels: a −1.
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

/// What is added up: the targets, or labels; 1 minus labels; weights.
struct Sums<S> {
    mean: S,
    negative: S,
    weight: S,
    seen: Seen,
}

impl Targets<'_> {
    /// Summarises the targets, as labels where they are.
    ///
    /// # Errors
    /// Where the caller asked to stop, or there is no memory.
    pub fn summary(&self, labels: bool, interrupt: &mut dyn FnMut() -> bool) -> Result<Summary, Error> {
        let simple = self.is_plain() && !labels && self.y.dtype().fits_single();
        let sums = if simple {
            self.sums::<f32, Lanes>(labels, interrupt)
        } else {
            self.sums::<f64, Lanes>(labels, interrupt)
        };
        let Sums { mean, negative, mut weight, seen } = sums?;
        if self.is_plain() {
            weight = Partial::from(self.y.len() as f64);
        }
        if let (Some(mean), Some(negative), Some(weight)) = (mean.over(weight), negative.over(weight), weight.rounded())
        {
            return Ok(Summary { weight, mean, negative, seen });
        }
        let Sums { mean, negative, mut weight, .. } = self.sums::<f64, Bins>(labels, interrupt)?;
        if self.is_plain() {
            weight = Exact::from(self.y.len() as f64);
        }
        let (mean, negative, weight) = (mean.over(&weight), negative.over(&weight), weight.rounded());
        Ok(Summary { weight, mean, negative, seen })
    }

    /// Whether each target counts once.
    fn is_plain(&self) -> bool {
        self.weight.is_none() && self.mask.is_none()
    }

    fn sums<T: Working, A: Accumulator>(
        &self,
        labels: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Sums<A::Sum>, Error> {
        let nothing = || A::empty().sum();
        let rest = Mutex::new((nothing(), nothing(), Seen::NOTHING));
        let tasks = self.y.len().div_ceil(TASK);
        let mean = over_tasks::<A, ()>(tasks, self.threads, repeat(()), interrupt, &|task, (), mean, _| {
            let (begin, end) = (task * TASK, self.y.len().min((task + 1) * TASK));
            let (mut negative, mut weight, mut seen) = (A::empty(), A::empty(), Seen::NOTHING);
            let mut buffers = [[[T::ZERO; LANES]; BLOCKS]; 2];
            for start in (begin..end).step_by(SEGMENT) {
                seen.join(simd::dispatch(
                    self.level,
                    Segment {
                        targets: self,
                        start,
                        count: SEGMENT.min(end - start),
                        labels,
                        buffers: &mut buffers,
                        mean: &mut *mean,
                        negative: negative.tally(),
                        weight: weight.tally(),
                    },
                ));
            }
            // These are sums of float64 numbers, which do not depend on the order of their parts.
            let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
            A::join(&mut rest.0, negative.sum());
            A::join(&mut rest.1, weight.sum());
            rest.2.join(seen);
        })?;
        let (negative, weight, seen) = rest.into_inner().unwrap_or_else(PoisonError::into_inner);
        Ok(Sums { mean, negative, weight, seen })
    }
}

const BLOCKS: usize = SEGMENT / LANES;

struct Segment<'a, 't, T> {
    targets: &'a Targets<'a>,
    start: usize,
    count: usize,
    labels: bool,
    /// For targets and for weights.
    buffers: &'a mut [[[T; LANES]; BLOCKS]; 2],
    mean: &'a mut Tally<'t>,
    negative: Tally<'a>,
    weight: Tally<'a>,
}

impl<T: Working> Body for Segment<'_, '_, T> {
    type Output = Seen;

    #[inline(always)]
    fn run(self) -> Seen {
        let Segment { targets, start, count, labels, buffers: [y, weights], mean, mut negative, mut weight } = self;
        let (blocks, is_plain) = (count.div_ceil(LANES), targets.is_plain() && count.is_multiple_of(LANES));
        let (y, weights) = (&mut y.as_flattened_mut()[..blocks * LANES], &mut weights[..blocks]);
        if !is_plain {
            read_weights(targets, start, count, weights.as_flattened_mut());
        }
        let y = if is_plain {
            Operand::of(&targets.y, start, y)
        } else {
            targets.y.read(start, &mut y[..count]);
            y[count..].fill(T::ZERO);
            Operand::filled(y)
        };
        let (y, weights) = (y.numbers().as_chunks().0, (!is_plain).then_some(&*weights));
        let (low, high) = extremes(y, weights);
        let mut seen = Seen { low, high, ..Seen::NOTHING };
        if labels {
            [seen.minus_one, seen.zero] = any(y, weights, |y| [y == -T::ONE, y == T::ZERO]);
            [seen.other] = any(y, weights, |y| [(y != T::ZERO) & (y.abs() != T::ONE)]);
            if !seen.other && is_plain {
                let ones = number_of_ones(y);
                mean.add(&[alone(ones)]);
                negative.add(&[alone(count as f64 - ones)]);
                return seen;
            }
        } else if is_plain {
            mean.add(y);
            return seen;
        }
        for (b, y) in y.iter().enumerate() {
            let weights = weights.map_or([T::ONE; LANES], |weights| weights[b]);
            if labels {
                let positive = |y: T| select(y < T::ZERO, T::ZERO, y);
                mean.add(&[weighted(y, &weights, positive)]);
                negative.add(&[weighted(y, &weights, |y| T::ONE - positive(y))]);
            } else {
                mean.add(&[weighted(y, &weights, |y| y)]);
            }
            weight.add(&[weights]);
        }
        seen
    }
}

/// Reads weights: 0 where a target is masked, and beyond the last one.
#[inline(always)]
fn read_weights<T: Working>(targets: &Targets<'_>, start: usize, count: usize, weights: &mut [T]) {
    match &targets.weight {
        Some(view) => view.read(start, &mut weights[..count]),
        None => weights[..count].fill(T::ONE),
    }
    weights[count..].fill(T::ZERO);
    if let Some(view) = &targets.mask {
        let mut mask = [T::ZERO; SEGMENT];
        view.read(start, &mut mask[..count]);
        for (weight, &mask) in weights.iter_mut().zip(&mask) {
            *weight = select(mask == T::ZERO, T::ZERO, *weight);
        }
    }
}

/// Weights times a function of targets.
#[inline(always)]
fn weighted<T: Working>(y: &[T; LANES], weights: &[T; LANES], term: impl Fn(T) -> T) -> [T; LANES] {
    let mut terms = [T::ZERO; LANES];
    for i in 0..LANES {
        terms[i] = select(weights[i] == T::ZERO, T::ZERO, weights[i] * term(y[i]));
    }
    terms
}

/// The least and the greatest number that counts.
#[inline(always)]
fn extremes<T: Working>(y: &[[T; LANES]], weights: Option<&[[T; LANES]]>) -> (f64, f64) {
    let (mut low, mut high) = ([T::INFINITY; LANES], [-T::INFINITY; LANES]);
    for (b, y) in y.iter().enumerate() {
        let counts = weights.map_or([T::ONE; LANES], |weights| weights[b]);
        for i in 0..LANES {
            low[i] = low[i].min(select(counts[i] != T::ZERO, y[i], T::INFINITY));
            high[i] = high[i].max(select(counts[i] != T::ZERO, y[i], -T::INFINITY));
        }
    }
    let least = low.iter().fold(f64::INFINITY, |least, low| least.min(low.to_f64()));
    (least, high.iter().fold(f64::NEG_INFINITY, |greatest, high| greatest.max(high.to_f64())))
}

/// A block of one number.
#[inline(always)]
fn alone(number: f64) -> [f64; LANES] {
    let mut block = [0.0; LANES];
    block[0] = number;
    block
}

#[inline(always)]
fn number_of_ones<T: Working>(y: &[[T; LANES]]) -> f64 {
    let mut ones = [T::ZERO; LANES];
    for y in y {
        for i in 0..LANES {
            ones[i] = ones[i] + select(y[i] == T::ONE, T::ONE, T::ZERO);
        }
    }
    ones.iter().map(|ones| ones.to_f64()).sum()
}
