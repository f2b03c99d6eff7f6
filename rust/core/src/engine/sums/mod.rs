//! Sums: lanes with a certificate, and exact ones where the certificate cannot tell.

mod exact;
mod lanes;
mod narrow;
mod packed;
mod peeled;
mod tally;
mod totals;

pub use exact::Exact;
pub use lanes::{Lanes, Partial, Summed};
pub use tally::{Accumulator, Tally};
pub use totals::Totals;
