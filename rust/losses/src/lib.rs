//! The losses: one file each, listed by `build.rs`. Dropping a file in is all it takes to add one.

use lossreg_core::engine::entry::Entry;
pub(crate) use lossreg_core::{families, loss, number};
use lossreg_fused::{FUSED, LISTS};

include!(concat!(env!("OUT_DIR"), "/listed.rs"));

/// The entry of that canonical name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOG.binary_search_by(|entry| entry.name.cmp(name)).ok().map(|i| &CATALOG[i])
}
