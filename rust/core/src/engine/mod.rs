//! The only loops: formulas over blocks, blocks over arrays, rows through softmax, sums.

pub mod block;
pub mod domain;
pub mod exact;
pub mod full;
pub mod given;
pub mod pointwise;
pub mod reduce;
pub mod request;
pub mod rowwise;
pub mod small;
pub mod total;
pub mod view;
pub mod working;
