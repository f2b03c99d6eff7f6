//! Rows of shares of which the loss's kernel sees every class.
//!
//! Classes come in blocks of 64 numbers, which are those of one class in 64 rows, or of 64 classes of one row: what is known of the
//! rows is there for each number, so the code is the same for both.

use super::super::blocks::LANES;
use super::super::kernel::Blocks;
use super::super::memory::Place;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::chain::{Row, Summed, fold};
use super::heads::Facts;
use super::job::{Halt, Job};
use super::narrow::{self, store};
use super::rows::{Batch, put};
use super::scratch::Scratch;
use super::softmax::{Shares, Sum, log_probability};
use super::targets;
use super::terms::{PART, RowOf, block_sum};
use super::wide::{clear, heed, terms_of};
use crate::number::real::times_or_nan;
use crate::number::{Float, functions as f, select};
use crate::parallel::Stop;
use crate::simd::{self, Body, Level};

type Block<T> = [T; LANES];

/// Blocks that are computed at a time along a row where they are padded for it.
pub(super) const CALL: usize = 8;

/// What is known of the rows of each number of a block.
#[repr(C, align(64))]
pub(super) struct Known<T> {
    m: Block<T>,
    rest: Block<T>,
    low: Block<T>,
    log1p_rest: Block<T>,
    shares: Shares<T, LANES>,
}

impl<T: Working> Known<T> {
    /// Of 64 rows.
    pub fn rows(level: Level, facts: &Facts<T>) -> Self {
        simd::dispatch(level, Of(facts))
    }
    /// Of one row.
    #[inline(always)]
    pub fn row(m: T, rest: T, low: T) -> Self {
        let shares = Shares::new(&[rest], &[low]).all_alike();
        let log1p_rest = [f::log1p(rest); LANES];
        Known { m: [m; LANES], rest: [rest; LANES], low: [low; LANES], log1p_rest, shares }
    }
}

struct Of<'a, T>(&'a Facts<T>);

impl<T: Working> Body for Of<'_, T> {
    type Output = Known<T>;

    #[inline(always)]
    fn run(self) -> Known<T> {
        let Facts { m, rest, low, .. } = *self.0;
        let mut log1p_rest = [T::ZERO; LANES];
        for i in 0..LANES {
            log1p_rest[i] = f::log1p(rest[i]);
        }
        Known { m, rest, low, log1p_rest, shares: Shares::new(&rest, &low) }
    }
}

/// What the kernel reads of classes besides their targets, and their values.
pub(super) struct Pieces<'a, T> {
    log_q: &'a mut [Block<T>],
    q: &'a mut [Block<T>],
    others: &'a mut [Block<T>],
    loss: &'a mut [Block<T>],
}

impl<'a, T: Working> Pieces<'a, T> {
    /// Room for so many blocks.
    #[inline(always)]
    pub fn take(scratch: &mut Scratch<'a, T>, blocks: usize) -> Self {
        let [log_q, q, others, loss] = std::array::from_fn(|_| scratch.take(LANES * blocks).as_chunks_mut::<LANES>().0);
        Pieces { log_q, q, others, loss }
    }

    /// Adds the first values to lanes.
    #[inline(always)]
    pub fn add(&mut self, count: usize, sum: &mut [f64; LANES]) {
        let blocks = count.div_ceil(LANES);
        self.loss[..blocks].as_flattened_mut()[count..].fill(T::ZERO);
        for loss in &self.loss[..blocks] {
            for i in 0..LANES {
                sum[i] += loss[i].to_f64();
            }
        }
    }
}

/// The kernel over classes, in code of its own.
pub(super) fn see<T: Working>(
    job: &Job<'_, T>,
    wanted: Wanted,
    known: &Known<T>,
    [x, e, t]: [&[Block<T>]; 3],
    pieces: &mut Pieces<'_, T>,
    outputs: [&mut [Block<T>]; 2],
) {
    simd::dispatch(job.request.level, See { job, wanted, known, x, e, t, pieces, outputs });
}

