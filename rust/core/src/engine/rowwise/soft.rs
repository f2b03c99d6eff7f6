//! Rows of shares of which the loss's kernel sees every class.

use super::super::blocks::LANES;
use super::super::kernel::Blocks;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::chain::{Row, Summed, fold};
use super::heads::Facts;
use super::job::{Halt, Job};
use super::narrow::{self, store};
use super::rows::Batch;
use super::scratch::Scratch;
use super::softmax::{Shares, Sum, log_probability};
use super::targets;
use super::terms::{PART, RowOf, block_sum};
use super::wide::{clear, derive, heed, terms_of};
use crate::number::real::times_or_nan;
use crate::number::{Float, functions as f, select};
use crate::parallel::Stop;
use crate::simd::Body;

/// Blocks that the kernel is called for at a time along a row.
const CALL: usize = 8;

/// What the kernel reads of classes, and their values.
pub(super) struct Pieces<'a, T> {
    log_q: &'a mut [[T; LANES]],
    q: &'a mut [[T; LANES]],
    others: &'a mut [[T; LANES]],
    loss: &'a mut [[T; LANES]],
}

impl<'a, T: Working> Pieces<'a, T> {
    /// Room for rows side by side.
    #[inline(always)]
    pub fn side_by_side(scratch: &mut Scratch<'a, T>, classes: usize) -> Self {
        let [log_q, q, others, loss] =
            std::array::from_fn(|_| scratch.take(LANES * classes).as_chunks_mut::<LANES>().0);
        Pieces { log_q, q, others, loss }
    }

    /// The values of rows side by side.
    #[inline(always)]
    pub fn sum(&self, value: &mut [T; LANES]) {
        let mut sum = [0.0; LANES];
        for loss in self.loss.iter() {
            for i in 0..LANES {
                sum[i] += loss[i].to_f64();
            }
        }
        for i in 0..LANES {
            value[i] = T::lit(sum[i]);
        }
    }
}

/// Runs the kernel over rows side by side.
#[inline(always)]
pub(super) fn see_side_by_side<T: Working>(
    job: &Job<'_, T>,
    wanted: Wanted,
    facts: &Facts<T>,
    x: &[[T; LANES]],
    e: &[[T; LANES]],
    t: &[[T; LANES]],
    pieces: &mut Pieces<'_, T>,
    [first, second]: [&mut [[T; LANES]]; 2],
) {
    let Facts { m, rest, low, .. } = facts;
    let Pieces { log_q, q, others, loss } = pieces;
    let mut log1p_rest = [T::ZERO; LANES];
    for i in 0..LANES {
        log1p_rest[i] = f::log1p(rest[i]);
    }
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
        let shares = Shares::new(rest, low);
        for ((q, others), e) in q.iter_mut().zip(others.iter_mut()).zip(e) {
            for i in 0..LANES {
                (q[i], others[i]) = (shares.q(i, e[i]), shares.others(i, e[i]));
            }
        }
    }
    let mut blocks = Blocks { y: t, x: log_q, shares: [q, others], value: loss, sum: None, grad: first, hess: second };
    job.kernel.run(job.request.level, wanted, &job.constants, T::ONE, &mut blocks);
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
        let facts = narrow::begin(job, parts, rows, stage, x, e)?;
        targets::of_batch(job, rows, false, stage, t)?;
        let mut pieces = Pieces::side_by_side(&mut scratch, k);
        see_side_by_side(job, job.wanted, &facts, x, e, t, &mut pieces, [&mut *first, &mut *second]);
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
        if job.wanted.value {
            let mut values = [T::ZERO; LANES];
            pieces.sum(&mut values);
            for i in 0..LANES {
                value[i] = if which >> i & 1 != 0 { values[i] } else { value[i] };
            }
        }
        if !job.derives() {
            return Ok(());
        }
        let Facts { m, rest, low, .. } = &facts;
        let sums = [&*first, &*second].map(|numbers| sums_side_by_side(numbers, e));
        let known = [*m, *rest, *low];
        let row = Row::new(job.raw, &known, &sums);
        if job.wanted.hess {
            let times = job.times();
            let alike: [T; LANES] = sums[0].all.map(|firsts| job.alike(firsts));
            for class in 0..k {
                let (x, e, first, second) = (&x[class], &e[class], &first[class], &mut second[class]);
                if job.is_flat() {
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
                    second[i] = second[i].max(job.floor) * rows.factor[i];
                }
            }
            store(job, rows, which, parts.hess.as_mut(), second, stage);
        }
        if job.wanted.grad {
            for class in 0..k {
                let (x, e, first) = (&x[class], &e[class], &mut first[class]);
                if job.raw {
                    for i in 0..LANES {
                        first[i] = row.grad::<true>(i, x[i], e[i], first[i]) * rows.factor[i];
                    }
                } else {
                    for i in 0..LANES {
                        first[i] = row.grad::<false>(i, x[i], e[i], first[i]) * rows.factor[i];
                    }
                }
            }
            store(job, rows, which, parts.grad.as_mut(), first, stage);
        }
        Ok(())
    }
}

