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

use super::entry::{Code, Settings};
use super::family::{InDouble, Work};
use super::request::Request;
use crate::error::Error;
use job::Job;

/// Each sequence of frames.
pub struct Sequences;

impl InDouble for Sequences {
    type Compiled<'a> = Topology;
    type Job<'a> = Job<'a>;

    fn compiled(code: Code, _: &Settings) -> Option<Topology> {
        if let Code::Alignments(topology) = code { Some(topology) } else { None }
    }

    fn job(work: Work<'_>, topology: Topology) -> Job<'_> {
        Job::new(work, topology)
    }

    /// Where frames are masked: a sequence of which none counts does not count.
    fn mask(request: &Request<'_>) -> Result<Option<Vec<f64>>, Error> {
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
}