struct See<'a, 'j, 'p, T> {
    job: &'a Job<'j, T>,
    wanted: Wanted,
    known: &'a Known<T>,
    x: &'a [Block<T>],
    e: &'a [Block<T>],
    t: &'a [Block<T>],
    pieces: &'a mut Pieces<'p, T>,
    outputs: [&'a mut [Block<T>]; 2],
}

impl<T: Working> Body for See<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let See { job, wanted, known: Known { m, log1p_rest, shares, .. }, x, e, t, pieces, outputs } = self;
        let Pieces { log_q, q, others, loss } = pieces;
        for (log_q, x) in log_q.iter_mut().zip(x) {
            if job.raw {
                for i in 0..LANES {
                    log_q[i] = log_probability::<T, true>(x[i], m[i], log1p_rest[i]);
                }
            } else {
                for i in 0..LANES {
                    log_q[i] = log_probability::<T, false>(x[i], m[i], log1p_rest[i]);
                }
            }
        }
        if job.kernel.reads_shares() {
            for ((q, others), e) in q.iter_mut().zip(others.iter_mut()).zip(e) {
                for i in 0..LANES {
                    q[i] = shares.q(i, e[i]);
                }
                for i in 0..LANES {
                    others[i] = shares.others(i, e[i]);
                }
            }
        }
        let [grad, hess] = outputs;
        let mut blocks = Blocks { y: t, x: &log_q[..t.len()], shares: [q, others], value: loss, sum: None, grad, hess };
        job.kernel.run(job.request.level, wanted, &job.constants, T::ONE, &mut blocks);
    }
}

/// The derivatives of classes, in place of f′ and f″: in code of its own.
struct Derive<'a, 'j, T> {
    job: &'a Job<'j, T>,
    known: &'a Known<T>,
    sums: &'a [Summed<T, LANES>; 2],
    factor: &'a Block<T>,
    x: &'a [Block<T>],
    e: &'a [Block<T>],
    first: &'a mut [Block<T>],
    second: &'a mut [Block<T>],
}

impl<T: Working> Body for Derive<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Derive { job, known: Known { m, rest, low, .. }, sums, factor, x, e, first, second } = self;
        let known = [*m, *rest, *low];
        let row = Row::new(job.raw, &known, sums);
        let (flat, times) = (job.is_flat(), job.times());
        let mut alike = [T::ZERO; LANES];
        for i in 0..LANES {
            alike[i] = job.alike(sums[0].all[i]);
        }
        for (((x, e), first), second) in x.iter().zip(e).zip(first).zip(second) {
            if job.wanted.hess {
                if flat {
                    *second = alike;
                } else if job.raw {
                    for i in 0..LANES {
                        second[i] = row.hess::<true>(i, x[i], e[i], first[i], second[i]) * times;
                    }
                } else {
                    for i in 0..LANES {
                        second[i] = row.hess::<false>(i, x[i], e[i], first[i], second[i]) * times;
                    }
                }
                for i in 0..LANES {
                    second[i] = second[i].max(job.floor) * factor[i];
                }
            }
            if job.raw {
                for i in 0..LANES {
                    first[i] = row.grad::<true>(i, x[i], e[i], first[i]) * factor[i];
                }
            } else {
                for i in 0..LANES {
                    first[i] = row.grad::<false>(i, x[i], e[i], first[i]) * factor[i];
                }
            }
        }
    }
}

