//! The kernels of light losses, compiled for speed.
//!
//! The losses' own crate is compiled for size. Its files are compiled here once more, but of a loss that is not light nothing
//! is used, and so nothing is left.

use lossreg_core::engine::entry::Fused;
pub(crate) use lossreg_core::{loss, number};

include!(concat!(env!("OUT_DIR"), "/listed.rs"));
