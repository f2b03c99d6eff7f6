//! Rows with one true class: what the kernel says of that class, and from it what every class of the row needs.
//!
//! With d = f′ and b = f″ of the true class t, weights included, the derivatives of the other classes are
//! −qⱼ·d and qⱼ·(qⱼ·b − (1 − qⱼ)·d) for logits, and for probabilities of sum P the same for all: −d/P and (b + d)/P².

use super::super::blocks::LANES;
use super::super::kernel::Blocks;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::chain::{Row, Summed};
use super::job::Job;
use super::softmax::{gained, log_probability, others, others_parts, over_sum_parts, share};
use crate::number::real::times_or_nan;
use crate::number::{Float, functions as f, select};
use crate::simd::{self, Body};

/// What is known of some rows.
#[repr(C, align(64))]
pub(super) struct Facts<T> {
    /// The maximum.
    pub m: [T; LANES],
    /// The sum of the terms but the maximum's own.
    pub rest: [T; LANES],
    /// What rounding took from that.
    pub low: [T; LANES],
    /// The true class's prediction.
    pub x: [T; LANES],
    /// The true class's term.
    pub e: [T; LANES],
    /// The true class's share.
    pub share: [T; LANES],
    /// The true class's weight.
    pub class_weight: [T; LANES],
    /// What derivatives are multiplied by.
    pub factor: [T; LANES],
}

impl<T: Float> Facts<T> {
    /// Of rows of one class.
    pub const PLAIN: Self = Facts {
        m: [T::ONE; LANES],
        rest: [T::ZERO; LANES],
        low: [T::ZERO; LANES],
        x: [T::ONE; LANES],
        e: [T::ONE; LANES],
        share: [T::ONE; LANES],
        class_weight: [T::ONE; LANES],
        factor: [T::ZERO; LANES],
    };
}

/// What follows.
#[repr(C, align(64))]
pub(super) struct Head<T> {
    /// The rows' values.
    pub value: [T; LANES],
    /// The gradient per term, in two parts; from probabilities, that of every other class.
    pub slope: [T; LANES],
    pub slope_low: [T; LANES],
    /// The true class's gradient.
    pub slope_true: [T; LANES],
    /// The Hessian per product of a term with the other terms; from probabilities, that of every other class.
    pub bend: [T; LANES],
    /// The Hessian per square of a term.
    pub bend_square: [T; LANES],
    /// The true class's Hessian; that of all classes where they are alike.
    pub bend_true: [T; LANES],
}

impl<T: Float> Head<T> {
    /// Of no rows yet.
    pub const NONE: Self = {
        let none = [T::ZERO; LANES];
        Head {
            value: none,
            slope: none,
            slope_low: none,
            slope_true: none,
            bend: none,
            bend_square: none,
            bend_true: none,
        }
    };
}

/// What is known of the rows of a batch and what follows. A task keeps it: to begin anew would take a tenth of the time of rows of two.
pub(super) struct Told<T> {
    pub facts: Facts<T>,
    pub head: Head<T>,
}

impl<T: Float> Told<T> {
    /// Of no rows yet.
    pub const NONE: Self = Told { facts: Facts::PLAIN, head: Head::NONE };
}

/// What the kernel reads and writes.
#[repr(C, align(64))]
struct Seen<T> {
    y: [[T; LANES]; 1],
    x: [[T; LANES]; 1],
    q: [[T; LANES]; 1],
    others: [[T; LANES]; 1],
    value: [[T; LANES]; 1],
    grad: [[T; LANES]; 1],
    hess: [[T; LANES]; 1],
}

/// The heads of N rows, in code of their own.
#[inline(always)]
pub(super) fn heads<T: Working, const N: usize>(job: &Job<'_, T>, facts: &Facts<T>, head: &mut Head<T>) {
    simd::dispatch(job.request.level, Heads::<T, N> { job, facts, head });
}

struct Heads<'a, 'j, T, const N: usize> {
    job: &'a Job<'j, T>,
    facts: &'a Facts<T>,
    head: &'a mut Head<T>,
}

impl<T: Working, const N: usize> Body for Heads<'_, '_, T, N> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        heads_of::<T, N>(self.job, self.facts, self.head);
    }
}

