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

/// Of the values of a block that are eight apart.
pub(super) struct Eighths {
    /// Their sums; `None` where some sum might have to be rounded.
    pub(super) sums: Option<[f64; EIGHTH]>,
    /// The bits of the least magnitude among them, less 1, so that a zero is the greatest ([`unit`]).
    pub(super) least: [u32; EIGHTH],
}

/// What is known of the values of a block that are eight apart.
#[inline(always)]
pub(super) fn eighths<T: Float>(block: &[T; 64]) -> Eighths {
    let (near, mut least) = near_or_zero(block);
    if !near {
        let (near, others) = near_by_magnitude(block);
        if !near {
            return Eighths { sums: None, least: others };
        }
        least = others;
    }
    // One after the other, since no order rounds: of halves and quarters the compiler makes more shuffles than additions.
    let mut sums = [0.0; EIGHTH];
    for values in block.as_chunks::<EIGHTH>().0 {
        for i in 0..EIGHTH {
            sums[i] += values[i].to_f64();
        }
    }
    Eighths { sums: Some(sums), least }
}

/// The bits of the magnitude of a value, less 1.
#[inline(always)]
fn place<T: Float>(value: T) -> u32 {
    value.abs().single_bits().wrapping_sub(1)
}

/// The last bit of an `f32` number whose bits less 1 are these: what it, all larger ones and all sums of these are multiples of.
/// Infinite for a zero, of which everything is a multiple.
#[inline(always)]
pub(super) fn unit(least: u32) -> f64 {
    let exponent = u64::from(least.wrapping_add(1) >> 23).max(1);
    if least == u32::MAX { f64::INFINITY } else { f64::from_bits((exponent + 1023 - 150) << 52) }
}

/// Whether of each eight that are added up none is negative and none that is not 0 is below another by more than the spread, and the
/// least: most losses, in less time than any take.
#[inline(always)]
fn near_or_zero<T: Float>(block: &[T; 64]) -> (bool, [u32; EIGHTH]) {
    // The bits less 1, so that a zero, which is in nobody's way, is the greatest; those of a negative number are great as they are.
    let (mut least, mut most) = ([0u32; 32], [0u32; 32]);
    for i in 0..32 {
        let (a, b) = (block[i].single_bits(), block[i + 32].single_bits());
        (least[i], most[i]) = (a.wrapping_sub(1).min(b.wrapping_sub(1)), a.max(b));
    }
    let (mut less, mut more) = ([0u32; 16], [0u32; 16]);
    for i in 0..16 {
        (less[i], more[i]) = (least[i].min(least[i + 16]), most[i].max(most[i + 16]));
    }
    let (mut least, mut excess) = ([0u32; EIGHTH], 0);
    for i in 0..EIGHTH {
        let most = more[i].max(more[i + EIGHTH]);
        least[i] = less[i].min(less[i + EIGHTH]);
        excess |= (SPREAD << 23).wrapping_sub(most.wrapping_sub(least[i]) as i32) | most as i32;
    }
    (excess >= 0, least)
}

/// Whether the exponents of each eight that are added up are near each other, and the least.
#[inline(always)]
fn near_by_magnitude<T: Float>(block: &[T; 64]) -> (bool, [u32; EIGHTH]) {
    // The bits of each magnitude less 1, so that a zero, which is in nobody's way, is the greatest without a sign and the least
    // with one. In loops of one kind of number each, which become vector code.
    let (mut least, mut most) = ([0u32; 32], [0i32; 32]);
    for i in 0..32 {
        let (a, b) = (place(block[i]), place(block[i + 32]));
        (least[i], most[i]) = (a.min(b), (a as i32).max(b as i32));
    }
    let (mut less, mut more) = ([0u32; 16], [0i32; 16]);
    for i in 0..16 {
        (less[i], more[i]) = (least[i].min(least[i + 16]), most[i].max(most[i + 16]));
    }
    let (mut least, mut excess) = ([0u32; EIGHTH], 0);
    for i in 0..EIGHTH {
        let most = more[i].max(more[i + EIGHTH]);
        least[i] = less[i].min(less[i + EIGHTH]);
        excess |= (SPREAD << 23) - most.wrapping_sub(least[i] as i32);
    }
    (excess >= 0, least)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Blocks whose numbers are multiples of 2⁻⁶³ below 2⁴⁰, of several signs, some of them 0.
    fn blocks() -> impl Iterator<Item = [f32; 64]> {
        let mut state = 1u64;
        let mut next = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 32) as u32
        };
        (0..20_000).map(move |case| {
            let (spread, zeros, signs) = (1 + case % 40, case % 3, case % 2);
            std::array::from_fn(|_| {
                let power = 127 - 40 + (next() % spread) + case % 40;
                let number = f32::from_bits(power << 23 | next() >> 9);
                let signed = if next() % 2 < signs { -number } else { number };
                if next() % 4 < zeros { 0.0 * signed } else { signed }
            })
        })
    }

    #[test]
    fn sums_are_exact_where_they_are_given() {
        let scale = 2f64.powi(63);
        let mut given = [0; 2];
        for block in blocks() {
            let sums = eighths(&block).sums;
            given[usize::from(sums.is_some())] += 1;
            for (i, sum) in sums.into_iter().flatten().enumerate() {
                let exact: i128 = block[i..].iter().step_by(EIGHTH).map(|&x| (f64::from(x) * scale) as i128).sum();
                assert_eq!((sum * scale) as i128, exact, "{block:?}");
            }
        }
        assert!(given.iter().all(|&count| count > 1_000), "{given:?}");
    }

    #[test]
    fn everything_is_a_multiple_of_the_unit() {
        for block in blocks() {
            let least = eighths(&block).least;
            for (i, &value) in block.iter().enumerate() {
                let of = unit(least[i % EIGHTH]);
                assert!(f64::from(value) % of == 0.0, "{value} is no multiple of {of}");
            }
        }
        for (value, last) in
            [(1.0f32, -23), (1.5, -23), (f32::MIN_POSITIVE, -149), (f32::from_bits(1), -149), (f32::MAX, 104)]
        {
            assert_eq!(unit(place(-value)), 2f64.powi(last));
        }
        assert_eq!(unit(place(-0.0f32)), f64::INFINITY);
    }

    #[test]
    fn zeros_are_in_nobodys_way() {
        for value in [1.0, -1.0, f32::MIN_POSITIVE / 4.0, f32::MAX] {
            for zero in [0.0, -0.0] {
                for kept in 0..=64 {
                    let block = std::array::from_fn(|i| if i * 37 % 64 < kept { value } else { zero });
                    let sum: f64 = eighths(&block).sums.into_iter().flatten().sum();
                    assert_eq!(sum, f64::from(value) * kept as f64);
                }
            }
        }
    }
}