/// Rows of few classes.
pub(super) struct SideBySide<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for SideBySide<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, which, value, parts, mut scratch, .. } = self.0;
        let k = job.classes;
        let stage = scratch.take(LANES * k);
        let [x, e, t, first, second] = std::array::from_fn(|_| scratch.take(LANES * k).as_chunks_mut::<LANES>().0);
        let mut facts = Facts::PLAIN;
        narrow::begin(job, parts, rows, &mut facts, stage, x, e)?;
        let known = Known::rows(job.request.level, &facts);
        targets::of_batch(job, rows, false, stage, t)?;
        let mut pieces = Pieces::take(&mut scratch, k);
        see(job, job.wanted, &known, [x, e, t], &mut pieces, [&mut *first, &mut *second]);
        if !job.class_weight.is_empty() {
            for class in 0..k {
                let weight = job.class_weight(class);
                for numbers in [&mut pieces.loss[class], &mut first[class], &mut second[class]] {
                    for number in numbers {
                        *number = times_or_nan(weight, *number);
                    }
                }
            }
        }
        let mut sum = [0.0; LANES];
        pieces.add(LANES * k, &mut sum);
        for i in 0..LANES {
            value[i] = select(which >> i & 1 != 0, T::lit(sum[i]), value[i]);
        }
        if !job.derives() {
            return Ok(());
        }
        let sums = [sums_side_by_side(first, e), sums_side_by_side(second, e)];
        let (known, factor, sums) = (&known, &rows.factor, &sums);
        let derive = Derive { job, known, sums, factor, x, e, first: &mut *first, second: &mut *second };
        simd::dispatch(job.request.level, derive);
        store(job, rows, which, parts.hess.as_mut(), second, stage);
        store(job, rows, which, parts.grad.as_mut(), first, stage);
        Ok(())
    }
}

/// The sums over the classes of rows side by side.
#[inline(always)]
fn sums_side_by_side<T: Float>(numbers: &[Block<T>], e: &[Block<T>]) -> Summed<T, LANES> {
    let (mut all, mut apart) = ([0.0; LANES], [0.0; LANES]);
    for (numbers, e) in numbers.iter().zip(e) {
        for i in 0..LANES {
            all[i] += numbers[i].to_f64();
            apart[i] += select(e[i] == T::ONE, T::ZERO, numbers[i]).to_f64();
        }
    }
    let mut sums = Summed::NONE;
    for i in 0..LANES {
        (sums.all[i], sums.rest[i]) = (T::lit(all[i]), T::lit(apart[i]));
    }
    sums
}

/// Fills blocks with numbers, and what is left of them with a filling.
#[inline(always)]
fn pad<'a, T: Working>(blocks: &'a mut [Block<T>], numbers: &[T], filling: T) -> &'a [Block<T>] {
    let blocks = &mut blocks[..numbers.len().div_ceil(LANES)];
    let all = blocks.as_flattened_mut();
    all[..numbers.len()].copy_from_slice(numbers);
    all[numbers.len()..].fill(filling);
    blocks
}

/// The value of a row of these shares, from the kernel.
pub(super) fn see_along<T: Working>(
    job: &Job<'_, T>,
    [x, e, t]: [&[T]; 3],
    known: &Known<T>,
    pieces: &mut Pieces<'_, T>,
    stop: &mut Stop<'_>,
) -> Result<T, Halt> {
    const PIECE: usize = CALL * LANES;
    let mut sum = [0.0; LANES];
    let mut padded = [[[T::ZERO; LANES]; CALL]; 3];
    for start in (0..x.len()).step_by(PIECE) {
        heed(if start.is_multiple_of(PART) { start } else { 0 }, stop)?;
        let range = start..x.len().min(start + PIECE);
        let count = range.len();
        let [xs, es, ts] = &mut padded;
        let blocks = [
            pad(xs, &x[range.clone()], -T::INFINITY),
            pad(es, &e[range.clone()], T::ZERO),
            pad(ts, &t[range], T::ZERO),
        ];
        see(job, Wanted::VALUE, known, blocks, pieces, [&mut [], &mut []]);
        pieces.add(count, &mut sum);
    }
    Ok(T::lit(fold(sum, |a, b| a + b)))
}

