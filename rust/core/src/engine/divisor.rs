//! What a mean divides by, and which losses count.

use super::blocks::{LANES, SEGMENT, TASK};
use super::memory::{NO_INDEX, Number, View};
use super::request::{Reduction, Request};
use super::sums::{Accumulator, Bins, Exact, Lanes, Partial, Totals};
use super::tasks::over_tasks;
use crate::error::Error;
use crate::number::{Float, select};
use crate::simd::{self, Body};
use std::iter::repeat;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A second pass over the losses, with exact sums; it may be interrupted.
pub type Again<'a> = dyn FnMut(&mut dyn FnMut() -> bool) -> Result<Exact, Error> + 'a;

/// What derivatives are multiplied by: one over a divisor, with a power of two apart where the quotient alone may have no room in a
/// float, as over a sum of weights that are all subnormal, or that overflows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Factor {
    power: f64,
    rest: f64,
}

/// A power of two far from 1, which float32 holds too.
const FAR: f64 = (1u128 << 100) as f64;

impl Factor {
    /// That of a sum.
    pub const ONE: Self = Factor { power: 1.0, rest: 1.0 };

    /// One over a divisor.
    #[inline(always)]
    #[must_use]
    pub fn over(divisor: f64) -> Self {
        let power = match divisor.abs() {
            size if size < 1e-15 => FAR,
            size if size > 1e15 => FAR.recip(),
            _ => 1.0,
        };
        Factor { power, rest: (divisor * power).recip() }
    }

    /// One over an exact divisor, which no float may hold.
    fn over_exact(divisor: &Exact) -> Self {
        let rounded = divisor.rounded();
        if rounded.is_finite() {
            return Factor::over(rounded);
        }
        Factor { power: FAR.recip(), rest: Exact::from(FAR).over(divisor) }
    }

    /// Times a weight.
    #[inline(always)]
    #[must_use]
    pub fn times(self, weight: f64) -> f64 {
        weight * self.power * self.rest
    }

    /// As a number, where float32 too has room for it and for its products with the weights that were added up.
    #[inline(always)]
    #[must_use]
    pub fn ordinary(self) -> Option<f64> {
        (self.power == 1.0).then_some(self.rest)
    }
}

/// What the reduced value is divided by.
#[derive(Clone)]
pub struct Divisor {
    number: Partial,
    /// The same where that does not tell.
    exact: Option<Exact>,
    factor: Factor,
    /// Whether it is the sum of the weights.
    weights: bool,
}

