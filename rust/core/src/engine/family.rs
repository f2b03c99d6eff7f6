//! What a family of losses is to those who call it.

use super::memory::Sink;
use super::request::Request;
use crate::error::Error;

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