/// Rows of many classes.
pub(super) struct Along<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for Along<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, x: input, y, which, value, parts, mut scratch, stop } = self.0;
        let (k, level) = (job.classes, job.request.level);
        let blocks = k.div_ceil(LANES);
        let [x, e, t, first, second] = std::array::from_fn(|_| scratch.take(blocks * LANES));
        let mut pieces = Pieces::take(&mut scratch, blocks.min(PART / LANES));
        for i in (0..rows.len).filter(|i| which >> i & 1 != 0) {
            let row = rows.start + i;
            if rows.counts[i] == T::ZERO {
                clear(parts, row, &mut x[..k], stop)?;
                continue;
            }
            input.operand(row * k, &mut x[..k]).numbers_mut();
            let RowOf { m, own, sum } = terms_of(job, parts, row, &x[..k], &mut e[..k], &mut *stop)?;
            let shares = targets::of_row(job, y, row, rows.label[i], 0, false, &mut first[..k])?;
            t[..k].copy_from_slice(shares);
            // What is beyond the last class is one without share or probability.
            x[k..].fill(if job.raw { -T::INFINITY } else { T::ZERO });
            e[k..].fill(T::ZERO);
            t[k..].fill(T::ZERO);
            let (rest, low) = sum.rounded::<T>(0.0);
            let known = Known::row(m, rest, low);
            let mut sum = [0.0; LANES];
            for start in (0..k).step_by(PART) {
                heed(start, stop)?;
                let range = start..(blocks * LANES).min(start + PART);
                let [x, e, t] = [&x[range.clone()], &e[range.clone()], &t[range.clone()]].map(in_blocks);
                let [first, second] =
                    [&mut first[range.clone()], &mut second[range]].map(|numbers| numbers.as_chunks_mut().0);
                see(job, job.wanted, &known, [x, e, t], &mut pieces, [&mut *first, &mut *second]);
                let loss = &mut pieces.loss[..x.len()];
                for numbers in [loss, first, second] {
                    weigh(job, start, numbers.as_flattened_mut());
                }
                pieces.add((k - start).min(PART), &mut sum);
            }
            value[i] = T::lit(fold(sum, |a, b| a + b));
            if !job.derives() {
                continue;
            }
            let mut sums = [sum_along(&mut first[..k], own, stop)?, Summed::NONE];
            if job.wanted.hess {
                sums[1] = sum_along(&mut second[..k], own, stop)?;
            }
            let factor = [rows.factor[i]; LANES];
            for start in (0..k).step_by(PART) {
                heed(start, stop)?;
                let range = start..(blocks * LANES).min(start + PART);
                let [x, e] = [&x[range.clone()], &e[range.clone()]].map(in_blocks);
                let [first, second] =
                    [&mut first[range.clone()], &mut second[range]].map(|numbers| numbers.as_chunks_mut().0);
                simd::dispatch(level, Derive { job, known: &known, sums: &sums, factor: &factor, x, e, first, second });
            }
            put(Place::aside(parts.hess.as_mut(), row * k, &mut second[..k]));
            put(Place::aside(parts.grad.as_mut(), row * k, &mut first[..k]));
        }
        Ok(())
    }
}

#[inline(always)]
fn in_blocks<T>(numbers: &[T]) -> &[Block<T>] {
    numbers.as_chunks().0
}

/// Multiplies the numbers of classes from `start` on by the weights of these.
#[inline(always)]
fn weigh<T: Working>(job: &Job<'_, T>, start: usize, numbers: &mut [T]) {
    if job.class_weight.is_empty() {
        return;
    }
    for (class, number) in (start..job.classes).zip(numbers) {
        *number = times_or_nan(job.class_weight(class), *number);
    }
}

/// The sums of a row's numbers, the maximum's being `own`.
#[inline(always)]
fn sum_along<T: Working>(numbers: &mut [T], own: usize, stop: &mut Stop<'_>) -> Result<Summed<T, LANES>, Halt> {
    let lead = std::mem::replace(&mut numbers[own], T::ZERO);
    let mut sum = Sum::ZERO;
    for (i, part) in numbers.chunks(PART).enumerate() {
        heed(i, stop)?;
        sum = sum.plus(block_sum(part));
    }
    numbers[own] = lead;
    let (all, rest) = (sum.rounded::<T>(lead.to_f64()).0, sum.rounded::<T>(0.0).0);
    Ok(Summed { all: [all; LANES], rest: [rest; LANES] })
}
