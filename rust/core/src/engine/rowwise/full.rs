//! All second derivatives of rows of classes: a matrix for each row, whose diagonal is the row engine's.
//!
//! With f′ and f″ the derivatives of a row's terms in ℓ = log q, F′ the sum of all f′, and R that of the f″ of all classes but i
//! and j, a matrix holds off its diagonal
//!
//! * ∂²/∂zᵢ∂zⱼ = qᵢqⱼ(F′ + R) − qⱼ·f″ᵢ(1 − qᵢ) − qᵢ·f″ⱼ(1 − qⱼ) for logits,
//! * ∂²/∂pᵢ∂pⱼ = (F′ + R − f″ᵢ(1 − qᵢ)/qᵢ − f″ⱼ(1 − qⱼ)/qⱼ)/P² for probabilities of sum P.
//!
//! Matrices are large and rarely asked for, so this is plain code in float64 for both dtypes. It goes by *lines*: the elements
//! from one of the diagonal to the next, as many as there are classes. A task is a number of lines and works its rows out anew, so
//! that even one large matrix is shared among threads.

use super::super::blocks::LANES;
use super::super::computer::Computer;
use super::super::divisor::{Counted, Divisor, Factor};
use super::super::family::diagonals_last;
use super::super::kernel::Blocks;
use super::super::memory::{NO_INDEX, Part, Sink};
use super::super::request::Request;
use super::super::sums::Lanes;
use super::super::tasks::over_tasks;
use super::super::wanted::Wanted;
use super::super::working::Working;
use super::job::has_shares;
use super::pass;
use super::softmax::{gained, share};
use crate::error::Error;
use crate::number::compensated::plus;
use crate::number::functions as f;
use crate::number::real::times_or_nan;
use crate::simd::{self, Body};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};

/// Elements that a task writes, if a line is not longer.
const TASK: usize = 1 << 18;

/// Evaluates the second derivatives of a row-wise loss: those on the diagonals to the request's output, the others to `rest`
/// ([`Sink::diagonals_and_rest`]).
///
/// # Errors
/// Those of [`run`](super::run).
pub fn run<T: Working>(
    mut request: Request<'_>,
    mut rest: Sink<'_>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<(), Error> {
    let mut outputs = std::mem::take(&mut request.outputs);
    let request = &request;
    diagonals_last::<T>(&mut outputs, request.x.len(), |outputs| {
        pass::into::<T>(request, outputs, interrupt)?;
        off_diagonals::<T>(request, &mut rest, interrupt)
    })
}

fn off_diagonals<T: Working>(
    request: &Request<'_>,
    rest: &mut Sink<'_>,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<(), Error> {
    let (classes, settings) = (request.classes, request.settings);
    let shares = has_shares(request);
    let ignored = settings.ignore_index.filter(|_| !shares).map(|index| (&request.y, index));
    let counted = Counted { mask: request.mask.as_ref(), ignored };
    let factor = Divisor::of::<T>(request, &counted, interrupt)?.factor();
    let job = Job { request, counted: &counted, factor, shares, exhausted: AtomicBool::new(false) };
    let (lines, per_task) = (rest.len() / classes, (TASK / classes).max(1));
    let parts = rest.parts(per_task * classes);
    over_tasks::<Lanes, _>(lines.div_ceil(per_task), request.threads, parts, interrupt, &|task, part, _, _| {
        let lines = task * per_task..lines.min((task + 1) * per_task);
        if simd::dispatch(request.level, Lines { job: &job, range: lines, part }).is_none() {
            job.exhausted.store(true, Ordering::Relaxed);
        }
    })?;
    if job.exhausted.into_inner() { Err(Error::OutOfMemory) } else { Ok(()) }
}

struct Job<'a> {
    request: &'a Request<'a>,
    counted: &'a Counted<'a>,
    /// What derivatives are multiplied by.
    factor: Factor,
    /// Whether targets are rows of shares, like the predictions.
    shares: bool,
    /// Whether a task found no memory.
    exhausted: AtomicBool,
}

/// Some lines, counted through all matrices.
struct Lines<'a, 's> {
    job: &'a Job<'a>,
    range: Range<usize>,
    part: Part<'s>,
}

impl Body for Lines<'_, '_> {
    /// `None` without memory for a row.
    type Output = Option<()>;

