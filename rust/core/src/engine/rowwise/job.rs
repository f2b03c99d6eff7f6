//! A request of a row-wise loss, worked out for a dtype and a purpose.

use super::super::computer::Computer;
use super::super::curvature::Curve;
use super::super::divisor::{Counted, Factor};
use super::super::kernel::Blocks;
use super::super::memory::{NO_INDEX, View};
use super::super::offence::{Offence, wanted_index};
use super::super::passes::Purpose;
use super::super::program::Failures;
use super::super::request::Request;
use super::super::wanted::Wanted;
use super::super::working::Working;
use crate::error::Error;
use crate::loss::Domain;
use crate::number::{Float, select};
use std::sync::atomic::AtomicBool;

/// Why rows were not computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Halt {
    /// Something in them is outside of its domain.
    Outside,
    /// The caller asked to stop.
    Stopped,
}

/// Whether targets are rows of shares, like the predictions, rather than a class index a row.
pub(super) fn has_shares(request: &Request<'_>) -> bool {
    match request.settings.target {
        Domain::ClassIndex => false,
        Domain::ClassIndexOrProbability => !request.indices,
        _ => true,
    }
}

/// A request, worked out for a dtype.
pub(super) struct Job<'a, T> {
    pub request: &'a Request<'a>,
    pub counted: &'a Counted<'a>,
    pub wanted: Wanted,
    purpose: Purpose,
    pub kernel: Computer<'a, T>,
    /// From probabilities, the one for what a class's own probability does to its term, of a loss that has it.
    pub in_q: Option<Computer<'a, T>>,
    /// What derivatives are multiplied by.
    pub factor: Factor,
    pub classes: usize,
    pub rows: usize,
    pub shares: bool,
    /// Whether predictions are logits.
    pub raw: bool,
    /// What smoothing leaves of a share, and what every share gets.
    pub smoothing: (T, T),
    /// One factor per class, one for all, or none.
    pub class_weight: Vec<T>,
    /// What second derivatives are made from.
    pub curve: Curve,
    /// The floor under second derivatives.
    pub floor: T,
    pub offence: Offence,
    pub failures: Failures,
    pub exhausted: AtomicBool,
}

/// What predictions are.
#[derive(Clone, Copy)]
pub(super) enum Scores {
    /// Logits.
    Raw,
    /// Probabilities, added up exactly for losses that compare them with targets.
    Probabilities { exact: bool },
}

impl<T: Working> Job<'_, T> {
    /// What the predictions are.
    #[inline(always)]
    pub fn scores(&self) -> Scores {
        if self.raw { Scores::Raw } else { Scores::Probabilities { exact: self.kernel.reads_shares() } }
    }

    /// Whether the second derivatives of a row are all alike.
    #[inline(always)]
    pub fn is_flat(&self) -> bool {
        matches!(self.curve, Curve::Constant(_) | Curve::PerRow(_))
    }

    /// What they are then, made of the row's Σ f′: the negative of the sum of its targets where the loss is linear in the
    /// log-probabilities.
    #[inline(always)]
    pub fn alike(&self, firsts: T) -> T {
        match self.curve {
            Curve::Constant(number) => select(firsts.is_nan(), T::NAN, T::lit(number)),
            Curve::PerRow(number) => -firsts * T::lit(number),
            _ => T::ONE,
        }
    }

    /// What they are multiplied by otherwise.
    #[inline(always)]
    pub fn times(&self) -> T {
        if let Curve::Exact(factor) = self.curve { T::lit(factor) } else { T::ONE }
    }
}

impl<'a, T: Working> Job<'a, T> {
    pub fn new(request: &'a Request<'a>, counted: &'a Counted<'a>, purpose: Purpose, factor: Factor) -> Self {
        let settings = request.settings;
        let classes = request.classes.max(1);
        let (smoothing, wanted) = (settings.smoothing, purpose.wanted());
        Job {
            request,
            counted,
            wanted,
            purpose,
            kernel: Computer::of(request.entry, settings, settings.form),
            in_q: Computer::in_q(request.entry, settings).filter(|_| wanted.grad || wanted.hess),
            factor,
            classes,
            rows: request.x.len() / classes,
            shares: has_shares(request),
            raw: settings.raw,
            smoothing: (T::lit(1.0 - smoothing), T::lit(smoothing / classes as f64)),
            class_weight: settings.class_weight.iter().flatten().map(|&weight| T::lit(weight)).collect(),
            curve: request.curve,
            floor: request.min_hessian.map_or(-T::INFINITY, T::lit),
            offence: Offence::default(),
            failures: Failures::default(),
            exhausted: AtomicBool::new(false),
        }
    }

    /// Whether a look at the class indices is all that it takes.
    #[inline(always)]
    pub fn only_labels(&self) -> bool {
        self.purpose == Purpose::Look && self.raw && !self.shares
    }

