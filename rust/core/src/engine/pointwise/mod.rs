//! The pointwise engine: a formula over arrays of targets and predictions.
//!
//! The arrays are cut into tasks, these into segments that stay in the innermost cache. A segment is read (in place where it
//! can be), checked, computed by the loss's block kernel, weighted, added up and written, all at one CPU level. What depends on
//! the loss is the kernel only. Few elements in plain slices have a shorter way ([`small`]).

mod job;
mod pass;
mod segment;
pub mod slopes;
pub mod small;
mod weights;

pub use pass::run;

use super::family::Engine;
use super::request::Request;
use crate::error::Error;

/// Each element of the prediction with its target.
pub struct Pointwise;

impl Engine for Pointwise {
    fn by_rows(&self) -> bool {
        false
    }

    fn run(
        &self,
        request: Request<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>, Error> {
        if double { run::<f64>(request, interrupt) } else { run::<f32>(request, interrupt) }
    }
}
