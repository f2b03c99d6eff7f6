//! Rows whose loss is linear in the log-probabilities: softmax alone bends it, so one pass of exponentials is all that they take.
//!
//! With T the sum of the shares t and S that of the terms, a row's value is T·log1p(rest) + Σ t·(max − z), whose summands are at least
//! 0, and its gradient T·e/S − t. Only the maximum can have most of the probability, so only its gradient would lose digits where the
//! two are close; it is (Σ of the others' t − t·rest)/S.

use super::super::blocks::LANES;
use super::super::memory::Place;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::chain::fold;
use super::heads::{Facts, bent};
use super::job::{Halt, Job};
use super::narrow::{self, store};
use super::rows::{Batch, put};
use super::seen::{Known, Pieces, Slopes, see};
use super::soft::see_along;
use super::softmax::{Terms, over_sum_parts};
use super::targets;
use super::terms::{CALL, RowOf, STEP};
use super::wide::{clear, heed, parts_of, terms_of};
use crate::number::compensated::plus;
use crate::number::{Float, functions as f, select};
use crate::simd::Body;

/// What the targets of rows add up to, in lanes.
#[repr(C, align(64))]
struct Sums<const N: usize> {
    all: [f64; N],
    /// What rounding took from them, of float64: rows whose targets are others' in another order have the same sum.
    lost: [f64; N],
    /// All but those of classes that are as large as the maximum.
    apart: [f64; N],
    /// Times the distances of the predictions to the maximum.
    distance: [f64; N],
}

impl<const N: usize> Sums<N> {
    const NONE: Self = Sums { all: [0.0; N], lost: [0.0; N], apart: [0.0; N], distance: [0.0; N] };

    /// Adds classes, each to the lane of its index modulo the lanes: of rows with these maxima, and from where distances are measured.
    /// `PLAIN`: none is told apart, and all distances are taken for finite.
    #[inline(always)]
    fn add<T: Float, const PLAIN: bool, const M: usize>(&mut self, x: &[T; M], t: &[T; M], m: &[T; N], from: &[T; N]) {
        for i in 0..N {
            let (mut all, mut apart, mut distance) = (T::ZERO, T::ZERO, T::ZERO);
            // Few enough that float32 does not round much; their sums are added up in float64.
            for j in (i..M).step_by(N) {
                all = all + t[j];
                if PLAIN {
                    distance = t[j].mul_add(from[i] - x[j], distance);
                    continue;
                }
                let others = select(x[j] == m[i], T::ZERO, t[j]);
                let at = select(others == T::ZERO, from[i], x[j]);
                apart = apart + others;
                distance = others.mul_add(from[i] - at, distance);
            }
            if T::SINGLE {
                self.all[i] += all.to_f64();
            } else {
                (self.all[i], self.lost[i]) = plus((self.all[i], self.lost[i]), all.to_f64());
            }
            self.apart[i] += apart.to_f64();
            self.distance[i] += distance.to_f64();
        }
    }

    /// All lanes together.
    #[inline(always)]
    fn fold(&self) -> Sums<1> {
        let [all, lost, apart, distance] =
            [self.all, self.lost, self.apart, self.distance].map(|lanes| [fold(lanes, |a, b| a + b)]);
        Sums { all, lost, apart, distance }
    }

    /// Of row i.
    #[inline(always)]
    fn total(&self, i: usize) -> f64 {
        self.all[i] + self.lost[i]
    }
}

/// From where distances are measured: the maximum, if it is finite.
#[inline(always)]
fn origin<T: Float>(m: T) -> T {
    select(m.abs() < T::INFINITY, m, T::ZERO)
}

/// What is known of some rows.
struct Given<'a, T, const N: usize> {
    m: &'a [T; N],
    rest: &'a [T; N],
    low: &'a [T; N],
    factor: &'a [T; N],
}

/// What follows.
#[repr(C, align(64))]
struct Heads<T, const N: usize> {
    value: [f64; N],
    /// The gradient per term, in two parts.
    slope: [T; N],
    slope_low: [T; N],
    /// What the gradient of the maximum is made from: the others' targets, and one over the sum of the terms.
    apart: [T; N],
    over: [T; N],
    /// What gradients are multiplied by, last: where a term and a target cancel, a weight must not change what is left.
    factor: [T; N],
    /// The Hessian per product of a term with the other terms; that of all classes where they are alike.
    bend: [T; N],
}

