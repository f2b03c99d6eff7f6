//! Blocks of `f32` values whose sums need no rounding.
//!
//! A float32 number has 24 bits and a float64 number 53, so eight of the one add up to one of the other exactly as long as
//! the largest is not too large beside the smallest. A float's bits grow with its size, which makes that a matter of integers.

use crate::number::Float;

/// Sums that a block is brought to.
pub(super) const EIGHTH: usize = 8;

/// The most that the exponents of eight values may differ by: each of their sums is less than 2^(largest + 4), which is 2⁵³ of
/// the last bit of the smallest, 2^(smallest − 23).
const SPREAD: i32 = 26;

/// The sums of the values of a block that are eight apart; `None` where some sum might have to be rounded.
#[inline(always)]
pub(super) fn eighths<T: Float>(block: &[T; 64]) -> Option<[f64; EIGHTH]> {
    if !(are_positive_and_near(block) || are_near(block)) {
        return None;
    }
    let (mut halves, mut quarters, mut sums) = ([0.0; 32], [0.0; 16], [0.0; EIGHTH]);
    for i in 0..32 {
        halves[i] = block[i].to_f64() + block[i + 32].to_f64();
    }
    for i in 0..16 {
        quarters[i] = halves[i] + halves[i + 16];
    }
    for i in 0..EIGHTH {
        sums[i] = quarters[i] + quarters[i + EIGHTH];
    }
    Some(sums)
}

/// Whether of each eight that are added up all are positive and none exceeds another by more than the spread: most losses, in
/// half of the time that any take. Of NaN it does not tell: a sum with one is that, however near the others.
#[inline(always)]
fn are_positive_and_near<T: Float>(block: &[T; 64]) -> bool {
    let (mut least, mut most) = ([T::ZERO; 32], [T::ZERO; 32]);
    for i in 0..32 {
        (least[i], most[i]) = (block[i].min(block[i + 32]), block[i].max(block[i + 32]));
    }
    let (mut less, mut more) = ([T::ZERO; 16], [T::ZERO; 16]);
    for i in 0..16 {
        (less[i], more[i]) = (least[i].min(least[i + 16]), most[i].max(most[i + 16]));
    }
    // Where the product is subnormal and rounded, the values are so small that there is room for all of their bits.
    let (mut far, share) = (0, T::lit(f64::from_bits(((1023 - SPREAD) as u64) << 52)));
    for i in 0..EIGHTH {
        let (least, most) = (less[i].min(less[i + EIGHTH]), more[i].max(more[i + EIGHTH]));
        far |= (least - most * share).single_bits();
    }
    far >> 31 == 0
}

/// Whether the exponents of each eight that are added up are near each other.
#[inline(always)]
fn are_near<T: Float>(block: &[T; 64]) -> bool {
    // The bits of each magnitude less 1, so that a zero, which is in nobody's way, is the greatest without a sign and the least
    // with one. In loops of one kind of number each, which become vector code.
    let (mut least, mut most) = ([0u32; 32], [0i32; 32]);
    for i in 0..32 {
        let (a, b) = (block[i].abs().single_bits().wrapping_sub(1), block[i + 32].abs().single_bits().wrapping_sub(1));
        (least[i], most[i]) = (a.min(b), (a as i32).max(b as i32));
    }
    let (mut less, mut more) = ([0u32; 16], [0i32; 16]);
    for i in 0..16 {
        (less[i], more[i]) = (least[i].min(least[i + 16]), most[i].max(most[i + 16]));
    }
    let mut excess = 0;
    for i in 0..EIGHTH {
        let (least, most) = (less[i].min(less[i + EIGHTH]), more[i].max(more[i + EIGHTH]));
        excess |= (SPREAD << 23) - most.wrapping_sub(least as i32);
    }
    excess >= 0
}
