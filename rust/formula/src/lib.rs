//! Formulas given as text: parsed, differentiated, made stable, and run block by block.
//!
//! ```text
//! text ──parser──▶ tree ──build──▶ graph ──derive──▶ graph with derivatives ──lower──▶ code ──run──▶ the engine's blocks
//!                          (algebra, powers, stable, elementary: what folds, what cancels)
//! ```

mod algebra;
mod build;
mod derive;
mod elementary;
mod elsewhere;
mod fault;
mod formula;
mod functions;
mod graph;
mod lexer;
mod likeness;
mod loops;
mod lower;
mod parser;
mod powers;
mod run;
mod stable;
#[cfg(test)]
mod tests;
mod variables;

pub use fault::Fault;
pub use formula::Formula;
pub use functions::FUNCTIONS;
pub use likeness::Likeness;
pub use parser::Tree;
pub use variables::{Columns, Meaning, ONE, variables};
