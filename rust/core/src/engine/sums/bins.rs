//! Exact sums of many values, of which few have to be added to digits.
//!
//! A number so large that little of a value is kept when it is added takes the value's upper bits, and what is left of the value is
//! known exactly (S. M. Rump, T. Ogita and S. Oishi 2008). What such numbers have taken adds up without an error as long as they
//! stay within a power of two (J. Demmel and H. D. Nguyen 2015). Two of them, one far below the other, take all of most values: an
//! addition and two subtractions for the first, an addition and a subtraction for the second.

use super::super::blocks::{LANES, TASK};
use super::exact::Exact;
use super::narrow::{EIGHTH, eighths};
use crate::number::Float;
use crate::simd::{self, Body, Level};

/// Where the exponent of a float begins.
const EXPONENT: u32 = 52;
/// Bins side by side.
const SIDES: usize = 16;
/// Values that each takes before it is emptied, as an exponent: the fewer, the smaller values need no more than two bins.
const ROOM: u32 = 8;
/// Blocks in which each bin is given so many values at most.
const BLOCKS: usize = (1 << ROOM) * SIDES / LANES;
/// Blocks that are tried together: either the bins take all of their values, or each value is looked at.
pub const GROUP: usize = 4;
/// Where something is left of more than one value in so many, the bins are too high.
const MANY: usize = 4;
/// The exponent of the second bin below that of the first: of each value at most half of the first one's last bit is left, and all
/// that is left comes to less than half of the second.
const BELOW: i64 = 52 - ROOM as i64;

const _: () = assert!(BLOCKS.is_multiple_of(GROUP) && TASK.is_multiple_of(BLOCKS * LANES));

/// The exact sum of the values of blocks.
#[derive(Clone)]
pub struct Bins {
    /// What was in the bins before.
    sum: Exact,
    /// First bins and second ones.
    held: Pair,
    /// What they hold when they are empty: half way between two powers of two, so that values of both signs have room.
    empty: [f64; 2],
    /// Blocks that there is room for.
    room: usize,
}

/// First bins and second ones.
type Pair = [[f64; SIDES]; 2];

impl Default for Bins {
    fn default() -> Self {
        Self::new()
    }
}

impl Bins {
    /// Of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Bins { sum: Exact::new(), held: [[0.0; SIDES]; 2], empty: [0.0; 2], room: 0 }
    }

    /// Adds every value of the blocks.
    #[inline(never)]
    pub fn add<T: Float>(&mut self, level: Level, blocks: &[[T; LANES]]) {
        simd::dispatch(level, Adding { to: self, blocks });
    }

    /// The sum.
    #[must_use]
    pub fn total(mut self) -> Exact {
        self.settle();
        self.sum
    }

    /// Empties the bins.
    fn settle(&mut self) {
        for (bins, empty) in self.held.iter_mut().zip(self.empty) {
            // Each differs from an empty one by at most 2⁵¹ of its last bits, so that two differences add up exactly, and to a number
            // where each is half of the largest there is.
            for two in bins.chunks_mut(2) {
                self.sum.add(two.iter().map(|bin| bin - empty).sum());
                two.fill(empty);
            }
        }
        self.room = BLOCKS;
    }

    /// Chooses bins for values such as these; whether there are any.
    #[inline(always)]
    fn open<T: Float>(&mut self, blocks: &[[T; LANES]]) -> bool {
        self.settle();
        // What a bin is given if all values are so large is within an eighth of it.
        let given = ROOM as i64 - (blocks.len() * LANES).ilog2() as i64;
        let first = (magnitude(blocks).to_bits() >> EXPONENT) as i64 + given + 4;
        if first >= (f64::INFINITY.to_bits() >> EXPONENT) as i64 {
            return false;
        }
        self.empty = [first, first - BELOW].map(half_way);
        self.held = self.empty.map(|empty| [empty; SIDES]);
        true
    }

    /// Adds values that two bins do not take all of, or such that are not finite.
    #[cold]
    #[inline(never)]
    fn add_carefully<T: Float>(&mut self, blocks: &[[T; LANES]]) {
        let mut left = [[0.0; LANES]; GROUP];
        let mut taken = self.taken(blocks, &mut left);
        if taken.is_none() && self.open(blocks) {
            taken = self.taken(blocks, &mut left);
        }
        let Some(held) = taken else { return self.add_each(blocks) };
        (self.held, self.room) = (held, self.room - blocks.len());
        let left = left[..blocks.len()].as_flattened();
        let mut number = 0;
        for &left in left.iter().filter(|&&left| left != 0.0) {
            self.sum.add(left);
            number += 1;
        }
        if number * MANY > left.len() {
            self.open(blocks);
        }
    }

    /// The bins with values and what is left of these; `None` where they had no room.
    fn taken<T: Float>(&self, blocks: &[[T; LANES]], left: &mut [[f64; LANES]; GROUP]) -> Option<Pair> {
        let [mut firsts, mut seconds] = self.held;
        let mut moved = 0;
        for (block, left) in blocks.iter().zip(left) {
            for (values, left) in block.as_chunks::<SIDES>().0.iter().zip(left.as_chunks_mut::<SIDES>().0) {
                for i in 0..SIDES {
                    let (value, first, second) = (values[i].to_f64(), firsts[i], seconds[i]);
                    (firsts[i], moved) = (first + value, moved | (first + value).to_bits() ^ self.empty[0].to_bits());
                    let rest = value - (firsts[i] - first);
                    seconds[i] = second + rest;
                    left[i] = rest - (seconds[i] - second);
                }
            }
        }
        (moved >> EXPONENT == 0).then_some([firsts, seconds])
    }

    /// Adds values one after the other.
    fn add_each<T: Float>(&mut self, blocks: &[[T; LANES]]) {
        blocks.as_flattened().iter().for_each(|value| self.sum.add(value.to_f64()));
    }
}