    #[inline(always)]
    fn run(self) -> Option<()> {
        let Lines { job, range, mut part } = self;
        let k = job.request.classes;
        let mut row = Row::new(k)?;
        let mut line = zeros(k)?;
        let line = &mut line.as_flattened_mut()[..k];
        let mut at = None;
        for index in range {
            let i = index % (k - 1);
            if at != Some(index / (k - 1)) {
                at = Some(index / (k - 1));
                row.read(job, index / (k - 1));
            }
            // First what is right of the diagonal, then what is left of it in the next row.
            for (j, second) in line.iter_mut().enumerate() {
                *second = if j < k - 1 - i { row.mixed(i, i + 1 + j) } else { row.mixed(j + i + 1 - k, i + 1) };
            }
            part.write(index * k, line);
        }
        Some(())
    }
}

/// What the second derivatives of a row are made of.
struct Row {
    raw: bool,
    counts: bool,
    /// What they are multiplied by.
    factor: f64,
    /// One over the sum of the probabilities.
    whole: f64,
    /// F′.
    slope: f64,
    /// Σ f″ and what rounding took from it.
    bend: (f64, f64),
    /// Predictions.
    x: Vec<[f64; LANES]>,
    /// Their shares.
    t: Vec<[f64; LANES]>,
    /// Logarithms of the probabilities.
    log_q: Vec<[f64; LANES]>,
    /// Probabilities.
    q: Vec<[f64; LANES]>,
    /// f′.
    first: Vec<[f64; LANES]>,
    /// f″.
    second: Vec<[f64; LANES]>,
    /// f″(1 − q) for logits, f″(1 − q)/q for probabilities.
    own: Vec<[f64; LANES]>,
    /// 1 − q, where the loss reads it, and how much rounding made q larger.
    others: Vec<[f64; LANES]>,
    gained: Vec<[f64; LANES]>,
    /// The derivative with respect to q, where the loss has it.
    in_q: Vec<[f64; LANES]>,
}

fn zeros(classes: usize) -> Option<Vec<[f64; LANES]>> {
    let (mut zeros, blocks) = (Vec::new(), classes.div_ceil(LANES));
    zeros.try_reserve_exact(blocks).ok()?;
    zeros.resize(blocks, [0.0; LANES]);
    Some(zeros)
}

impl Row {
    fn new(classes: usize) -> Option<Row> {
        let zeros = || zeros(classes);
        let (x, t, log_q, q, first) = (zeros()?, zeros()?, zeros()?, zeros()?, zeros()?);
        let (second, own, others, gained, in_q) = (zeros()?, zeros()?, zeros()?, zeros()?, zeros()?);
        let (raw, counts, factor, whole, slope, bend) = (true, false, 0.0, 0.0, 0.0, (0.0, 0.0));
        Some(Row { raw, counts, factor, whole, slope, bend, x, t, log_q, q, first, second, own, others, gained, in_q })
    }