#[inline(always)]
fn heads_of<T: Working, const N: usize>(job: &Job<'_, T>, facts: &Facts<T>, head: &mut Head<T>) {
    let zero = [T::ZERO; LANES];
    let mut seen =
        Seen { y: [facts.share], x: [zero], q: [zero], others: [zero], value: [zero], grad: [zero], hess: [zero] };
    let Seen { y, x: log_q, q, others: not_q, value, grad, hess } = &mut seen;
    let Facts { m, rest, low, x, e, class_weight, factor, .. } = facts;
    let mut log1p_rest = zero;
    if job.classes == 2 {
        // The rest is a single term, at most 1.
        for i in 0..N {
            log1p_rest[i] = f::log1p_unit(rest[i]);
        }
    } else {
        for i in 0..N {
            log1p_rest[i] = f::log1p(rest[i]);
        }
    }
    if job.raw {
        for i in 0..N {
            log_q[0][i] = log_probability::<T, true>(x[i], m[i], log1p_rest[i]);
        }
    } else {
        for i in 0..N {
            log_q[0][i] = log_probability::<T, false>(x[i], m[i], log1p_rest[i]);
        }
    }
    let mut more = [zero];
    if job.kernel.reads_shares() {
        for i in 0..N {
            (q[0][i], not_q[0][i]) = share(e[i], rest[i], low[i]);
        }
        // Losses of logits do not read it.
        if !job.raw {
            for i in 0..N {
                more[0][i] = gained(q[0][i], not_q[0][i]);
            }
        }
    }
    let blocks = Blocks {
        y,
        x: log_q,
        shares: [q, not_q, &more],
        value: &mut *value,
        sum: None,
        grad: &mut *grad,
        hess: &mut *hess,
    };
    job.compute(&job.kernel, job.wanted, blocks);
    let mut in_q = [[zero]; 2];
    if let Some(kernel) = &job.in_q {
        let wanted = Wanted { value: false, ..job.wanted };
        let [slope, bend] = &mut in_q;
        let blocks =
            Blocks { y, x: log_q, shares: [q, not_q, &more], value: &mut [], sum: None, grad: slope, hess: bend };
        job.compute(kernel, wanted, blocks);
    }

    let times = job.times();
    for i in 0..N {
        head.value[i] = times_or_nan(class_weight[i], value[0][i]);
    }
    if !job.raw {
        return of_probabilities::<T, N>(job, facts, [&mut grad[0], &mut hess[0]], &in_q, head);
    }
    if job.wanted.grad {
        for i in 0..N {
            let first = times_or_nan(class_weight[i], grad[0][i]) * factor[i];
            let (others, others_low) = others_parts(e[i], rest[i], low[i]);
            let (slope, slope_low) = over_sum_parts(-first, rest[i], low[i]);
            // In float64, all classes share the slope's rounding, so that the row's gradient sums to zero.
            let slope_low = if T::SINGLE { slope_low } else { T::ZERO };
            let sum = slope.mul_add(others, slope.mul_add(others_low, slope_low * others));
            (head.slope[i], head.slope_low[i]) = (slope, slope_low);
            head.slope_true[i] = -sum;
        }
    }
    if job.wanted.hess {
        for i in 0..N {
            let first = times_or_nan(class_weight[i], grad[0][i]);
            let second = times_or_nan(class_weight[i], hess[0][i]);
            let rest_true = others(e[i], rest[i]);
            let inverse = T::ONE / (T::ONE + rest[i]);
            let (bend, square) = (-(first * inverse * inverse), second * inverse * inverse);
            head.bend[i] = bend * times;
            head.bend_square[i] = square * times;
            let bent = rest_true * rest_true.mul_add(square, e[i] * bend) * times;
            head.bend_true[i] = bent;
        }
        if job.is_flat() {
            for i in 0..N {
                head.bend_true[i] = job.alike(times_or_nan(class_weight[i], grad[0][i]));
            }
        }
    }
}

/// The derivatives of rows of probabilities from f′ and f″, and the derivatives with respect to q where the loss has them.
#[inline(always)]
fn of_probabilities<T: Working, const N: usize>(
    job: &Job<'_, T>,
    facts: &Facts<T>,
    [first, second]: [&mut [T; LANES]; 2],
    in_q: &[[[T; LANES]; 1]; 2],
    head: &mut Head<T>,
) {
    let Facts { m, rest, low, x, e, class_weight, factor, .. } = facts;
    let (known, times, mut sums) = ([*m, *rest, *low], job.times(), [Summed::<T, LANES>::NONE; 2]);
    for (sums, derivative) in sums.iter_mut().zip([&mut *first, &mut *second]) {
        for i in 0..N {
            let number = times_or_nan(class_weight[i], derivative[i]);
            derivative[i] = number;
            (sums.all[i], sums.rest[i]) = (number, select(e[i] == T::ONE, T::ZERO, number));
        }
    }
    let row = Row::new(false, &known, &sums);
    for i in 0..N {
        head.slope[i] = row.slope[i] * factor[i];
        head.slope_true[i] = row.grad::<false>(i, x[i], e[i], first[i]) * factor[i];
        head.bend[i] = row.bend(i) * times;
        head.bend_true[i] = row.hess::<false>(i, x[i], e[i], first[i], second[i]) * times;
    }
    if job.in_q.is_some() {
        let [[slopes], [bends]] = in_q;
        for i in 0..N {
            let (slope, bend) = (times_or_nan(class_weight[i], slopes[i]), times_or_nan(class_weight[i], bends[i]));
            head.slope_true[i] = row.grad_in_q(i, e[i], first[i], slope) * factor[i];
            head.bend_true[i] = row.hess_in_q(i, e[i], [first[i], second[i]], [slope, bend]) * times;
        }
    }
    if job.is_flat() {
        for i in 0..N {
            head.bend_true[i] = job.alike(first[i]);
        }
    }
}

/// The Hessian of a class that is not the true one, given its term.
#[inline(always)]
pub(super) fn bent<T: Float>(e: T, rest: T, bend: T, square: T) -> T {
    e * e.mul_add(square, others(e, rest) * bend)
}
