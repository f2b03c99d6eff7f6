//! One very wide row in parts: so that the caller can be heard, and that several threads share the row where rows are fewer than
//! these. Parts are of whole blocks; how many threads take them changes no bit.

use super::super::working::Working;
use super::job::{Halt, Job};
use super::softmax::{Sum, is_empty};
use super::terms::{Ahead, PART, RowOf, maximum_of, position_of, terms_of};
use crate::parallel::{self, Outcome, Stop};
use std::sync::{Mutex, PoisonError};

/// Whether rows are computed in parts.
pub(super) fn is_wide<T>(job: &Job<'_, T>) -> bool {
    job.classes >= 2 * PART
}

/// Whether threads share rows.
pub(super) fn is_shared<T>(job: &Job<'_, T>) -> bool {
    is_wide(job) && job.rows < job.request.threads
}

/// What is known of a row and its terms, with the row divided.
pub(super) fn row_terms<T: Working>(
    job: &Job<'_, T>,
    x: &[T],
    e: &mut [T],
    ahead: &Ahead<'_, '_>,
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
    share(&|part| *lock(&maxima[part]) = maximum_of(level, job.raw, &x[begin(part)..end(part)]))?;
    let maxima: Option<Vec<T>> = maxima.into_iter().map(|maximum| *lock(&maximum)).collect();
    let m = maxima.ok_or(Halt::Outside)?.into_iter().fold(-T::INFINITY, T::max);
    if is_empty(job.raw, m, x.iter().copied()) {
        return Err(Halt::Outside);
    }

    let own = position_of(level, x, m);
    let mut rest = e;
    let mut pieces = Vec::new();
    for part in 0..parts {
        let (e, later) = std::mem::take(&mut rest).split_at_mut(end(part) - begin(part));
        pieces.push(Mutex::new((e, Sum::ZERO)));
        rest = later;
    }
    share(&|part| {
        let (e, sum) = &mut *lock(&pieces[part]);
        let (x, own) = (&x[begin(part)..end(part)], own.checked_sub(begin(part)));
        let ahead = Ahead { at: ahead.at + begin(part), to: ahead.to + begin(part), ..*ahead };
        *sum = terms_of(level, job.scores(), x, e, m, own, &ahead);
    })?;
    let sum = pieces.iter().fold(Sum::ZERO, |sum, piece| sum.plus(lock(piece).1));
    Ok(RowOf { m, own, sum })
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
