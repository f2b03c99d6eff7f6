//! What reductions are made of: exact sums, to which those of other data are added without a trace of where they were parted.

use super::exact::Exact;

/// Σ w·l, Σ w and the number of valid losses.
#[derive(Clone, Default, PartialEq)]
pub struct Totals {
    /// The sum of the weighted losses.
    pub losses: Exact,
    /// The sum of the weights, 1 each where there are none.
    pub weights: Exact,
    /// How many losses are valid.
    pub count: u64,
}

impl Totals {
    /// Adds those of other data; whether they can be counted together.
    #[must_use]
    pub fn merge(&mut self, other: &Self) -> bool {
        let Some(count) = self.count.checked_add(other.count) else { return false };
        self.count = count;
        self.losses.merge(&other.losses);
        self.weights.merge(&other.weights);
        true
    }

    /// Appends them to some bytes.
    pub fn pack(&self, bytes: &mut Vec<u8>) {
        bytes.extend(self.count.to_le_bytes());
        self.losses.pack(bytes);
        self.weights.pack(bytes);
    }

    /// Reads them from the front of some bytes, and moves on; `None` where they are not their text.
    #[must_use]
    pub fn unpack(bytes: &mut &[u8]) -> Option<Self> {
        let count = u64::from_le_bytes(*bytes.split_off(..8)?.first_chunk()?);
        let losses = Exact::unpack(bytes, count)?;
        Some(Totals { losses, weights: Exact::unpack(bytes, count)?, count })
    }
}
