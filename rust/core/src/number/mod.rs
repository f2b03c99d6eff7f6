//! What formulas are written in: floats, jets, and the functions of both.

pub mod compensated;
pub mod float;
pub mod functions;
pub mod jet;
mod products;
pub mod real;
pub mod wide;

pub use float::{Float, select};
pub use jet::{Jet, Slope};
pub use real::Real;