    /// Whether every class is seen, not only the true one: also where a class without a share adds something.
    #[inline(always)]
    pub fn sees_all(&self) -> bool {
        let zeros_matter = !self.request.settings.zero_share_is_nothing;
        self.shares || zeros_matter || self.smoothing.1 != T::ZERO
    }

    /// Whether rows of shares may have a single true class, which is then all that the kernel sees of them.
    #[inline(always)]
    pub fn may_be_single(&self) -> bool {
        self.shares && self.request.settings.zero_share_is_nothing && self.smoothing.1 == T::ZERO
    }

    /// Whether softmax alone bends the loss: what reads no shares besides is nothing but −t·log q.
    #[inline(always)]
    pub fn is_linear(&self) -> bool {
        let weighs_kernel = self.kernel.reads_shares() && !self.class_weight.is_empty();
        self.raw && self.linear_in_logs() && !weighs_kernel
    }

    /// Whether gradients with respect to probabilities are differences of two quotients, each row's sum being exact.
    #[inline(always)]
    pub fn has_quotients(&self) -> bool {
        !self.raw && self.linear_in_logs() && self.kernel.reads_shares()
    }

    #[inline(always)]
    fn linear_in_logs(&self) -> bool {
        self.request.entry.info.curvature.linear_in_logs
    }

    /// Whether derivatives of any order are wanted.
    #[inline(always)]
    pub fn derives(&self) -> bool {
        self.wanted.grad || self.wanted.hess
    }

    /// The factor on a class's term.
    #[inline(always)]
    pub fn class_weight(&self, class: usize) -> T {
        match self.class_weight[..] {
            [] => T::ONE,
            [weight] => weight,
            ref weights => weights[class],
        }
    }

    /// Whether rows are computed side by side.
    pub fn is_narrow(&self) -> bool {
        is_narrow::<T>(self.classes)
    }

    /// Computes blocks of classes. Second derivatives of rows take both of their classes.
    #[inline(always)]
    pub fn compute(&self, computer: &Computer<'_, T>, wanted: Wanted, mut blocks: Blocks<'_, T>) {
        let wanted = Wanted { grad: wanted.grad || wanted.hess, ..wanted };
        if let Err(failure) = computer.run(self.request.level, wanted, T::ONE, &mut blocks) {
            self.failures.record(0, failure);
        }
    }

    /// Remembers the first row of a batch that counts and is outside of a domain.
    #[cold]
    #[inline(never)]
    pub fn offend(&self, start: usize, rows: usize) {
        for row in start..start + rows {
            let mut counts = [0.0];
            self.counted.read(row, &mut counts);
            if counts[0] == 0.0 || !self.request.counts(row) {
                continue;
            }
            for in_target in [true, false] {
                if self.offending(row, in_target).is_some() {
                    return self.offence.record(row, in_target);
                }
            }
        }
    }

    /// The elements of a row, with their indices.
    fn numbers(&self, view: &View<'_>, row: usize) -> impl Iterator<Item = (usize, f64)> {
        (row * self.classes..(row + 1) * self.classes).map(|index| {
            let mut number = [0.0];
            view.read(index, &mut number);
            (index, number[0])
        })
    }

    /// The first offending element of a row of an argument and what it holds.
    fn offending(&self, row: usize, in_target: bool) -> Option<(usize, f64)> {
        let find = |view: &View<'_>, domain: Domain| {
            self.numbers(view, row).find(|&(_, number)| domain.excludes(number) || number.abs() == f64::INFINITY)
        };
        match (in_target, self.shares) {
            (false, _) if self.raw => None,
            (false, _) => find(&self.request.x, Domain::NonNegative).or_else(|| {
                let first = self.numbers(&self.request.x, row).next();
                first.filter(|_| self.numbers(&self.request.x, row).all(|(_, number)| number == 0.0))
            }),
            (true, true) => find(&self.request.y, Domain::Probability),
            (true, false) => {
                let (mut label, mut number) = ([NO_INDEX], [0.0]);
                self.request.y.read(row, &mut label);
                self.request.y.read(row, &mut number);
                (label[0] < 0 || label[0] >= self.classes as i64).then_some((row, number[0]))
            }
        }
    }

    /// The first offence in words.
    pub fn verdict(&self) -> Result<(), Error> {
        let Some((row, in_target)) = self.offence.first() else {
            return self.failures.verdict(self.request.settings.program.as_ref());
        };
        let names = self.request.names;
        let argument = if in_target { names.0 } else { names.1 };
        let (index, value) = self.offending(row, in_target).unwrap_or((row, f64::NAN));
        let wanted = match (in_target, self.shares) {
            (false, _) => format!("finite {}, and in each row one above 0", Domain::NonNegative.wanted()),
            (true, true) => Domain::Probability.wanted().to_owned(),
            (true, false) => wanted_index(self.classes, self.counted),
        };
        Err(Error::Domain { argument, index, value, wanted })
    }
}

/// Whether rows of so many classes are computed side by side.
pub fn is_narrow<T: Float>(classes: usize) -> bool {
    classes <= if T::SINGLE { 64 } else { 32 }
}
