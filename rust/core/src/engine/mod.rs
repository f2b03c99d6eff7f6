//! The only loops: formulas over blocks, blocks over arrays, rows through softmax, sums.

pub mod batch;
mod block;
pub mod blocks;
pub mod columns;
pub mod computer;
pub mod curvature;
pub mod divisor;
pub mod entry;
pub mod family;
pub mod given;
pub mod kernel;
pub mod look;
pub mod means;
pub mod memory;
pub mod offence;
pub mod ops;
pub mod passes;
pub mod pointwise;
pub mod program;
pub mod programmed;
pub mod request;
pub mod rowwise;
pub mod selection;
pub mod sequences;
pub mod sets;
pub mod summary;
pub mod sums;
pub mod tasks;
pub mod wanted;
pub mod working;

use crate::loss::Family;
use family::Engine;

/// The engine of a family.
#[must_use]
pub fn engine(family: Family) -> &'static dyn Engine {
    match family {
        Family::Pointwise | Family::Adversarial(_) => &pointwise::Pointwise,
        Family::RowWise => &rowwise::RowWise,
        Family::SetWise => &sets::Sets,
        Family::Columns => &columns::ByColumns,
        Family::Sequence => &sequences::Sequences,
    }
}
