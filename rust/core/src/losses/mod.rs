//! One file per loss; `build.rs` lists them.

use crate::loss::Entry;

include!(concat!(env!("OUT_DIR"), "/catalog.rs"));

/// The entry of that canonical name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Entry> {
    CATALOG.binary_search_by(|entry| entry.name.cmp(name)).ok().map(|i| &CATALOG[i])
}
