//! How arrays are cut: blocks that a kernel computes at once, segments that stay in a cache, tasks that threads take.

/// Elements in a block.
pub use crate::number::wide::LANES;

/// Elements that are read, computed and added up together: they stay in the innermost cache.
pub const SEGMENT: usize = 16 * LANES;

/// Elements in a task of a pass over elements.
pub const TASK: usize = 16 * SEGMENT;
