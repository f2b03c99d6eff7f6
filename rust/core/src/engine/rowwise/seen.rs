//! What the loss's kernel sees of classes, and what becomes of what it says.
//!
//! Classes come in blocks of 64 numbers, which are those of one class in 64 rows, or of 64 classes of one row: what is known of the
//! rows is there for each number, so the code is the same for both.

use super::super::blocks::LANES;
use super::super::kernel::Blocks;
use super::super::scratch::Scratch;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::chain::{Row, Summed};
use super::heads::Facts;
use super::job::Job;
use super::softmax::{Maxima, Shares, Terms, log_probability};
use crate::number::{functions as f, select};
use crate::simd::{self, Body, Level};
use std::ops::Range;

pub(super) type Block<T> = [T; LANES];

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
    gained: &'a mut [Block<T>],
    pub loss: &'a mut [Block<T>],
}

impl<'a, T: Working> Pieces<'a, T> {
    /// Room for so many blocks.
    #[inline(always)]
    pub fn take(scratch: &mut Scratch<'a, T>, blocks: usize) -> Self {
        let [log_q, q, others, gained, loss] =
            std::array::from_fn(|_| scratch.take(LANES * blocks).as_chunks_mut::<LANES>().0);
        Pieces { log_q, q, others, gained, loss }
    }

    /// Adds the first values to lanes.
    #[inline(always)]
    pub fn add(&mut self, count: usize, sum: &mut Terms<T, LANES>) {
        let blocks = count.div_ceil(LANES);
        self.loss[..blocks].as_flattened_mut()[count..].fill(T::ZERO);
        for loss in &self.loss[..blocks] {
            sum.add(loss);
        }
    }
}

/// Derivatives of the terms of classes, then of their rows.
pub(super) struct Slopes<'a, T> {
    /// With respect to log q, first and second,
    pub first: &'a mut [Block<T>],
    pub second: &'a mut [Block<T>],
    /// and with respect to q, of losses that have them.
    in_q: [&'a mut [Block<T>]; 2],
}

impl<'a, T: Working> Slopes<'a, T> {
    /// Not wanted.
    pub fn none() -> Self {
        Slopes { first: &mut [], second: &mut [], in_q: [&mut [], &mut []] }
    }

    /// Room for so many numbers of each.
    #[inline(always)]
    pub fn take(job: &Job<'_, T>, scratch: &mut Scratch<'a, T>, len: usize) -> Self {
        let mut take = |len| scratch.take(len).as_chunks_mut::<LANES>().0;
        let (first, second, in_q) = (take(len), take(len), if job.in_q.is_some() { len } else { 0 });
        Slopes { first, second, in_q: [take(in_q), take(in_q)] }
    }

    /// Those of some blocks.
    #[inline(always)]
    pub fn part(&mut self, blocks: Range<usize>) -> Slopes<'_, T> {
        let Slopes { first, second, in_q: [slope, bend] } = self;
        let in_q = if slope.is_empty() { 0..0 } else { blocks.clone() };
        Slopes {
            first: &mut first[blocks.clone()],
            second: &mut second[blocks],
            in_q: [&mut slope[in_q.clone()], &mut bend[in_q]],
        }
    }

    /// All of them.
    #[inline(always)]
    pub fn each(&mut self) -> [&mut [Block<T>]; 4] {
        let Slopes { first, second, in_q: [slope, bend] } = self;
        [first, second, slope, bend]
    }
}

/// The kernel over classes, in code of its own.
pub(super) fn see<T: Working>(
    job: &Job<'_, T>,
    wanted: Wanted,
    known: &Known<T>,
    [x, e, t]: [&[Block<T>]; 3],
    pieces: &mut Pieces<'_, T>,
    slopes: Slopes<'_, T>,
) {
    simd::dispatch(job.request.level, See { job, wanted, known, x, e, t, pieces, slopes });
}

struct See<'a, 'j, 'p, T> {
    job: &'a Job<'j, T>,
    wanted: Wanted,
    known: &'a Known<T>,
    x: &'a [Block<T>],
    e: &'a [Block<T>],
    t: &'a [Block<T>],
    pieces: &'a mut Pieces<'p, T>,
    slopes: Slopes<'a, T>,
}

