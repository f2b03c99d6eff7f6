//! The engine of lists: a function of a row of elements, or of several rows that are one, as a whole ([`Lists`](crate::families::Lists)).
//!
//! Rows are read some at a time, class indices as rows of 0 and 1, and computed in float64 for both dtypes: what is compiled of a loss
//! is small. A row may have any length; a task is some of them, or one. Short rows are side by side, where a loss can.

mod beside;
mod full;
mod job;
mod kernel;

pub use kernel::{Kernel, Several};

use super::entry::{Code, Settings};
use super::family::{InDouble, Work};
use super::memory::Sink;
use crate::error::Error;
use job::Job;

/// Each list of elements along some axes.
pub struct ByLists;

impl InDouble for ByLists {
    type Compiled<'a> = Kernel;
    type Job<'a> = Job<'a>;

    fn compiled(code: Code, _: &Settings) -> Option<Kernel> {
        if let Code::Lists(kernel) = code { Some(kernel) } else { None }
    }

    fn job(work: Work<'_>, kernel: Kernel) -> Job<'_> {
        Job::new(work, kernel)
    }

    fn rest(work: Work<'_>, kernel: Kernel, rest: Sink<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<(), Error> {
        full::run(&Job::new(work, kernel), rest, interrupt)
    }
}
