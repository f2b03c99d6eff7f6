//! The engine of columns: a formula over elements that more than one number predicts ([`Columns`]).
//!
//! A segment of elements is read, its columns side by side; the loss is computed in float64 for both dtypes, with derivatives by all
//! columns at once.

mod job;
mod kernel;

pub use kernel::{Kernel, Points, kernel};

use super::divisor::Counted;
use super::entry::Code;
use super::family::Engine;
use super::passes::evaluate;
use super::request::Request;
use crate::error::Error;
use job::Job;

/// Each element with the numbers that predict it.
pub struct ByColumns;

impl Engine for ByColumns {
    fn by_rows(&self) -> bool {
        true
    }

    fn run(
        &self,
        mut request: Request<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>, Error> {
        let Code::Columns(kernel) = request.entry.code else { return Ok(None) };
        let (mut outputs, request) = (std::mem::take(&mut request.outputs), &request);
        let counted = Counted { mask: request.mask.as_ref(), ignored: None };
        let job = |purpose, scale| Job::new(request, &counted, kernel, purpose, scale, double);
        evaluate::<f64, _>(request, &mut outputs, &counted, &job, interrupt)
    }
}
