//! What losses are that are no formulas over elements or rows: a trait for each family.

mod alignments;
mod boxes;
mod columns;
mod sums;

pub use alignments::{Alignments, State};
pub use boxes::{Boxes, OfEdges};
pub use columns::{Columns, MOST, Point};
pub use sums::{SUMS, Sums, Whole};
