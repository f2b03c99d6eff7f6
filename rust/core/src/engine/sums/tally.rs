//! How the values of a task are added up: in lanes, or exactly.

use super::super::blocks::LANES;
use super::bins::Bins;
use super::exact::Exact;
use super::lanes::{Lanes, Partial};
use crate::number::Float;
use crate::simd;

/// How the values of a task are added up.
pub trait Accumulator {
    /// What comes of it.
    type Sum: Send;
    /// Of nothing yet.
    fn empty() -> Self;
    /// Where the values go.
    fn tally(&mut self) -> Tally<'_>;
    /// The sum of the task.
    fn sum(self) -> Self::Sum;
    /// The sum of this and what comes later.
    fn join(sum: &mut Self::Sum, later: Self::Sum);
}

impl Accumulator for Lanes {
    type Sum = Partial;

    fn empty() -> Self {
        Lanes::new()
    }
    fn tally(&mut self) -> Tally<'_> {
        Tally::Lanes(self)
    }
    fn sum(self) -> Partial {
        self.finish()
    }
    fn join(sum: &mut Partial, later: Partial) {
        *sum = sum.merge(later);
    }
}

impl Accumulator for Bins {
    type Sum = Exact;

    fn empty() -> Self {
        Bins::new()
    }
    fn tally(&mut self) -> Tally<'_> {
        Tally::Exact(self)
    }
    fn sum(self) -> Exact {
        self.total()
    }
    fn join(sum: &mut Exact, later: Exact) {
        sum.merge(&later);
    }
}

/// Where the values of a task go. The engines are compiled once for both.
pub enum Tally<'a> {
    /// Into lanes, which a kernel may add to itself.
    Lanes(&'a mut Lanes),
    /// Into an exact sum.
    Exact(&'a mut Bins),
}

impl Tally<'_> {
    /// Adds values.
    #[inline(always)]
    pub fn add<T: Float>(&mut self, blocks: &[[T; LANES]]) {
        match self {
            Tally::Lanes(lanes) => lanes.add_all(simd::active(), blocks),
            Tally::Exact(sum) => sum.add(simd::active(), blocks),
        }
    }
    /// The lanes, which a kernel may add to itself, or the bins.
    #[inline(always)]
    pub fn parts(&mut self) -> (Option<&mut Lanes>, Option<&mut Bins>) {
        match self {
            Tally::Lanes(lanes) => (Some(lanes), None),
            Tally::Exact(bins) => (None, Some(bins)),
        }
    }
}
