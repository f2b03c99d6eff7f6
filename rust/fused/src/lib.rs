//! The kernels of light losses and of losses of lists, compiled for speed.
//!
//! The losses' own crate is compiled for size. Its files are compiled here once more, but of other losses nothing is used, and so
//! nothing is left; of lists nothing is compiled there.

use lossreg_core::engine::entry::{Fused, Lists};
pub(crate) use lossreg_core::{families, loss, number};

include!(concat!(env!("OUT_DIR"), "/listed.rs"));
