//! One row among several threads, where rows are fewer than these and very wide: parts of whole blocks, whose maxima, terms and
//! sums are those of a row computed at once, bit for bit.

use super::super::working::Working;
use super::Job;
use super::softmax::{Maximum, Sum};
use super::wide::{BLOCK, maximum, position, terms};
use crate::number::Float;
use crate::parallel;
use crate::simd::{self, Body};
use std::sync::{Mutex, PoisonError};

/// Classes in a part.
const PART: usize = 16 * BLOCK;

/// How many parts the rows of a job are divided into.
pub(super) fn parts<T>(job: &Job<'_, T>) -> usize {
    if job.rows < job.request.threads { (job.classes / PART).max(1) } else { 1 }
}

/// What `wide::row_terms` gives, with the row divided.
pub(super) fn row_terms<T: Working, const RAW: bool>(
    job: &Job<'_, T>,
    parts: usize,
    x: &[T],
    e: &mut [T],
) -> Option<(T, Sum)> {
    // The last part has what is left, so that blocks end where they do in a whole row.
    let begin = |part: usize| part * PART;
    let end = |part: usize| if part + 1 == parts { x.len() } else { begin(part + 1) };
    let level = job.request.level;
    let share = |work: &(dyn Fn(usize) + Sync)| {
        parallel::for_each_task(parts, job.request.threads, &mut || false, work);
    };

    let maxima: Vec<Mutex<Option<T>>> = (0..parts).map(|_| Mutex::new(None)).collect();
    share(&|part| {
        *lock(&maxima[part]) = simd::dispatch(level, MaximumOf::<T, RAW>(&x[begin(part)..end(part)]));
    });
    let maxima: Option<Vec<T>> = maxima.into_iter().map(|maximum| *lock(&maximum)).collect();
    let m = maxima?.into_iter().fold(-T::INFINITY, T::max);

    let (maximum, own) = (Maximum::new(m), position(x, m));
    let mut rest = e;
    let mut shares = Vec::new();
    for part in 0..parts {
        let (e, later) = std::mem::take(&mut rest).split_at_mut(end(part) - begin(part));
        shares.push(Mutex::new((e, Vec::new())));
        rest = later;
    }
    share(&|part| {
        let (e, sums) = &mut *lock(&shares[part]);
        let (x, own) = (&x[begin(part)..end(part)], own.checked_sub(begin(part)));
        simd::dispatch(level, TermsOf::<T, RAW> { x, e, maximum, own, sums });
    });
    let mut sum = Sum::ZERO;
    for share in &shares {
        sum = lock(share).1.iter().fold(sum, |sum, &block| sum.plus(block));
    }
    Some((m, sum))
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

struct TermsOf<'a, T, const RAW: bool> {
    x: &'a [T],
    e: &'a mut [T],
    maximum: Maximum<T>,
    own: Option<usize>,
    sums: &'a mut Vec<Sum>,
}

impl<T: Float, const RAW: bool> Body for TermsOf<'_, T, RAW> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let TermsOf { x, e, maximum, own, sums } = self;
        terms::<T, RAW>(x, e, maximum, own, |_| {}, |sum| sums.push(sum));
    }
}
