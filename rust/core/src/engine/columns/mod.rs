//! The engine of columns: a formula over elements that more than one number predicts ([`Columns`]).
//!
//! A segment of elements is read, its columns side by side; the loss is computed in float64 for both dtypes, with derivatives by all
//! columns at once.

mod job;
mod kernel;

pub use kernel::{Kernel, Points, kernel};

use super::entry::Code;
use super::family::{InDouble, Work};
use job::Job;

/// Each element with the numbers that predict it.
pub struct ByColumns;

impl InDouble for ByColumns {
    type Compiled = Kernel;
    type Job<'a> = Job<'a>;

    fn compiled(code: Code) -> Option<Kernel> {
        if let Code::Columns(kernel) = code { Some(kernel) } else { None }
    }

    fn job(work: Work<'_>, kernel: Kernel) -> Job<'_> {
        Job::new(work, kernel)
    }
}