/// The sums over the classes of rows side by side.
#[inline(always)]
fn sums_side_by_side<T: Float>(numbers: &[[T; LANES]], e: &[[T; LANES]]) -> Summed<T, LANES> {
    let (mut all, mut apart) = ([0.0; LANES], [0.0; LANES]);
    for (numbers, e) in numbers.iter().zip(e) {
        for i in 0..LANES {
            all[i] += numbers[i].to_f64();
            apart[i] += select(e[i] == T::ONE, T::ZERO, numbers[i]).to_f64();
        }
    }
    Summed { all: all.map(T::lit), rest: apart.map(T::lit) }
}

/// Room for what the kernel reads and writes of some classes of a row.
#[repr(C, align(64))]
struct Seen<T> {
    t: [[T; LANES]; CALL],
    log_q: [[T; LANES]; CALL],
    q: [[T; LANES]; CALL],
    others: [[T; LANES]; CALL],
    loss: [[T; LANES]; CALL],
}

impl<T: Working> Seen<T> {
    const NONE: Self = {
        let zero = [[T::ZERO; LANES]; CALL];
        Seen { t: zero, log_q: zero, q: zero, others: zero, loss: zero }
    };

    /// Runs the kernel over some classes of a row, in whole blocks: what is beyond them has no share, and is left out again.
    #[inline(always)]
    fn see(
        &mut self,
        job: &Job<'_, T>,
        wanted: Wanted,
        x: &[T],
        e: &[T],
        (m, log1p_rest, shares): (T, T, &Shares<T, 1>),
        [first, second]: [&mut [[T; LANES]]; 2],
    ) {
        let (count, blocks) = (x.len(), x.len().div_ceil(LANES));
        let Seen { t, log_q, q, others, loss } = self;
        t.as_flattened_mut()[count..].fill(T::ZERO);
        let numbers = log_q.as_flattened_mut();
        numbers[count..].fill(T::ZERO);
        if job.raw {
            for (log_q, &x) in numbers.iter_mut().zip(x) {
                *log_q = log_probability::<T, true>(x, m, log1p_rest);
            }
        } else {
            for (log_q, &x) in numbers.iter_mut().zip(x) {
                *log_q = log_probability::<T, false>(x, m, log1p_rest);
            }
        }
        if job.kernel.reads_shares() {
            let (q, others) = (q.as_flattened_mut(), others.as_flattened_mut());
            for ((q, others), &e) in q.iter_mut().zip(others.iter_mut()).zip(e) {
                (*q, *others) = (shares.q(0, e), shares.others(0, e));
            }
            q[count..].fill(T::ZERO);
            others[count..].fill(T::ONE);
        }
        let (t, log_q) = (&t[..blocks], &log_q[..]);
        let mut outputs =
            Blocks { y: t, x: log_q, shares: [q, others], value: loss, sum: None, grad: first, hess: second };
        job.kernel.run(job.request.level, wanted, &job.constants, T::ONE, &mut outputs);
    }

    /// Adds the values of so many classes.
    #[inline(always)]
    fn sum(&mut self, count: usize, sum: &mut [f64; LANES]) {
        self.loss.as_flattened_mut()[count..].fill(T::ZERO);
        for block in &self.loss[..count.div_ceil(LANES)] {
            for i in 0..LANES {
                sum[i] += block[i].to_f64();
            }
        }
    }
}

/// The value of a row of these shares, from the kernel.
#[inline(always)]
pub(super) fn see_along<T: Working>(
    job: &Job<'_, T>,
    x: &[T],
    e: &[T],
    t: &[T],
    (m, rest, low): (T, T, T),
    stop: &mut Stop<'_>,
) -> Result<T, Halt> {
    let known = (m, f::log1p(rest), &Shares::new(&[rest], &[low]));
    let (mut seen, mut sum) = (Seen::NONE, [0.0; LANES]);
    for (i, ((x, e), t)) in x.chunks(CALL * LANES).zip(e.chunks(CALL * LANES)).zip(t.chunks(CALL * LANES)).enumerate() {
        heed(usize::from(i > 0 && (i * CALL * LANES).is_multiple_of(PART)), stop)?;
        seen.t.as_flattened_mut()[..t.len()].copy_from_slice(t);
        seen.see(job, Wanted::VALUE, x, e, known, [&mut [], &mut []]);
        seen.sum(x.len(), &mut sum);
    }
    Ok(T::lit(fold(sum, |a, b| a + b)))
}

