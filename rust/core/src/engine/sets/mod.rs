//! The engine of sets: a function of a few sums over the elements of each ([`Sums`](crate::families::Sums)).
//!
//! A set is read twice: for its sums, which give the value and how it changes with each of them; then, where derivatives are wanted,
//! once more for those of its elements, which are the slopes of the sums times those of the element's own terms. Sets that fit into a
//! segment are read together, and once; larger ones are divided among tasks, whose sums are joined in order. All arithmetic is in
//! float64: what is compiled of a loss is small, and a sum of float32 numbers keeps all their digits.

mod given;
mod job;
mod kernels;
mod piece;

pub use kernels::Kernels;

use super::entry::{Code, Settings};
use super::family::{InDouble, Work};
use job::Job;

/// Each set of elements along some axes.
pub struct Sets;

impl InDouble for Sets {
    type Compiled<'a> = Kernels;
    type Job<'a> = Job<'a>;

    fn compiled(code: Code, _: &Settings) -> Option<Kernels> {
        if let Code::Sums(kernels) = code { Some(kernels) } else { None }
    }

    fn job(work: Work<'_>, kernels: Kernels) -> Job<'_> {
        Job::new(work, kernels)
    }
}
