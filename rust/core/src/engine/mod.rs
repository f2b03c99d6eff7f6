//! The only loops: formulas over blocks, blocks over arrays, rows through softmax, sums.

pub mod blocks;
pub mod divisor;
pub mod entry;
pub mod full;
pub mod kernel;
pub mod look;
pub mod memory;
pub mod offence;
pub mod ops;
pub mod passes;
pub mod pointwise;
pub mod request;
pub mod rowwise;
pub mod small;
pub mod summary;
pub mod sums;
pub mod tasks;
pub mod wanted;
pub mod working;