impl<T: Working, const N: usize> Heads<T, N> {
    #[inline(always)]
    fn new(job: &Job<'_, T>, given: &Given<'_, T, N>, sums: &Sums<N>) -> Self {
        let Given { m, rest, low, factor } = given;
        let zero = [T::ZERO; N];
        let mut heads =
            Heads { value: [0.0; N], slope: zero, slope_low: zero, apart: zero, over: zero, factor: zero, bend: zero };
        for i in 0..N {
            let infinite = select(sums.apart[i] == 0.0, 0.0, f64::INFINITY);
            let distance = select(m[i].abs() == T::INFINITY, infinite, sums.distance[i]);
            heads.value[i] = sums.total(i).mul_add(f::log1p(rest[i]).to_f64(), distance);
        }
        for i in 0..N {
            (heads.slope[i], heads.slope_low[i]) = over_sum_parts(T::lit(sums.total(i)), rest[i], low[i]);
            heads.apart[i] = T::lit(sums.apart[i]);
            heads.over[i] = over_sum_parts(T::ONE, rest[i], low[i]).0;
            heads.factor[i] = factor[i];
        }
        for i in 0..N {
            let inverse = T::ONE / (T::ONE + rest[i]);
            heads.bend[i] = T::lit(sums.total(i)) * inverse * inverse * job.times();
        }
        if job.is_flat() {
            for i in 0..N {
                heads.bend[i] = job.alike(-T::lit(sums.total(i)));
            }
        }
        heads
    }
    /// The gradient of a class.
    #[inline(always)]
    fn grad(&self, i: usize, e: T, t: T) -> T {
        self.slope[i].mul_add(e, e.mul_add(self.slope_low[i], -t)) * self.factor[i]
    }
    /// The gradient of the maximum, where it has most of the probability.
    #[inline(always)]
    fn leading(&self, i: usize, t: T, rest: T, low: T) -> T {
        ((-t).mul_add(rest, self.apart[i]) - t * low) * self.over[i] * self.factor[i]
    }
}

/// Whether the values are those of the kernel: of a loss that is more than −t·log q.
fn asks_kernel<T: Working>(job: &Job<'_, T>) -> bool {
    job.wanted.value && job.kernel.reads_shares()
}

/// Rows of few classes.
pub(super) struct SideBySide<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for SideBySide<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, which, value, parts, mut scratch, .. } = self.0;
        let (k, flat) = (job.classes, job.is_flat());
        let stage = scratch.take(LANES * k);
        let [x, e, t] = std::array::from_fn(|_| scratch.take(LANES * k).as_chunks_mut::<LANES>().0);
        let mut facts = Facts::PLAIN;
        narrow::begin(job, parts, rows, &mut facts, stage, x, e)?;
        targets::of_batch(job, rows, true, stage, t)?;
        let Facts { m, rest, low, .. } = &facts;
        let given = Given { m, rest, low, factor: &rows.factor };
        let mut from = [T::ZERO; LANES];
        for i in 0..LANES {
            from[i] = origin(m[i]);
        }
        let mut sums = Sums::NONE;
        for (x, t) in x.iter().zip(t.iter()) {
            sums.add::<T, false, LANES>(x, t, m, &from);
        }
        let heads = Heads::new(job, &given, &sums);
        for i in 0..LANES {
            value[i] = T::lit(heads.value[i]);
        }
        if asks_kernel(job) {
            let (mut pieces, mut sum) = (Pieces::take(&mut scratch, k), Terms::<T, LANES>::NONE);
            let known = Known::rows(job.request.level, &facts);
            see(job, Wanted::VALUE, &known, [x, e, t], &mut pieces, Slopes::none());
            pieces.add(LANES * k, &mut sum);
            for i in 0..LANES {
                value[i] = sum.lane(i).rounded(0.0).0;
            }
        }
        if job.wanted.hess {
            for (x, e) in x.iter_mut().zip(e.iter()) {
                if flat {
                    *x = heads.bend;
                } else {
                    for i in 0..LANES {
                        x[i] = bent(e[i], rest[i], heads.bend[i], T::ZERO);
                    }
                }
                for i in 0..LANES {
                    x[i] = x[i].max(job.floor) * rows.factor[i];
                }
            }
            store(job, rows, which, parts.hess.as_mut(), x, stage);
        }
        if job.wanted.grad {
            for (e, t) in e.iter_mut().zip(t.iter()) {
                for i in 0..LANES {
                    let leads = (e[i] == T::ONE) & (rest[i] < T::ONE);
                    let grad = heads.grad(i, e[i], t[i]);
                    e[i] = select(leads, heads.leading(i, t[i], rest[i], low[i]), grad);
                }
            }
            store(job, rows, which, parts.grad.as_mut(), e, stage);
        }
        Ok(())
    }
}

