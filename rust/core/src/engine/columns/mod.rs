//! The engine of columns: a formula over elements that more than one number predicts ([`Columns`]).
//!
//! A segment of elements is read, its columns side by side; the loss is computed in float64 for both dtypes, with derivatives by all
//! columns at once, by compiled code or a program.

mod computer;
mod job;
mod kernel;

pub use kernel::{Kernels, Points};

use super::entry::{Code, Settings};
use super::family::{InDouble, Work};
use computer::Computer;
use job::Job;

/// Each element with the numbers that predict it.
pub struct ByColumns;

impl InDouble for ByColumns {
    type Compiled<'a> = Computer<'a>;
    type Job<'a> = Job<'a>;

    fn compiled(code: Code, settings: &Settings) -> Option<Computer<'_>> {
        match (&settings.program, code) {
            (Some(program), _) => program.0.of_columns().map(Computer::Program),
            (None, Code::Columns(compiled)) => Some(Computer::Kernel(compiled.kernel)),
            _ => None,
        }
    }

    fn job<'a>(work: Work<'a>, computer: Computer<'a>) -> Job<'a> {
        Job::new(work, computer)
    }
}
