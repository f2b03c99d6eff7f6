//! The maximum of a wide row and its terms against that, in blocks that stay in the innermost cache.

use super::super::blocks::LANES;
use super::super::memory::{Part, View};
use super::super::working::Working;
use super::chain::fold;
use super::job::Scores;
use super::softmax::{self, Maximum, Sum, Terms};
use crate::number::Float;
use crate::simd::{self, Body, Level};

/// Classes in a block.
pub(super) const BLOCK: usize = 2048;
/// Classes in a part of a very wide row: what a thread takes of it, and what is computed before the caller is asked whether to stop.
pub(super) const PART: usize = 16 * BLOCK;
/// Classes that are computed at a time; a wide row has at least as many.
pub(super) const STEP: usize = 16;

/// Blocks of 64 classes that the kernel sees at a time where they are padded for it.
pub(super) const CALL: usize = 8;

/// What is known of a row.
#[derive(Clone, Copy)]
pub(super) struct RowOf<T> {
    /// Its maximum,
    pub m: T,
    /// the first place of that,
    pub own: usize,
    /// and the sum of the terms but the one there.
    pub sum: Sum,
}

/// The maximum of a block, if everything in it is within its domain.
#[inline(always)]
fn maximum<T: Float, const RAW: bool>(x: &[T]) -> Option<T> {
    let (mut most, mut least) = ([-T::INFINITY; STEP], [T::ZERO; STEP]);
    // Some at a time, lest every other instruction be a load or a store of the lanes.
    let (blocks, steps) = x.as_chunks::<LANES>();
    for block in blocks {
        for i in 0..STEP {
            let (a, b, c, d) = (block[i], block[i + STEP], block[i + 2 * STEP], block[i + 3 * STEP]);
            most[i] = most[i].max(a.max(b).max(c.max(d)));
            if !RAW {
                least[i] = least[i].min(a.min(b).min(c.min(d)));
            }
        }
    }
    for step in steps.as_chunks::<STEP>().0.iter().chain(x.last_chunk::<STEP>()) {
        for i in 0..STEP {
            most[i] = most[i].max(step[i]);
            if !RAW {
                least[i] = least[i].min(step[i]);
            }
        }
    }
    let most = fold(most, T::max);
    let outside = !RAW && (fold(least, T::min) < T::ZERO || most == T::INFINITY);
    (!outside).then_some(most)
}

/// The first place of a row's maximum, any where there is none because all are NaN.
#[inline(always)]
fn position<T: Float>(x: &[T], m: T) -> usize {
    for (i, block) in x.as_chunks::<LANES>().0.iter().enumerate() {
        let mut any = false;
        for x in block {
            any |= *x == m;
        }
        if any {
            return i * LANES + block.iter().position(|&x| x == m).unwrap_or(0);
        }
    }
    let rest = x.len() / LANES * LANES;
    x[rest..].iter().position(|&x| x == m).map_or(0, |i| rest + i)
}

/// The terms of a block.
#[inline(always)]
fn block_terms<T: Float, const RAW: bool>(x: &[T], m: Maximum<T>, e: &mut [T], fetch: impl Fn(usize)) {
    let (blocks, steps) = x.as_chunks::<LANES>();
    let (e_blocks, e_steps) = e.as_chunks_mut::<LANES>();
    for (i, (x, e)) in blocks.iter().zip(e_blocks).enumerate() {
        fetch(i * LANES);
        softmax::terms::<T, RAW, false, LANES>(x, |_| m, e);
    }
    for (x, e) in steps.as_chunks::<STEP>().0.iter().zip(e_steps.as_chunks_mut::<STEP>().0) {
        softmax::terms::<T, RAW, false, STEP>(x, |_| m, e);
    }
    if let (Some(x), Some(e)) = (x.last_chunk::<STEP>(), e.last_chunk_mut::<STEP>()) {
        softmax::terms::<T, RAW, false, STEP>(x, |_| m, e);
    }
}

/// The sum of a block's terms.
#[inline(always)]
pub(super) fn block_sum<T: Float>(e: &[T]) -> Sum {
    let mut sums = Terms::<T, STEP>::NONE;
    let (blocks, steps) = e.as_chunks::<LANES>();
    for block in blocks {
        sums.add(block);
    }
    let (steps, tail) = steps.as_chunks::<STEP>();
    for step in steps {
        sums.add(step);
    }
    let mut last = [T::ZERO; STEP];
    for (to, from) in last.iter_mut().zip(tail) {
        *to = *from;
    }
    sums.add(&last);
    sums.fold()
}

