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

use super::divisor::Counted;
use super::entry::Code;
use super::family::Engine;
use super::passes::evaluate;
use super::request::Request;
use crate::error::Error;
use job::Job;

/// Each set of elements along some axes.
pub struct Sets;

impl Engine for Sets {
    fn by_rows(&self) -> bool {
        true
    }

    fn run(
        &self,
        mut request: Request<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>, Error> {
        let (mut outputs, request) = (std::mem::take(&mut request.outputs), &request);
        let Code::Sums(kernels) = request.entry.code else { return Ok(None) };
        let counted = Counted { mask: request.mask.as_ref(), ignored: None };
        let job = |purpose, scale| Job::new(request, &counted, purpose, scale, double, kernels);
        evaluate::<f64, _>(request, &mut outputs, &counted, &job, interrupt)
    }
}
