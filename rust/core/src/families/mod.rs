//! What losses are that are no formulas over elements or rows: a trait for each family.

mod alignments;
mod boxes;
mod columns;
mod lifetimes;
mod lists;
mod opposed;
mod orders;
mod rankings;
mod risks;
mod rivals;
mod shares;
mod sparsemax;
mod sums;

pub use alignments::{Alignments, State};
pub use boxes::{Boxes, OfEdges};
pub use columns::{Columns, MOST, Point};
pub use lifetimes::{Lifetime, Likelihood, distance, log_share};
pub use lists::{List, Lists, Row, Terms};
pub use opposed::Opposed;
pub use rankings::{PAIRED, RANKED};
pub use risks::AT_RISK;
pub use shares::SHARED;
pub use sums::{SUMS, Sums, Whole, share_constants};
