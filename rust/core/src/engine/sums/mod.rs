//! Sums: lanes with a certificate, and exact ones where the certificate cannot tell.

mod bins;
mod exact;
mod lanes;
mod narrow;
mod packed;
mod tally;
mod totals;

pub use bins::{Bins, GROUP};
pub use exact::Exact;
pub use lanes::{Lanes, Partial, Summed};
pub use tally::{Accumulator, Tally};
pub use totals::Totals;