/// The sum of the magnitudes, nearly.
#[inline(always)]
fn magnitude<T: Float>(blocks: &[[T; LANES]]) -> f64 {
    let mut sums = [0.0; SIDES];
    for values in blocks.as_flattened().as_chunks::<SIDES>().0 {
        for i in 0..SIDES {
            sums[i] += values[i].to_f64().abs();
        }
    }
    sums.iter().sum()
}

/// Half way between two powers of two. Below the last bit of the smallest normal number there is nothing to be taken.
fn half_way(exponent: i64) -> f64 {
    f64::from_bits((exponent.max(1) as u64) << EXPONENT | 1 << (EXPONENT - 1))
}

struct Adding<'a, T> {
    to: &'a mut Bins,
    blocks: &'a [[T; LANES]],
}

impl<T: Float> Body for Adding<'_, T> {
    type Output = ();

    #[inline(always)]
    fn run(self) {
        let Adding { to, blocks } = self;
        for group in blocks.chunks(GROUP) {
            if to.empty[0] == 0.0 {
                to.open(group);
            } else if to.room < group.len() {
                to.settle();
            }
            let mut trial = Trial::of(to);
            for block in group {
                trial.add(block);
            }
            if trial.succeeded() {
                (to.held, to.room) = (trial.held, to.room - group.len());
            } else {
                to.add_carefully(group);
            }
        }
    }
}

/// Bins that are given values, and whether they took them.
struct Trial {
    held: Pair,
    /// The bits of the first bins when empty.
    empty: u64,
    /// In which bits a first bin has been another than an empty one.
    moved: [u64; SIDES],
    /// In which bits a second bin took another number than it was given.
    left: [u64; SIDES],
}

impl Trial {
    #[inline(always)]
    fn of(bins: &Bins) -> Self {
        let zero = [0; SIDES];
        Trial { held: bins.held, empty: bins.empty[0].to_bits(), moved: zero, left: zero }
    }

    /// Adds a block; of `f32` values, first eight to one without an error.
    #[inline(always)]
    fn add<T: Float>(&mut self, block: &[T; LANES]) {
        if T::SINGLE
            && let Some(sums) = eighths(block).sums
        {
            return self.give::<EIGHTH>(sums);
        }
        for values in block.as_chunks::<SIDES>().0 {
            let mut wide = [0.0; SIDES];
            for i in 0..SIDES {
                wide[i] = values[i].to_f64();
            }
            self.give::<SIDES>(wide);
        }
    }

    #[inline(always)]
    fn give<const N: usize>(&mut self, values: [f64; N]) {
        let [firsts, seconds] = &mut self.held;
        for i in 0..N {
            let (value, first, second) = (values[i], firsts[i], seconds[i]);
            firsts[i] = first + value;
            self.moved[i] |= firsts[i].to_bits() ^ self.empty;
            let rest = value - (firsts[i] - first);
            seconds[i] = second + rest;
            self.left[i] |= (seconds[i] - second).to_bits() ^ rest.to_bits();
        }
    }

    /// Whether every first bin has stayed within its power of two and nothing is left of any value but signs of zeros.
    #[inline(always)]
    fn succeeded(&self) -> bool {
        let mut failed = [0; SIDES];
        for i in 0..SIDES {
            failed[i] = self.moved[i] >> EXPONENT | self.left[i] << 1;
        }
        let mut all = 0;
        for failed in failed {
            all |= failed;
        }
        all == 0
    }
}
