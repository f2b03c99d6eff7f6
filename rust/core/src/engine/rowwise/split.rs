//! One very wide row in parts: so that the caller can be heard, and that several threads share the row where rows are fewer than
//! these. Parts are of whole blocks; their maxima, terms and sums are those of a row computed at once, bit for bit.

use super::super::working::Working;
use super::job::{Halt, Job};
use super::softmax::{Maximum, Sum};
use super::terms::{PART, RowOf, maximum, position, terms};
use crate::number::Float;
use crate::parallel::{self, Outcome, Stop};
use crate::simd::{self, Body};
use std::sync::{Mutex, PoisonError};

/// Whether rows are computed in parts.
pub(super) fn is_wide<T>(job: &Job<'_, T>) -> bool {
    job.classes >= 2 * PART
}

/// Whether threads share rows.
pub(super) fn is_shared<T>(job: &Job<'_, T>) -> bool {
    is_wide(job) && job.rows < job.request.threads
}

/// What `wide::row_terms` gives, with the row divided.
pub(super) fn row_terms<T: Working, const RAW: bool>(
    job: &Job<'_, T>,
    x: &[T],
    e: &mut [T],
    fetch: &(dyn Fn(usize) + Sync),
    stop: &mut Stop<'_>,
) -> Result<RowOf<T>, Halt> {
    // The last part has what is left, so that blocks end where they do in a whole row.
    let parts = x.len() / PART;
    let begin = |part: usize| part * PART;
    let end = |part: usize| if part + 1 == parts { x.len() } else { begin(part + 1) };
    let (level, threads) = (job.request.level, if is_shared(job) { job.request.threads } else { 1 });
    let mut share = |work: &(dyn Fn(usize) + Sync)| match parallel::for_each_task(parts, threads, stop, work) {
        Outcome::Done => Ok(()),
        Outcome::Interrupted => Err(Halt::Stopped),
    };

    let maxima: Vec<Mutex<Option<T>>> = (0..parts).map(|_| Mutex::new(None)).collect();
    share(&|part| {
        *lock(&maxima[part]) = simd::dispatch(level, MaximumOf::<T, RAW>(&x[begin(part)..end(part)]));
    })?;
    let maxima: Option<Vec<T>> = maxima.into_iter().map(|maximum| *lock(&maximum)).collect();
    let m = maxima.ok_or(Halt::Outside)?.into_iter().fold(-T::INFINITY, T::max);

    let (maximum, own) = (Maximum::new(m), position(x, m));
    let mut rest = e;
    let mut pieces = Vec::new();
    for part in 0..parts {
        let (e, later) = std::mem::take(&mut rest).split_at_mut(end(part) - begin(part));
        pieces.push(Mutex::new((e, Vec::new())));
        rest = later;
    }
    share(&|part| {
        let (e, sums) = &mut *lock(&pieces[part]);
        let (x, own) = (&x[begin(part)..end(part)], own.checked_sub(begin(part)));
        let fetch = |at| fetch(begin(part) + at);
        simd::dispatch(level, TermsOf::<T, _, RAW> { x, e, maximum, own, sums, fetch });
    })?;
    let mut sum = Sum::ZERO;
    for piece in &pieces {
        sum = lock(piece).1.iter().fold(sum, |sum, &block| sum.plus(block));
    }
    Ok(RowOf { m, own, sum })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct MaximumOf<'a, T, const RAW: bool>(&'a [T]);

impl<T: Float, const RAW: bool> Body for MaximumOf<'_, T, RAW> {
    type Output = Option<T>;

    #[inline(always)]
    fn run(self) -> Option<T> {
        maximum::<T, RAW>(self.0)
    }
}

struct TermsOf<'a, T, F, const RAW: bool> {
    x: &'a [T],
    e: &'a mut [T],
    maximum: Maximum<T>,
    own: Option<usize>,
    sums: &'a mut Vec<Sum>,
    fetch: F,
}

impl<T: Float, F: Fn(usize), const RAW: bool> Body for TermsOf<'_, T, F, RAW> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let TermsOf { x, e, maximum, own, sums, fetch } = self;
        terms::<T, RAW>(x, e, maximum, own, fetch, |sum| sums.push(sum));
    }
}