    #[inline(always)]
    fn read(&mut self, job: &Job<'_>, row: usize) {
        let (request, settings, k) = (job.request, job.request.settings, job.request.classes);
        let (mut counts, mut weight) = ([0.0], [1.0]);
        job.counted.read(row, &mut counts);
        if let Some(weights) = &request.weight {
            weights.read(row, &mut weight);
        }
        self.counts = counts[0] != 0.0 && weight[0] != 0.0;
        if !self.counts {
            return;
        }
        (self.raw, self.factor) = (settings.raw, job.factor.times(weight[0]));
        self.shares(job, row);

        let x = &mut self.x.as_flattened_mut()[..k];
        request.x.read(row * k, x);
        let m = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (e, log_q) = (&mut self.q.as_flattened_mut()[..k], &mut self.log_q.as_flattened_mut()[..k]);
        // The sum of all terms but one of the maximum's own, which are 1: the row engine tells why.
        let (mut ones, mut sum) = (-1.0, (0.0, 0.0));
        for (e, &x) in e.iter_mut().zip(x.iter()) {
            *e = if self.raw { f::exp_difference(x, m) } else { (x / m).abs() };
            *e = if x == m { 1.0 } else { *e };
            let own = *e == 1.0;
            (ones, sum) = if own { (ones + 1.0, sum) } else { (ones, plus(sum, *e)) };
        }
        let sum = plus(sum, ones);
        let void = m.abs() == f64::INFINITY && ones > 0.0 || !self.raw && m == 0.0;
        let rest = if void { f64::NAN } else { sum.0 + sum.1 };
        let (inverse, log_sum) = (1.0 / (1.0 + rest), f::log1p(rest));
        self.whole = inverse / m;
        for (log_q, &x) in log_q.iter_mut().zip(x.iter()) {
            *log_q = if x == m { 0.0 } else { log_ratio(self.raw, x, m) } - log_sum;
        }

        let computer = Computer::<f64>::of(request.entry, settings, settings.form);
        let in_q = Computer::<f64>::in_q(request.entry, settings);
        // What a program might complain of, it has said when the diagonals were computed.
        let compute = |computer: &Computer<'_, f64>, wanted, mut blocks: Blocks<'_, f64>| {
            computer.run(request.level, wanted, 1.0, &mut blocks).ok();
        };
        if computer.reads_shares() {
            let (shares, others) = (self.own.as_flattened_mut(), self.others.as_flattened_mut());
            for (class, &e) in e.iter().enumerate() {
                (shares[class], others[class]) = share(e, rest, 0.0);
                self.gained.as_flattened_mut()[class] = gained(shares[class], others[class]);
            }
        }
        let shares: [&[_]; 3] = [&self.own, &self.others, &self.gained];
        let (grad, hess) = (&mut self.first[..], &mut self.second[..]);
        let wanted = Wanted { value: false, grad: true, hess: true };
        let blocks = Blocks { y: &self.t, x: &self.log_q, shares, value: &mut [], sum: None, grad, hess };
        compute(&computer, wanted, blocks);

        if let Some(computer) = &in_q {
            let wanted = Wanted { value: false, grad: true, hess: false };
            let grad = &mut self.in_q[..];
            let blocks = Blocks { y: &self.t, x: &self.log_q, shares, value: &mut [], sum: None, grad, hess: &mut [] };
            compute(computer, wanted, blocks);
        }

        (self.slope, self.bend) = (0.0, (0.0, 0.0));
        let (first, second) = (self.first.as_flattened(), self.second.as_flattened_mut());
        for (class, (e, own)) in e.iter_mut().zip(&mut self.own.as_flattened_mut()[..k]).enumerate() {
            let class_weight = match settings.class_weight.as_deref() {
                None => 1.0,
                Some([weight]) => *weight,
                Some(weights) => weights[class],
            };
            second[class] = times_or_nan(class_weight, second[class]);
            self.slope += times_or_nan(class_weight, first[class]);
            self.bend = plus(self.bend, second[class]);
            let others = if *e == 1.0 { rest } else { 1.0 + (rest - *e) };
            *own = times_or_nan(second[class], others);
            if *own != 0.0 {
                *own = if self.raw { *own * inverse } else { *own / *e };
            }
            // A class of probability 0 may have a slope all the same.
            if *e == 0.0 && in_q.is_some() {
                *own = times_or_nan(class_weight, self.in_q.as_flattened()[class]) * (others * inverse);
            }
            *e *= inverse;
        }
    }

    /// Reads the shares of the classes, smoothed.
    #[inline(always)]
    fn shares(&mut self, job: &Job<'_>, row: usize) {
        let (k, smoothing) = (job.request.classes, job.request.settings.smoothing);
        let shares = &mut self.t.as_flattened_mut()[..k];
        if job.shares {
            job.request.y.read(row * k, shares);
        } else {
            let mut label = [NO_INDEX];
            job.request.y.read(row, &mut label);
            shares.fill(0.0);
            if let Some(share) = shares.get_mut(label[0] as usize) {
                *share = 1.0;
            }
        }
        if smoothing != 0.0 {
            for share in shares {
                *share = share.mul_add(1.0 - smoothing, smoothing / k as f64);
            }
        }
    }

    /// The second derivative by two classes.
    #[inline(always)]
    fn mixed(&self, i: usize, j: usize) -> f64 {
        if !self.counts {
            return 0.0;
        }
        let at = |of: &[[f64; LANES]]| (of.as_flattened()[i], of.as_flattened()[j]);
        let (seconds, q, own) = (at(&self.second), at(&self.q), at(&self.own));
        let (sum, low) = plus(plus(self.bend, -seconds.0), -seconds.1);
        let both = self.slope + (sum + low);
        let mixed = if self.raw {
            times_or_nan(q.0, times_or_nan(q.1, both)) - (times_or_nan(q.1, own.0) + times_or_nan(q.0, own.1))
        } else {
            times_or_nan(times_or_nan(both - (own.0 + own.1), self.whole), self.whole)
        };
        mixed * self.factor
    }
}

/// The logarithm of a class's probability over another's, which is not smaller.
#[inline(always)]
fn log_ratio(raw: bool, x: f64, m: f64) -> f64 {
    if raw {
        x - m
    } else if x < m * (f64::MIN_POSITIVE / f64::EPSILON) {
        f::log(x) - f::log(m)
    } else {
        f::log(x / m)
    }
}