impl<T: Working> Body for See<'_, '_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let See { job, wanted, known: Known { m, log1p_rest, shares, .. }, x, e, t, pieces, slopes } = self;
        let Pieces { log_q, q, others, gained, loss } = pieces;
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
        let is_known = job.kernel.reads_shares() && !job.raw;
        if is_known {
            let maxima = Maxima::of::<false>(m);
            for ((gained, q), (x, e)) in gained.iter_mut().zip(q.iter()).zip(x.iter().zip(e)) {
                for i in 0..LANES {
                    gained[i] = shares.gained(i, q[i], e[i], maxima.row(i).gained(x[i], e[i]));
                }
            }
        }
        let (log_q, gained) = (&log_q[..t.len()], if is_known { &**gained } else { &[] });
        let shares = [&**q, &**others, gained];
        let Slopes { first, second, in_q: [slope, bend] } = slopes;
        let blocks = Blocks { y: t, x: log_q, shares, value: loss, sum: None, grad: first, hess: second };
        job.compute(&job.kernel, wanted, blocks);
        if let Some(kernel) = &job.in_q {
            let wanted = Wanted { value: false, ..wanted };
            let blocks = Blocks { y: t, x: log_q, shares, value: &mut [], sum: None, grad: slope, hess: bend };
            job.compute(kernel, wanted, blocks);
        }
    }
}

/// The derivatives of classes, in place of f′ and f″: in code of its own.
pub(super) struct Derive<'a, 'j, T> {
    pub job: &'a Job<'j, T>,
    pub known: &'a Known<T>,
    pub sums: &'a [Summed<T, LANES>; 2],
    /// What rounding took from the sum of f′.
    pub lost: &'a Block<T>,
    pub factor: &'a Block<T>,
    pub x: &'a [Block<T>],
    pub e: &'a [Block<T>],
    pub slopes: Slopes<'a, T>,
}

impl<T: Working> Body for Derive<'_, '_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Derive { job, known: Known { m, rest, low, .. }, sums, lost, factor, x, e, slopes } = self;
        let Slopes { first, second, in_q: [slope, bend] } = slopes;
        let mut none = [[T::ZERO; LANES]; 2];
        let [no_slope, no_bend] = &mut none;
        let known = [*m, *rest, *low];
        let row = Row::new(job.raw, &known, sums);
        let (flat, times) = (job.is_flat(), job.times());
        let pulls = if job.has_quotients() { Some(row.pulls(lost)) } else { None };
        let mut alike = [T::ZERO; LANES];
        for i in 0..LANES {
            alike[i] = job.alike(sums[0].all[i]);
        }
        for (b, (((x, e), first), second)) in x.iter().zip(e).zip(first).zip(second).enumerate() {
            let (slope, bend) = (slope.get(b).unwrap_or(no_slope), bend.get(b).unwrap_or(no_bend));
            if job.wanted.hess {
                if flat {
                    *second = alike;
                } else if job.raw {
                    for i in 0..LANES {
                        second[i] = row.hess::<true>(i, x[i], e[i], first[i], second[i]) * times;
                    }
                } else if job.in_q.is_some() {
                    for i in 0..LANES {
                        second[i] = row.hess_in_q(i, e[i], [first[i], second[i]], [slope[i], bend[i]]) * times;
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
            } else if job.in_q.is_some() {
                for i in 0..LANES {
                    first[i] = row.grad_in_q(i, e[i], first[i], slope[i]) * factor[i];
                }
            } else if let Some(pulls) = &pulls {
                let (mut grad, mut odd, mut any) = ([T::ZERO; LANES], [false; LANES], false);
                for i in 0..LANES {
                    (grad[i], odd[i]) = row.grad_linear(i, x[i], e[i], first[i], pulls);
                }
                for odd in odd {
                    any |= odd;
                }
                if any {
                    for i in 0..LANES {
                        grad[i] = select(odd[i], row.grad::<false>(i, x[i], e[i], first[i]), grad[i]);
                    }
                }
                for i in 0..LANES {
                    first[i] = grad[i] * factor[i];
                }
            } else {
                for i in 0..LANES {
                    first[i] = row.grad::<false>(i, x[i], e[i], first[i]) * factor[i];
                }
            }
        }
    }
}
