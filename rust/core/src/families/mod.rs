//! What losses are that are no formulas over elements or rows: a trait for each family.

mod alignments;
mod columns;
mod sums;

pub use alignments::{Alignments, State};
pub use columns::{COLUMNS, Columns, Point};
pub use sums::{SUMS, Sums, Whole};
