//! The only loops: formulas over blocks, blocks over arrays, rows through softmax, sums.

mod anew;
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
pub mod lists;
pub mod look;
pub mod means;
pub mod memory;
pub mod offence;
pub mod opposed;
pub mod ops;
pub mod passes;
pub mod pointwise;
pub mod program;
pub mod programmed;
pub mod request;
pub mod rowwise;
mod scratch;
pub mod selection;
pub mod sequences;
pub mod sets;
pub mod summary;
pub mod sums;
pub mod tasks;
mod transpose;
pub mod wanted;
mod weigh;
pub mod working;

use crate::loss::Family;
use entry::{Code, Entry};
use family::Engine;

/// The engine of a loss: what is compiled of it tells.
#[must_use]
pub fn engine(entry: &Entry) -> &'static dyn Engine {
    match entry.code {
        Code::Formula => match entry.info.family {
            Family::RowWise => &rowwise::RowWise,
            Family::Columns => &columns::ByColumns, // a program
            _ => &pointwise::Pointwise,
        },
        Code::Sums(_) => &sets::Sets,
        Code::Lists(_) => &lists::ByLists,
        Code::Opposed(_) => &opposed::Alone,
        Code::Columns(_) => &columns::ByColumns,
        Code::Alignments(_) => &sequences::Sequences,
    }
}