/// Rows of many classes.
pub(super) struct Along<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for Along<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, x, y, which, value, parts, mut scratch, stop } = self.0;
        let k = job.classes;
        let padded = k.next_multiple_of(LANES);
        let [stage, buffer, e, first, second] = std::array::from_fn(|_| scratch.take(padded));
        let (stage, buffer, e) = (&mut stage[..k], &mut buffer[..k], &mut e[..k]);
        let mut seen = Seen::NONE;
        for i in (0..rows.len).filter(|i| which >> i & 1 != 0) {
            let (row, factor) = (rows.start + i, rows.factor[i]);
            if rows.counts[i] == T::ZERO {
                clear(parts, row, buffer, stop)?;
                continue;
            }
            let x = x.operand(row * k, &mut *stage);
            let x = x.numbers();
            let RowOf { m, own, sum } = terms_of(job, parts, row, x, &mut *e, &mut *stop)?;
            let (rest, low) = sum.rounded::<T>(0.0);
            let known = (m, f::log1p(rest), &Shares::new(&[rest], &[low]));
            let mut sum = [0.0; LANES];
            for start in (0..k).step_by(CALL * LANES) {
                heed(usize::from(start > 0 && start % PART == 0), stop)?;
                let range = start..k.min(start + CALL * LANES);
                let count = range.len();
                let buffer = &mut buffer[range.clone()];
                let t = targets::of_row(job, y, row, rows.label[i], start, false, buffer)?;
                seen.t.as_flattened_mut()[..count].copy_from_slice(t);
                let (first, second) = (&mut first[start..], &mut second[start..]);
                let outputs = [first.as_chunks_mut().0, second.as_chunks_mut().0];
                seen.see(job, job.wanted, &x[range.clone()], &e[range], known, outputs);
                for numbers in [seen.loss.as_flattened_mut(), first, second] {
                    weigh(job, start, &mut numbers[..count]);
                }
                seen.sum(count, &mut sum);
            }
            value[i] = T::lit(fold(sum, |a, b| a + b));
            if !job.derives() {
                continue;
            }
            let (first, second) = (&mut first[..k], &mut second[..k]);
            let mut sums = [Summed::NONE; 2];
            sums[0] = sum_along(first, own, stop)?;
            if job.wanted.hess {
                sums[1] = sum_along(second, own, stop)?;
            }
            let known = [[m], [rest], [low]];
            let at = Row::new(job.raw, &known, &sums);
            let (alike, times) = (job.alike(sums[0].all[0]), job.times());
            let hess = |start: usize, e: &[T], out: &mut [T]| {
                let (x, first, second) = (&x[start..], &first[start..], &second[start..]);
                let numbers = out.iter_mut().zip(x).zip(e).zip(first).zip(second);
                if job.is_flat() {
                    out.fill(alike.max(job.floor) * factor);
                } else if job.raw {
                    for ((((out, &x), &e), &first), &second) in numbers {
                        *out = (at.hess::<true>(0, x, e, first, second) * times).max(job.floor) * factor;
                    }
                } else {
                    for ((((out, &x), &e), &first), &second) in numbers {
                        *out = (at.hess::<false>(0, x, e, first, second) * times).max(job.floor) * factor;
                    }
                }
            };
            derive(parts.hess.as_mut(), row, e, buffer, stop, hess, |_| {})?;
            let grad = |start: usize, e: &[T], out: &mut [T]| {
                let numbers = out.iter_mut().zip(&x[start..]).zip(e).zip(&first[start..]);
                if job.raw {
                    for (((out, &x), &e), &first) in numbers {
                        *out = at.grad::<true>(0, x, e, first) * factor;
                    }
                } else {
                    for (((out, &x), &e), &first) in numbers {
                        *out = at.grad::<false>(0, x, e, first) * factor;
                    }
                }
            };
            derive(parts.grad.as_mut(), row, e, buffer, stop, grad, |_| {})?;
        }
        Ok(())
    }
}

/// Multiplies the numbers of classes from `start` on by the weights of these.
#[inline(always)]
fn weigh<T: Working>(job: &Job<'_, T>, start: usize, numbers: &mut [T]) {
    if job.class_weight.is_empty() {
        return;
    }
    for (class, number) in numbers.iter_mut().enumerate() {
        *number = times_or_nan(job.class_weight(start + class), *number);
    }
}

/// The sums of a row's numbers, the maximum's being `own`.
#[inline(always)]
fn sum_along<T: Working>(numbers: &mut [T], own: usize, stop: &mut Stop<'_>) -> Result<Summed<T, 1>, Halt> {
    let lead = std::mem::replace(&mut numbers[own], T::ZERO);
    let mut sum = Sum::ZERO;
    for (i, part) in numbers.chunks(PART).enumerate() {
        heed(i, stop)?;
        sum = sum.plus(block_sum(part));
    }
    numbers[own] = lead;
    Ok(Summed { all: [sum.rounded::<T>(lead.to_f64()).0], rest: [sum.rounded::<T>(0.0).0] })
}