impl Divisor {
    /// Of a request, of whose losses those count that `counted` tells.
    ///
    /// # Errors
    /// [`Error::Empty`] where a mean has nothing to divide by.
    pub fn of<T: Float + Number>(
        request: &Request<'_>,
        counted: &Counted<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Self, Error> {
        let weights = request.reduction == Reduction::WeightedMean && request.weight.is_some();
        if let Some(whole) = request.whole {
            let exact = exact(whole, request.reduction)?;
            let (number, factor) = (Partial::ZERO, Factor::over_exact(&exact));
            return Ok(Divisor { number, exact: Some(exact), factor, weights });
        }
        let number = match request.reduction {
            Reduction::None | Reduction::Sum => Partial::from(1.0),
            _ if weights => total::<T, Lanes>(request, counted, interrupt)?,
            _ if counted.all() => Partial::from(request.losses() as f64),
            _ => Partial::from(number::<T>(request, counted, interrupt)? as f64),
        };
        let (exact, factor) = match number.rounded() {
            Some(0.0) => return Err(empty(weights)),
            Some(rounded) => (None, Factor::over(rounded)),
            None => {
                let exact = total::<T, Bins>(request, counted, interrupt)?;
                if exact.rounded() == 0.0 {
                    return Err(empty(weights));
                }
                let factor = Factor::over_exact(&exact);
                (Some(exact), factor)
            }
        };
        Ok(Divisor { number, exact, factor, weights })
    }

    /// What derivatives are multiplied by.
    #[must_use]
    pub fn factor(&self) -> Factor {
        self.factor
    }

    /// The reduced value: the sum of the losses over this, by exact sums where others cannot tell.
    ///
    /// # Errors
    /// [`Error::Interrupted`] when the caller asked to stop.
    pub fn divide<T: Float + Number>(
        &self,
        request: &Request<'_>,
        counted: &Counted<'_>,
        sum: Partial,
        exact: &mut Again<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<f64, Error> {
        if let Some(divisor) = &self.exact {
            return Ok(exact(interrupt)?.over(divisor));
        }
        if let Some(value) = sum.over(self.number) {
            return Ok(value);
        }
        let divisor = if self.weights {
            total::<T, Bins>(request, counted, interrupt)?
        } else {
            Exact::from(self.number.nearest())
        };
        Ok(exact(interrupt)?.over(&divisor))
    }
}

/// A mean over nothing: over weights that sum to zero, or no valid elements.
fn empty(weights: bool) -> Error {
    let nothing = if weights { "weights that sum to zero" } else { "no valid elements" };
    Error::Empty(format!(
        "the mean over {nothing} is undefined; use reduction='sum' or 'none', or check for it before the call"
    ))
}

/// What the reductions of a request are made of, with the sum of its losses.
///
/// # Errors
/// [`Error::Interrupted`] when the caller asked to stop.
pub fn totals<T: Float + Number>(
    request: &Request<'_>,
    counted: &Counted<'_>,
    losses: Exact,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Totals, Error> {
    let count = if counted.all() { request.losses() } else { number::<T>(request, counted, interrupt)? } as u64;
    let weights = match request.weight {
        Some(_) => total::<T, Bins>(request, counted, interrupt)?,
        None => Exact::from(count),
    };
    Ok(Totals { losses, weights, count })
}

/// The reduced value that totals make.
///
/// # Errors
/// [`Error::Empty`] where a mean has nothing to divide by.
pub fn reduced(totals: &Totals, reduction: Reduction) -> Result<f64, Error> {
    Ok(totals.losses.over(&exact(totals, reduction)?))
}

/// What a reduction divides totals by.
fn exact(totals: &Totals, reduction: Reduction) -> Result<Exact, Error> {
    let Totals { weights, count, .. } = totals;
    let weighted = reduction == Reduction::WeightedMean;
    match reduction {
        Reduction::None | Reduction::Sum => Ok(Exact::from(1.0)),
        _ if *count == 0 => Err(empty(false)),
        _ if weighted && weights.rounded() == 0.0 => Err(empty(true)),
        _ if weighted => Ok(weights.clone()),
        _ => Ok(Exact::from(*count)),
    }
}

/// Which unreduced losses count.
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

    /// Reads from `start` on, at most [`SEGMENT`] losses: [`Float::COUNTS`] or 0.
    #[inline(always)]
    pub fn read<T: Float + Number>(&self, start: usize, out: &mut [T]) {
        match self.mask {
            Some(mask) => marks(mask, start, out),
            None => out.fill(T::COUNTS),
        }
        if let Some((labels, ignored)) = self.ignored {
            for (at, out) in out.chunks_mut(LANES).enumerate() {
                let mut indices = [0; LANES];
                let indices = &mut indices[..out.len()];
                labels.read(start + at * LANES, indices);
                for (counts, &index) in out.iter_mut().zip(indices.iter()) {
                    *counts = select((index == ignored) & (index != NO_INDEX), T::ZERO, *counts);
                }
            }
        }
    }
}

/// Reads a mask from `start` on: [`Float::COUNTS`] or 0.
#[inline(always)]
pub fn marks<T: Float + Number>(mask: &View<'_>, start: usize, out: &mut [T]) {
    let Some(bytes) = mask.lend_bytes(start, out.len()) else {
        mask.read(start, out);
        for counts in out {
            *counts = select(*counts == T::ZERO, T::ZERO, T::COUNTS);
        }
        return;
    };
    // Bytes are compared where they are: to make floats of them takes as long as a light loss.
    let ((bytes, last_bytes), (out, last)) = (bytes.as_chunks::<LANES>(), out.as_chunks_mut::<LANES>());
    for (out, bytes) in out.iter_mut().zip(bytes) {
        for i in 0..LANES {
            out[i] = select(bytes[i] == 0, T::ZERO, T::COUNTS);
        }
    }
    for (counts, &byte) in last.iter_mut().zip(last_bytes) {
        *counts = select(byte == 0, T::ZERO, T::COUNTS);
    }
}

/// How many losses count.
fn number<T: Float + Number>(
    request: &Request<'_>,
    counted: &Counted<'_>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<usize, Error> {
    let (losses, number) = (request.losses(), AtomicUsize::new(0));
    over_tasks::<Lanes, ()>(losses.div_ceil(TASK), request.threads, repeat(()), interrupt, &|task, (), _, _| {
        let (start, end) = (task * TASK, losses.min((task + 1) * TASK));
        let found = simd::dispatch(request.level, Counting::<T> { counted, start, end, dtype: PhantomData });
        number.fetch_add(found, Ordering::Relaxed);
    })?;
    Ok(number.into_inner())
}

/// Counts the losses of a task that count.
struct Counting<'a, T> {
    counted: &'a Counted<'a>,
    start: usize,
    end: usize,
    dtype: PhantomData<T>,
}

impl<T: Float + Number> Body for Counting<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        let Counting { counted, start, end, .. } = self;
        let (mut lanes, mut counts) = ([0; LANES], [T::ZERO; SEGMENT]);
        for start in (start..end).step_by(SEGMENT) {
            let count = SEGMENT.min(end - start);
            if let (Some(mask), None) = (counted.mask.and_then(|mask| mask.lend_bytes(start, count)), counted.ignored) {
                count_nonzero(mask, 0, &mut lanes);
            } else {
                counted.read(start, &mut counts[..count]);
                count_nonzero(&counts[..count], T::ZERO, &mut lanes);
            }
        }
        lanes.iter().map(|&lane| lane as usize).sum()
    }
}

