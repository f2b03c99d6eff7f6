//! The engine of games in which each score is seen relative to the mean of the other side's ([`Opposed`](crate::families::Opposed)).
//!
//! A score moves its own term and, through the mean, all terms of the other side: both sides are one computation, which reads each
//! once, into memory of its own. Sums are exact, and means in two parts each; a weight counts a score so many times, in means too.

mod job;
mod terms;

pub use job::{Alone, run};
pub use terms::{Terms, terms};