/// Rows of many classes.
pub(super) struct Along<'a, 'j, 's, T>(pub Batch<'a, 'j, 's, T>);

impl<T: Working> Body for Along<'_, '_, '_, T> {
    type Output = Result<(), Halt>;

    #[inline(always)]
    fn run(self) -> Result<(), Halt> {
        let Batch { job, rows, x, y, value, parts, mut scratch, stop, .. } = self.0;
        let (k, flat) = (job.classes, job.is_flat());
        let [stage, shares, e] = std::array::from_fn(|_| scratch.take(k));
        targets::prepare(job, shares);
        let mut pieces = Pieces::take(&mut scratch, CALL);
        for i in 0..rows.len {
            let (row, factor) = (rows.start + i, rows.factor[i]);
            if rows.counts[i] == T::ZERO {
                clear(parts, row, stage, stop)?;
                continue;
            }
            let x = x.operand(row * k, &mut *stage);
            let label = rows.label[i] as usize;
            let t = targets::of_prepared(job, y, row, label, &mut *shares)?;
            let RowOf { m, own, sum } = terms_of(job, parts, row, x.numbers(), &mut *e, &mut *stop)?;
            let (rest, low) = sum.rounded::<T>(0.0);
            let mut sums = Sums::<STEP>::NONE;
            for part in parts_of(k) {
                heed(part.start, stop)?;
                add_along::<T, true>(&mut sums, &x.numbers()[part.clone()], &t[part], m);
            }
            // Distances may be infinite where there is no share, and only a maximum that has most of the probability is told apart.
            let sum = fold(sums.distance, |a, b| a + b);
            if rest < T::ONE || sum.is_nan() || sum == f64::INFINITY {
                sums = Sums::NONE;
                for part in parts_of(k) {
                    heed(part.start, stop)?;
                    add_along::<T, false>(&mut sums, &x.numbers()[part.clone()], &t[part], m);
                }
            }
            let heads =
                Heads::new(job, &Given { m: &[m], rest: &[rest], low: &[low], factor: &[factor] }, &sums.fold());
            value[i] = T::lit(heads.value[0]);
            if asks_kernel(job) {
                let known = Known::row(m, rest, low);
                value[i] = see_along(job, [x.numbers(), e, t], &known, &mut pieces, stop)?;
            }
            if parts.hess.is_some() {
                let mut hess = Place::of(parts.hess.as_mut(), row * k, &mut *stage);
                for part in parts_of(k) {
                    heed(part.start, stop)?;
                    let (out, e) = (&mut hess.numbers()[part.clone()], &e[part]);
                    if flat {
                        out.fill(heads.bend[0].max(job.floor) * factor);
                    } else {
                        for (out, &e) in out.iter_mut().zip(e) {
                            *out = bent(e, rest, heads.bend[0], T::ZERO).max(job.floor) * factor;
                        }
                    }
                }
                put(hess);
            }
            if parts.grad.is_some() {
                let mut grad = Place::of(parts.grad.as_mut(), row * k, &mut *stage);
                for part in parts_of(k) {
                    heed(part.start, stop)?;
                    let (out, e, t) = (&mut grad.numbers()[part.clone()], &e[part.clone()], &t[part]);
                    for ((out, &e), &t) in out.iter_mut().zip(e).zip(t) {
                        *out = heads.grad(0, e, t);
                    }
                }
                if rest < T::ONE {
                    grad.numbers()[own] = heads.leading(0, t[own], rest, low);
                }
                put(grad);
            }
            targets::restore(job, label, shares);
        }
        Ok(())
    }
}

/// Adds classes of a row.
#[inline(always)]
fn add_along<T: Float, const PLAIN: bool>(sums: &mut Sums<STEP>, x: &[T], t: &[T], m: T) {
    let (from, m) = ([origin(m); STEP], [m; STEP]);
    let ((x, x_steps), (t, t_steps)) = (x.as_chunks::<LANES>(), t.as_chunks::<LANES>());
    for (x, t) in x.iter().zip(t) {
        sums.add::<T, PLAIN, LANES>(x, t, &m, &from);
    }
    for (x, t) in x_steps.chunks(STEP).zip(t_steps.chunks(STEP)) {
        let (mut last_x, mut last_t) = (m, [T::ZERO; STEP]);
        last_x[..x.len()].copy_from_slice(x);
        last_t[..t.len()].copy_from_slice(t);
        sums.add::<T, PLAIN, STEP>(&last_x, &last_t, &m, &from);
    }
}
