//! What a family of losses is to those who call it.

use super::divisor::{Counted, Divisor, Factor};
use super::entry::{Code, Settings};
use super::memory::{Sink, View};
use super::passes::{Pass, Purpose, evaluate};
use super::request::{Outputs, Request};
use crate::error::Error;
use crate::number::Float;

/// A family's engine. [`engine`](super::engine) gives that of a loss; a family is a folder that implements this.
pub trait Engine: Sync {
    /// Whether predictions are rows of classes, each with one loss. Otherwise each element has one.
    fn by_rows(&self) -> bool;

    /// Evaluates a request in float64 where `double`, else in float32; the reduced value where there is one.
    ///
    /// # Errors
    /// Where an argument is outside of the loss's domain, a mean is over nothing, the caller asked to stop, or there is no memory
    /// for a row.
    fn run(
        &self,
        request: Request<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>, Error>;

    /// Evaluates all second derivatives of each loss: those on the diagonals to the request's output, the others to `rest`
    /// ([`Sink::diagonals_and_rest`]). Where each element has a loss, there are no others.
    ///
    /// # Errors
    /// As [`Engine::run`].
    fn run_full(
        &self,
        request: Request<'_>,
        rest: Sink<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<(), Error> {
        let _ = rest;
        self.run(request, double, interrupt).map(|_| ())
    }
}

/// A family that computes in float64 for both dtypes: its engine is a job for each pass.
pub trait InDouble: Sync {
    /// What is compiled of a loss.
    type Compiled<'a>: Copy;
    /// A pass over a request.
    type Job<'a>: Pass;

    /// What is compiled of a loss of this family, or computes it instead.
    fn compiled(code: Code, settings: &Settings) -> Option<Self::Compiled<'_>>;

    /// The job of a pass.
    fn job<'a>(work: Work<'a>, compiled: Self::Compiled<'a>) -> Self::Job<'a>;

    /// Writes the second derivatives that are not on the diagonals, of a family that has any.
    ///
    /// # Errors
    /// Where the caller asked to stop, or there is no memory.
    fn rest<'a>(
        _work: Work<'a>,
        _compiled: Self::Compiled<'a>,
        _rest: Sink<'_>,
        _interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<(), Error> {
        Ok(())
    }

    /// Which losses count (0: not), where their mask does not tell.
    ///
    /// # Errors
    /// Where there is no memory.
    fn mask(_request: &Request<'_>) -> Result<Option<Vec<f64>>, Error> {
        Ok(None)
    }
}

/// A request with the purpose of a pass over it.
pub struct Work<'a> {
    /// The request, without its outputs.
    pub request: &'a Request<'a>,
    /// Which of its losses count.
    pub counted: &'a Counted<'a>,
    /// What the pass is for.
    pub purpose: Purpose,
    /// What derivatives are multiplied by.
    pub factor: Factor,
    /// Whether values are rounded to float32.
    pub single: bool,
}

impl<F: InDouble> Engine for F {
    fn by_rows(&self) -> bool {
        true
    }

    fn run(
        &self,
        request: Request<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>, Error> {
        evaluated::<F>(request, None, double, interrupt)
    }

    fn run_full(
        &self,
        request: Request<'_>,
        rest: Sink<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<(), Error> {
        evaluated::<F>(request, Some(rest), double, interrupt).map(|_| ())
    }
}

/// Computes diagonals beside matrices, and writes them when these are there. They are so far apart that the system would clear all of the
/// memory for them alone, with nobody to ask whether to stop.
///
/// # Errors
/// Those of what computes them and the rest, and where there is no memory.
pub(super) fn diagonals_last<T: Float>(
    outputs: &mut Outputs<'_>,
    len: usize,
    compute: impl FnOnce(&mut Outputs<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let Some(mut diagonals) = outputs.hess.take() else { return compute(outputs) };
    let mut beside = Vec::new();
    beside.try_reserve_exact(len).map_err(|_| Error::OutOfMemory)?;
    beside.resize(len, T::ZERO);
    compute(&mut Outputs { hess: Some(Sink::of(&mut beside)), ..Outputs::default() })?;
    diagonals.parts(len).for_each(|mut part| part.write(0, &beside));
    Ok(())
}

/// Evaluates a request, and where there is a place for them the second derivatives that are not on the diagonals.
fn evaluated<F: InDouble>(
    mut request: Request<'_>,
    rest: Option<Sink<'_>>,
    double: bool,
    interrupt: &mut dyn FnMut() -> bool,
) -> Result<Option<f64>, Error> {
    let Some(compiled) = F::compiled(request.entry.code, request.settings) else { return Ok(None) };
    let mut outputs = std::mem::take(&mut request.outputs);
    let mask = F::mask(&request)?;
    let mask = mask.as_deref().map(View::of);
    let request = &request;
    let ignored = request.settings.ignore_index.filter(|_| request.indices).map(|index| (&request.y, index));
    let counted = &Counted { mask: mask.as_ref().or(request.mask.as_ref()), ignored };
    let work = |purpose, factor| Work { request, counted, purpose, factor, single: !double };
    let job = |purpose, factor| F::job(work(purpose, factor), compiled);
    let Some(rest) = rest else { return evaluate::<f64, _>(request, &mut outputs, counted, &job, interrupt) };
    diagonals_last::<f64>(&mut outputs, request.x.len(), |outputs| {
        evaluate::<f64, _>(request, outputs, counted, &job, interrupt)?;
        let factor = Divisor::of::<f64>(request, counted, interrupt)?.factor();
        F::rest(work(Purpose::Write(request.wanted), factor), compiled, rest, interrupt)
    })?;
    Ok(None)
}
