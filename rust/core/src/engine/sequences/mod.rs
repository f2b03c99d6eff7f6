//! The engine of sequences: −log of the sum over all alignments of frames with labels ([`Alignments`]).
//!
//! The derivative with respect to a score is the softmax of its frame less what of all alignments goes through its class, both
//! probabilities of that class; the second derivative is the difference of their variances q(1 − q). A task is one sequence.

mod frames;
mod job;
mod lattice;
mod memory;
mod topology;

pub use topology::Topology;

use super::divisor::Counted;
use super::entry::Code;
use super::family::Engine;
use super::memory::View;
use super::passes::evaluate;
use super::request::Request;
use crate::error::Error;
use job::Job;

/// Each sequence of frames.
pub struct Sequences;

impl Engine for Sequences {
    fn by_rows(&self) -> bool {
        true
    }

    fn run(
        &self,
        mut request: Request<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>, Error> {
        let Code::Alignments(topology) = request.entry.code else { return Ok(None) };
        let mut outputs = std::mem::take(&mut request.outputs);
        // A sequence of which no frame counts does not count.
        let some = some_frames(&request)?;
        let any = some.as_deref().map(View::of);
        let request = &request;
        let counted = Counted { mask: any.as_ref().or(request.mask.as_ref()), ignored: None };
        let job = |purpose, scale| Job::new(request, &counted, topology, purpose, scale, double);
        evaluate::<f64, _>(request, &mut outputs, &counted, &job, interrupt)
    }
}

/// 1 for sequences of which some frames count, 0 for others; nothing where all frames do.
fn some_frames(request: &Request<'_>) -> Result<Option<Vec<f64>>, Error> {
    let (classes, Some(frames)) = &request.frame else { return Ok(None) };
    let (sequences, each) = (request.losses(), request.classes / classes);
    let mut some = Vec::new();
    some.try_reserve_exact(sequences).map_err(|_| Error::OutOfMemory)?;
    for sequence in 0..sequences {
        let counts = |frame| {
            let mut counts = [0.0];
            frames.read(sequence * each + frame, &mut counts);
            counts[0] != 0.0
        };
        some.push(f64::from((0..each).any(counts)));
    }
    Ok(Some(some))
}
