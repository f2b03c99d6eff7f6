//! What a sequence is computed in: lines of numbers, cut from the memory of a thread.

use super::lattice::NOTHING;

/// What a sequence is computed in.
pub(super) struct Memory<'m> {
    /// Scores of a frame, and what becomes of them.
    pub row: &'m mut [f64],
    pub through: &'m mut [f64],
    pub grad: &'m mut [f64],
    pub hess: &'m mut [f64],
    /// One number a state.
    pub skips: &'m mut [f64],
    pub shares: &'m mut [f64],
    /// Mantissas and exponents of a state, frame by frame: what these say, the sums from the front, and two lines of those from behind.
    pub says: [&'m mut [f64]; 2],
    pub forwards: [&'m mut [f64]; 2],
    pub backwards: [[&'m mut [f64]; 2]; 2],
}

impl<'m> Memory<'m> {
    /// How many numbers it takes.
    pub fn numbers(classes: usize, lane: usize, frames: usize) -> usize {
        4 * classes + 2 * lane + 4 * lane * frames + 4 * lane
    }

    /// In these numbers.
    pub fn of(mut numbers: &'m mut [f64], classes: usize, lane: usize, frames: usize) -> Self {
        let mut take = |count: usize, fill: f64| {
            let (taken, left) = std::mem::take(&mut numbers).split_at_mut(count);
            numbers = left;
            taken.fill(fill);
            taken
        };
        let mut pair = |lines: usize| [take(lines * lane, 0.0), take(lines * lane, NOTHING)];
        let (says, forwards, backwards) = (pair(frames), pair(frames), [pair(1), pair(1)]);
        let [row, through, grad, hess] = [(); 4].map(|()| take(classes, 0.0));
        let [skips, shares] = [(); 2].map(|()| take(lane, 0.0));
        Memory { row, through, grad, hess, skips, shares, says, forwards, backwards }
    }
}
