//! Exact sums as bytes: one text for one sum, on every machine.
//!
//! Of a sum there are the kind of what is not finite in it, the sign, the place of the first digit that is not 0, the number of
//! digits up to the last such, and these, in base 2³², least significant first.

use super::exact::{DIGITS, Exact, FLOAT_BITS};

/// What may be in a sum besides finite values.
const SPECIALS: [f64; 4] = [0.0, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];

impl PartialEq for Exact {
    fn eq(&self, other: &Self) -> bool {
        self.kind_of_special() == other.kind_of_special() && self.magnitude() == other.magnitude()
    }
}

impl Exact {
    /// Appends the sum to some bytes.
    pub fn pack(&self, bytes: &mut Vec<u8>) {
        let (negative, digits) = self.magnitude();
        let first = digits.iter().position(|&digit| digit != 0).unwrap_or(0);
        let end = digits.iter().rposition(|&digit| digit != 0).map_or(first, |last| last + 1);
        bytes.extend([self.kind_of_special(), u8::from(negative), first as u8, (end - first) as u8]);
        bytes.extend(digits[first..end].iter().flat_map(|digit| digit.to_le_bytes()));
    }

    /// Reads a sum of so many floats from the front of some bytes, and moves on; `None` where they are not the text of one.
    #[must_use]
    pub fn unpack(bytes: &mut &[u8], count: u64) -> Option<Self> {
        let &[special, negative, first, len] = bytes.split_off(..4)?.first_chunk()?;
        let (first, len) = (usize::from(first), usize::from(len));
        let written = bytes.split_off(..4 * len)?;
        let mut digits = [0; DIGITS];
        let places = digits.get_mut(first..first + len)?;
        for (digit, written) in places.iter_mut().zip(written.as_chunks().0) {
            *digit = u32::from_le_bytes(*written);
        }
        let sum = Self::of_parts(*SPECIALS.get(usize::from(special))?, negative == 1, &digits);
        let leading = digits.iter().rposition(|&digit| digit != 0);
        let bits = leading.map_or(0, |i| 32 * (i + 1) - digits[i].leading_zeros() as usize);
        // So many floats sum to no more: with sums of so many others there will always be room.
        let possible = bits <= FLOAT_BITS + (u64::BITS - count.leading_zeros()) as usize;
        let mut again = Vec::new();
        sum.pack(&mut again);
        let same = again[..4] == [special, negative, first as u8, len as u8];
        (same && possible && (count > 0 || (bits, special) == (0, 0))).then_some(sum)
    }

    /// The place of what is not finite among [`SPECIALS`].
    fn kind_of_special(&self) -> u8 {
        match self.special() {
            0.0 => 0,
            f64::INFINITY => 1,
            f64::NEG_INFINITY => 2,
            _ => 3,
        }
    }
}