/// Counts in lanes which of at most [`SEGMENT`] numbers are not 0.
#[inline(always)]
fn count_nonzero<N: Copy + PartialEq>(numbers: &[N], zero: N, lanes: &mut [u32; LANES]) {
    // Bytes have room for the blocks of a segment.
    const { assert!(SEGMENT / LANES < u8::MAX as usize) };
    let (blocks, rest) = numbers.as_chunks::<LANES>();
    let mut found = [0u8; LANES];
    for block in blocks {
        for i in 0..LANES {
            found[i] += u8::from(block[i] != zero);
        }
    }
    for (found, &number) in found.iter_mut().zip(rest) {
        *found += u8::from(number != zero);
    }
    for i in 0..LANES {
        lanes[i] += u32::from(found[i]);
    }
}

/// The sum of the weights that count, in float64 where float32 does not hold them.
fn total<T: Float + Number, A: Accumulator>(
    request: &Request<'_>,
    counted: &Counted<'_>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<A::Sum, Error> {
    let narrow = request.weight.as_ref().is_none_or(|weight| weight.dtype().fits_single());
    let sum = if narrow { sum_weights::<T, A> } else { sum_weights::<f64, A> };
    sum(request, counted, interrupt)
}

/// The same in a dtype.
fn sum_weights<T: Float + Number, A: Accumulator>(
    request: &Request<'_>,
    counted: &Counted<'_>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<A::Sum, Error> {
    let losses = request.losses();
    over_tasks::<A, ()>(losses.div_ceil(TASK), request.threads, repeat(()), interrupt, &|task, (), sum, _| {
        let end = losses.min((task + 1) * TASK);
        for start in (task * TASK..end).step_by(SEGMENT) {
            let count = SEGMENT.min(end - start);
            let (mut counts, mut values) = ([T::ZERO; SEGMENT], [T::ONE; SEGMENT]);
            counted.read(start, &mut counts[..count]);
            if let Some(weight) = &request.weight {
                weight.read(start, &mut values[..count]);
            }
            for (value, &counts) in values.iter_mut().zip(&counts) {
                *value = value.kept_if(counts);
            }
            sum.add(values.as_chunks().0);
        }
    })
}
