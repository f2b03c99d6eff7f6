//! What differs between CPUs: code compiled for each instruction set ([`dispatch`]), and operations on memory.

mod level;
mod memory;

pub use level::{Body, Level, VARIABLE, active, dispatch, init};
pub use memory::{last_level_cache, prefetch, stream_copy, stream_fence, streaming_threshold};
