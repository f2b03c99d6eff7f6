//! The passes over a request, in the order that every family takes them.

use super::blocks::LANES;
use super::divisor::{Counted, Divisor, Factor, totals};
use super::memory::Number;
use super::request::{Outputs, Parts, Reduction, Request};
use super::sums::{Accumulator, Bins, Lanes, Partial, Tally};
use super::wanted::Wanted;
use crate::error::Error;
use crate::number::Float;
use std::sync::PoisonError;

/// What a pass over a request is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To compute these outputs, write them and add values up.
    Write(Wanted),
    /// To add values up.
    Add,
    /// To look whether everything is within its domain.
    Look,
}

impl Purpose {
    /// What has to be computed.
    #[must_use]
    pub fn wanted(self) -> Wanted {
        match self {
            Purpose::Write(wanted) => wanted,
            Purpose::Add => Wanted::VALUE,
            Purpose::Look => Wanted::NOTHING,
        }
    }
}

/// A pass of an engine over a request.
pub trait Pass {
    /// Runs it, with nothing to write to unless that is its purpose; the sum of the values where these are wanted.
    ///
    /// # Errors
    /// Where the caller asked to stop, or there is no memory.
    fn over<A: Accumulator>(
        &self,
        outputs: &mut Outputs<'_>,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<A::Sum, Error>;
    /// Whether everything was within its domain.
    ///
    /// # Errors
    /// Where it was not.
    fn verdict(&self) -> Result<(), Error>;
}

/// Values of losses from one on: they are stored, or else added up.
pub fn settle(start: usize, values: &[f64], parts: &mut Parts<'_>, sum: &mut Tally<'_>) {
    if let Some(part) = &mut parts.value {
        return part.write(start, values);
    }
    let (blocks, last) = values.as_chunks();
    if !blocks.is_empty() {
        sum.add(blocks);
    }
    if !last.is_empty() {
        let mut block = [0.0; LANES];
        block[..last.len()].copy_from_slice(last);
        sum.add(&[block]);
    }
}

/// Evaluates a request by passes, whose derivatives are multiplied by the factor; the reduced value where there is one.
///
/// # Errors
/// Those of the passes, and where a mean is over nothing.
pub fn evaluate<T: Float + Number, P: Pass>(
    request: &Request<'_>,
    outputs: &mut Outputs<'_>,
    counted: &Counted<'_>,
    pass: &dyn Fn(Purpose, Factor) -> P,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Option<f64>, Error> {
    if let Some(to) = outputs.totals {
        let pass = pass(Purpose::Add, Factor::ONE);
        let losses = pass.over::<Bins>(&mut Outputs::default(), interrupt)?;
        pass.verdict()?;
        *to.lock().unwrap_or_else(PoisonError::into_inner) = totals::<T>(request, counted, losses, interrupt)?;
        return Ok(None);
    }
    let divisor = Divisor::of::<T>(request, counted, interrupt)?;
    let run = |purpose: Purpose, outputs: &mut Outputs<'_>, interrupt: &mut dyn FnMut() -> bool| {
        let pass = pass(purpose, divisor.factor());
        let sum = pass.over::<Lanes>(outputs, interrupt)?;
        pass.verdict().map(|()| sum)
    };
    let none = &mut Outputs::default();
    let reduced = |sum: Partial, interrupt: &mut dyn FnMut() -> bool| {
        let mut exact = |interrupt: &mut dyn FnMut() -> bool| {
            pass(Purpose::Add, Factor::ONE).over::<Bins>(&mut Outputs::default(), interrupt)
        };
        divisor.divide::<T>(request, counted, sum, &mut exact, interrupt).map(Some)
    };
    let (wanted, reduces) = (request.wanted, request.wanted.value && request.reduction != Reduction::None);
    if reduces && request.x.is_replaced() {
        // An exact sum reads the predictions again: the value is settled before derivatives replace them.
        let value = reduced(run(Purpose::Add, none, interrupt)?, interrupt)?;
        return run(Purpose::Write(Wanted { value: false, ..wanted }), outputs, interrupt).map(|_| value);
    }
    if request.x.is_replaced() || request.outputs_given {
        // What the caller holds stays as it is where there is an error.
        run(Purpose::Look, none, interrupt)?;
    }
    let sum = run(Purpose::Write(wanted), outputs, interrupt)?;
    if reduces { reduced(sum, interrupt) } else { Ok(None) }
}
