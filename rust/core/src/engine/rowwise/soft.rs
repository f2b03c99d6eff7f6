//! Rows of shares of which the loss's kernel sees every class.

use super::super::blocks::LANES;
use super::super::memory::Place;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::chain::Summed;
use super::heads::Facts;
use super::job::{Halt, Job};
use super::narrow::{self, store};
use super::rows::{Batch, put};
use super::seen::{Block, Derive, Known, Pieces, Slopes, see};
use super::softmax::{Sum, Terms};
use super::targets;
use super::terms::{CALL, PART, RowOf, block_sum};
use super::wide::{clear, heed, terms_of};
use crate::number::real::times_or_nan;
use crate::number::{Float, select};
use crate::parallel::Stop;
use crate::simd::{self, Body};

/// Rows of few classes.
pub(super) struct SideBySide<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for SideBySide<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, which, value, parts, mut scratch, .. } = self.0;
        let k = job.classes;
        let stage = scratch.take(LANES * k);
        let [x, e, t] = std::array::from_fn(|_| scratch.take(LANES * k).as_chunks_mut::<LANES>().0);
        let mut slopes = Slopes::take(job, &mut scratch, LANES * k);
        let mut facts = Facts::PLAIN;
        narrow::begin(job, parts, rows, &mut facts, stage, x, e)?;
        let known = Known::rows(job.request.level, &facts);
        targets::of_batch(job, rows, false, stage, t)?;
        let mut pieces = Pieces::take(&mut scratch, k);
        see(job, job.wanted, &known, [x, e, t], &mut pieces, slopes.part(0..k));
        if !job.class_weight.is_empty() {
            for class in 0..k {
                let weight = job.class_weight(class);
                let [first, second, slope, bend] = slopes.each();
                for numbers in [&mut *pieces.loss, first, second, slope, bend] {
                    for number in numbers.get_mut(class).into_iter().flatten() {
                        *number = times_or_nan(weight, *number);
                    }
                }
            }
        }
        let mut sum = Terms::<T, LANES>::NONE;
        pieces.add(LANES * k, &mut sum);
        for i in 0..LANES {
            value[i] = select(which >> i & 1 != 0, sum.lane(i).rounded(0.0).0, value[i]);
        }
        if !job.derives() {
            return Ok(());
        }
        let (firsts, lost) = &sums_side_by_side(slopes.first, e);
        let sums = &[*firsts, sums_side_by_side(slopes.second, e).0];
        let (known, factor) = (&known, &rows.factor);
        let derive = Derive { job, known, sums, lost, factor, x, e, slopes: slopes.part(0..k) };
        simd::dispatch(job.request.level, derive);
        store(job, rows, which, parts.hess.as_mut(), slopes.second, stage);
        store(job, rows, which, parts.grad.as_mut(), slopes.first, stage);
        Ok(())
    }
}

/// The sums over the classes of rows side by side, and what rounding took from those of all.
#[inline(always)]
fn sums_side_by_side<T: Float>(numbers: &[Block<T>], e: &[Block<T>]) -> (Summed<T, LANES>, Block<T>) {
    let [mut all, mut apart] = [Terms::<T, LANES>::NONE; 2];
    let mut others = [T::ZERO; LANES];
    for (numbers, e) in numbers.iter().zip(e) {
        for i in 0..LANES {
            others[i] = select(e[i] == T::ONE, T::ZERO, numbers[i]);
        }
        all.add(numbers);
        apart.add(&others);
    }
    let (mut sums, mut lost) = (Summed::NONE, [T::ZERO; LANES]);
    for i in 0..LANES {
        (sums.all[i], lost[i]) = all.lane(i).rounded(0.0);
        sums.rest[i] = apart.lane(i).rounded(0.0).0;
    }
    (sums, lost)
}

/// The value of a row of these shares, from the kernel.
#[inline(always)]
pub(super) fn see_along<T: Working>(
    job: &Job<'_, T>,
    numbers: [&[T]; 3],
    known: &Known<T>,
    pieces: &mut Pieces<'_, T>,
    stop: &mut Stop<'_>,
) -> Result<T, Halt> {
    let mut sum = Terms::<T, LANES>::NONE;
    let [x, e, t] = numbers;
    let ((x, x_rest), (e, e_rest), (t, t_rest)) = (x.as_chunks(), e.as_chunks(), t.as_chunks());
    for start in (0..x.len()).step_by(CALL) {
        heed(if start.is_multiple_of(PART / LANES) { start } else { 0 }, stop)?;
        let blocks = start..x.len().min(start + CALL);
        let count = blocks.len() * LANES;
        let blocks = [&x[blocks.clone()], &e[blocks.clone()], &t[blocks]];
        see(job, Wanted::VALUE, known, blocks, pieces, Slopes::none());
        pieces.add(count, &mut sum);
    }
    // What is beyond the last class is one without share or probability.
    let (mut x, mut e, mut t) = ([[-T::INFINITY; LANES]], [[T::ZERO; LANES]], [[T::ZERO; LANES]]);
    for (padded, rest) in [(&mut x, x_rest), (&mut e, e_rest), (&mut t, t_rest)] {
        padded[0][..rest.len()].copy_from_slice(rest);
    }
    see(job, Wanted::VALUE, known, [&x, &e, &t], pieces, Slopes::none());
    pieces.add(x_rest.len(), &mut sum);
    Ok(sum.fold().rounded(0.0).0)
}

