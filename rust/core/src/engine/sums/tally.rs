//! How the values of a task are added up: in lanes, or exactly.

use super::super::blocks::LANES;
use super::exact::Exact;
use super::lanes::{Lanes, Partial};
use crate::number::Float;

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

impl Accumulator for Exact {
    type Sum = Exact;

    fn empty() -> Self {
        Exact::new()
    }
    fn tally(&mut self) -> Tally<'_> {
        Tally::Exact(self)
    }
    fn sum(self) -> Exact {
        self
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
    Exact(&'a mut Exact),
}

impl Tally<'_> {
    /// Adds values.
    #[inline(always)]
    pub fn add<T: Float>(&mut self, blocks: &[[T; LANES]]) {
        match self {
            Tally::Lanes(lanes) => lanes.add_blocks(blocks),
            Tally::Exact(sum) => sum.add_blocks(blocks),
        }
    }
    /// The lanes that a kernel may add to itself.
    #[inline(always)]
    pub fn lanes(&mut self) -> Option<&mut Lanes> {
        if let Tally::Lanes(lanes) = self { Some(lanes) } else { None }
    }
}
