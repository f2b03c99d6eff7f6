//! The row-wise engine: a formula over the log-probabilities of rows of classes, through softmax.
//!
//! A row's value is Σ c·f(t, ℓ), ℓ = log q, q the row's softmax (or its probabilities over their sum). The loss's block kernel gives
//! f and its derivatives in ℓ, and the chain rule the rest:
//!
//! * ∂/∂zⱼ = f′ⱼ(1 − qⱼ) − qⱼ·Σ_{k≠j} f′ₖ
//! * ∂²/∂zⱼ² = f″ⱼ(1 − qⱼ)² + qⱼ²·Σ_{k≠j} f″ₖ − qⱼ(1 − qⱼ)·Σ f′ₖ
//!
//! Softmax keeps, besides the maximum, the sum of all terms *but the maximum's own* ([`softmax`]): 1 − q of a confident row is that sum over
//! itself plus one, so no digit of it is lost. No class but the maximum can have more than half of the probability, so everywhere else
//! the short forms lose nothing: 1 − q as a difference, the sum over all other classes as that over all less one.
//!
//! | rows | what is computed of them |
//! |---|---|
//! | one true class, or a single share ([`heads`]) | the kernel once a row |
//! | of a loss that is linear in ℓ ([`linear`]) | no kernel: sums of the shares and of what they multiply |
//! | any others ([`soft`], [`seen`], [`chain`]) | the kernel once a class |
//!
//! Few classes are computed 64 rows side by side ([`narrow`]), many along the row ([`wide`]); rows whose elements lie by columns are
//! gathered first ([`columns`]). Where very wide rows are fewer than threads, each is divided among these ([`split`]).
//!
//! A loss that is a program of classes takes the place of the kernel. One that is a program of rows computes these itself
//! ([`programmed`]); there is no softmax around it.

mod chain;
mod columns;
pub mod full;
mod heads;
mod job;
mod linear;
mod narrow;
pub mod ops;
mod pass;
mod programmed;
mod rows;
mod seen;
mod soft;
mod softmax;
mod split;
mod targets;
mod terms;
mod wide;

pub use pass::run;

use super::family::Engine;
use super::memory::Sink;
use super::program::Sees;
use super::request::Request;
use super::working::Working;
use crate::error::Error;

/// Each row of class scores, through softmax or a program.
pub struct RowWise;

fn of<T: Working>(request: Request<'_>, interrupt: &mut dyn FnMut() -> bool) -> Result<Option<f64>, Error> {
    let program = request.settings.program.as_ref().filter(|program| program.0.sees() == Sees::Rows);
    match program.and(T::program(request.settings)) {
        Some(program) => programmed::run(request, program, interrupt),
        None => run::<T>(request, interrupt),
    }
}

impl Engine for RowWise {
    fn by_rows(&self) -> bool {
        true
    }

    fn run(
        &self,
        request: Request<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<Option<f64>, Error> {
        if double { of::<f64>(request, interrupt) } else { of::<f32>(request, interrupt) }
    }

    fn run_full(
        &self,
        request: Request<'_>,
        rest: Sink<'_>,
        double: bool,
        interrupt: &mut dyn FnMut() -> bool,
    ) -> Result<(), Error> {
        if double { full::run::<f64>(request, rest, interrupt) } else { full::run::<f32>(request, rest, interrupt) }
    }
}
