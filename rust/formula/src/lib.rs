//! Formulas given as text: parsed, differentiated, made stable, and run block by block.
//!
//! ```text
//! text ──parser──▶ tree ──build──▶ graph ──derive──▶ graph with derivatives ──lower──▶ code ──run──▶ the engine's blocks
//!                          (algebra, elementary: what folds, what cancels)
//! ```

mod algebra;
mod build;
mod derive;
mod elementary;
mod fault;
mod functions;
mod graph;
mod lexer;
mod lower;
mod parser;
mod run;
#[cfg(test)]
mod tests;
mod formula;
mod likeness;

pub use build::Meaning;
pub use fault::Fault;
pub use formula::Formula;
pub use functions::FUNCTIONS;
pub use likeness::Likeness;
pub use parser::Tree;