/// Rows of many classes.
pub(super) struct Along<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for Along<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, x: input, y, which, value, parts, mut scratch, stop, .. } = self.0;
        let (k, level) = (job.classes, job.request.level);
        let blocks = k.div_ceil(LANES);
        let [x, e, t] = std::array::from_fn(|_| scratch.take(blocks * LANES));
        let mut slopes = Slopes::take(job, &mut scratch, blocks * LANES);
        let mut pieces = Pieces::take(&mut scratch, blocks.min(PART / LANES));
        for i in (0..rows.len).filter(|i| which >> i & 1 != 0) {
            let row = rows.start + i;
            if rows.counts[i] == T::ZERO {
                clear(parts, row, &mut x[..k], stop)?;
                continue;
            }
            input.operand(row * k, &mut x[..k]).numbers_mut();
            let RowOf { m, own, sum } = terms_of(job, parts, row, &x[..k], &mut e[..k], &mut *stop)?;
            let shares =
                targets::of_row(job, y, row, rows.label[i], 0, false, &mut slopes.first.as_flattened_mut()[..k])?;
            t[..k].copy_from_slice(shares);
            // What is beyond the last class is one without share or probability.
            x[k..].fill(if job.raw { -T::INFINITY } else { T::ZERO });
            e[k..].fill(T::ZERO);
            t[k..].fill(T::ZERO);
            let (rest, low) = sum.rounded::<T>(0.0);
            let known = Known::row(m, rest, low);
            let mut sum = Terms::<T, LANES>::NONE;
            for start in (0..k).step_by(PART) {
                heed(start, stop)?;
                let range = start..(blocks * LANES).min(start + PART);
                let [x, e, t] = [&x[range.clone()], &e[range.clone()], &t[range.clone()]].map(in_blocks);
                let mut slopes = slopes.part(range.start / LANES..range.end / LANES);
                see(job, job.wanted, &known, [x, e, t], &mut pieces, slopes.part(0..x.len()));
                let [first, second, slope, bend] = slopes.each();
                for numbers in [&mut pieces.loss[..x.len()], first, second, slope, bend] {
                    weigh(job, start, numbers.as_flattened_mut());
                }
                pieces.add((k - start).min(PART), &mut sum);
            }
            value[i] = sum.fold().rounded(0.0).0;
            if !job.derives() {
                continue;
            }
            let (firsts, lost) = &sum_along(&mut slopes.first.as_flattened_mut()[..k], own, stop)?;
            let sums = &mut [*firsts, Summed::NONE];
            if job.wanted.hess {
                sums[1] = sum_along(&mut slopes.second.as_flattened_mut()[..k], own, stop)?.0;
            }
            let factor = [rows.factor[i]; LANES];
            for start in (0..k).step_by(PART) {
                heed(start, stop)?;
                let range = start..(blocks * LANES).min(start + PART);
                let [x, e] = [&x[range.clone()], &e[range.clone()]].map(in_blocks);
                let slopes = slopes.part(range.start / LANES..range.end / LANES);
                simd::dispatch(level, Derive { job, known: &known, sums, lost, factor: &factor, x, e, slopes });
            }
            put(Place::aside(parts.hess.as_mut(), row * k, &mut slopes.second.as_flattened_mut()[..k]));
            put(Place::aside(parts.grad.as_mut(), row * k, &mut slopes.first.as_flattened_mut()[..k]));
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

/// The sums of a row's numbers, the maximum's being `own`, and what rounding took from that of all.
#[inline(always)]
fn sum_along<T: Working>(
    numbers: &mut [T],
    own: usize,
    stop: &mut Stop<'_>,
) -> Result<(Summed<T, LANES>, Block<T>), Halt> {
    let lead = std::mem::replace(&mut numbers[own], T::ZERO);
    let mut sum = Sum::ZERO;
    for (i, part) in numbers.chunks(PART).enumerate() {
        heed(i, stop)?;
        sum = sum.plus(block_sum(part));
    }
    numbers[own] = lead;
    let ((all, low), (rest, _)) = (sum.rounded::<T>(lead.to_f64()), sum.rounded::<T>(0.0));
    Ok((Summed { all: [all; LANES], rest: [rest; LANES] }, [low; LANES]))
}