/// Where the block that begins at `start` ends: a rest too short for a step joins it.
#[inline(always)]
pub(super) fn block_end(start: usize, classes: usize) -> usize {
    if classes - start < BLOCK + STEP { classes } else { start + BLOCK }
}

/// What will be needed soon, and is not on its way by itself between heavy arithmetic: elements of the predictions, and of derivatives.
pub(super) struct Ahead<'a, 's> {
    pub x: &'a View<'a>,
    pub at: usize,
    pub parts: [Option<&'a Part<'s>>; 2],
    pub to: usize,
}

impl Ahead<'_, '_> {
    /// Prefetches so many, beyond the first.
    #[inline(always)]
    pub fn fetch<T: Working>(&self, beyond: usize, count: usize) {
        self.x.prefetch::<T>(self.at + beyond, count);
        for part in self.parts.into_iter().flatten() {
            part.prefetch::<T>(self.to + beyond, count);
        }
    }
}

/// The maximum of a row, or of a part of it, if everything is within its domain: in code of its own, once for all that need it.
pub(super) fn maximum_of<T: Float>(level: Level, raw: bool, x: &[T]) -> Option<T> {
    if raw { simd::dispatch(level, MaximumOf::<T, true>(x)) } else { simd::dispatch(level, MaximumOf::<T, false>(x)) }
}

struct MaximumOf<'a, T, const RAW: bool>(&'a [T]);

impl<T: Float, const RAW: bool> Body for MaximumOf<'_, T, RAW> {
    type Output = Option<T>;

    #[inline(always)]
    fn run(self) -> Option<T> {
        maximum::<T, RAW>(self.0)
    }
}

/// The first place of a row's maximum, any where there is none because all are NaN.
pub(super) fn position_of<T: Float>(level: Level, x: &[T], m: T) -> usize {
    simd::dispatch(level, PositionOf(x, m))
}

struct PositionOf<'a, T>(&'a [T], T);

impl<T: Float> Body for PositionOf<'_, T> {
    type Output = usize;

    #[inline(always)]
    fn run(self) -> usize {
        position(self.0, self.1)
    }
}

/// The terms of a row, or of a part of whole blocks, and their sum without the maximum's own, if that is there: likewise.
pub(super) fn terms_of<T: Working>(
    level: Level,
    scores: Scores,
    x: &[T],
    e: &mut [T],
    m: T,
    own: Option<usize>,
    ahead: &Ahead<'_, '_>,
) -> Sum {
    match scores {
        Scores::Raw => simd::dispatch(level, TermsOf::<T, true> { exact: false, x, e, m, own, ahead }),
        Scores::Probabilities { exact } => simd::dispatch(level, TermsOf::<T, false> { exact, x, e, m, own, ahead }),
    }
}

struct TermsOf<'a, 'v, 's, T, const RAW: bool> {
    exact: bool,
    x: &'a [T],
    e: &'a mut [T],
    m: T,
    own: Option<usize>,
    ahead: &'a Ahead<'v, 's>,
}

impl<T: Working, const RAW: bool> Body for TermsOf<'_, '_, '_, T, RAW> {
    type Output = Sum;

    #[inline(always)]
    fn run(self) -> Sum {
        let TermsOf { exact, x, e, m, own, ahead } = self;
        let exact = exact && !RAW;
        let (maximum, mut sum, mut start) = (Maximum::new(m), Sum::ZERO, 0);
        while start < x.len() {
            let end = block_end(start, x.len());
            let (from, block) = (&x[start..end], &mut e[start..end]);
            if exact {
                // Before they are rounded, probabilities are added up.
                for (e, &x) in block.iter_mut().zip(from) {
                    *e = maximum.lifted(x);
                }
            } else {
                block_terms::<T, RAW>(from, maximum, block, |at| ahead.fetch::<T>(start + at, LANES));
            }
            let own = own.filter(|own| (start..end).contains(own)).map(|own| own - start);
            if let Some(own) = own {
                block[own] = T::ZERO;
            }
            sum = sum.plus(block_sum(block));
            if exact {
                block_terms::<T, RAW>(from, maximum, block, |at| ahead.fetch::<T>(start + at, LANES));
            }
            if let Some(own) = own {
                block[own] = T::ONE;
            }
            start = end;
        }
        if exact { sum.over(maximum.whole().to_f64()) } else { sum }
    }
}
