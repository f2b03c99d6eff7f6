//! What a sequence is computed in: lines of numbers, and a few more for every frame.

use super::lattice::{NOTHING, Wide};

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
    /// Mantissas and exponents of the sums from behind: of a frame, and of the one behind it.
    pub backwards: [[&'m mut [f64]; 2]; 2],
    pub frames: Frames<'m>,
}

impl<'m> Memory<'m> {
    /// How many numbers it takes besides those of frames.
    pub fn numbers(classes: usize, lane: usize) -> usize {
        4 * classes + 6 * lane
    }

    /// In these numbers, which are 0, and with these frames.
    pub fn of(mut numbers: &'m mut [f64], classes: usize, frames: Frames<'m>) -> Self {
        let mut take = |count: usize| {
            let (taken, left) = std::mem::take(&mut numbers).split_at_mut(count);
            numbers = left;
            taken
        };
        let [row, through, grad, hess] = [(); 4].map(|()| take(classes));
        let [skips, shares] = [(); 2].map(|()| take(frames.lane));
        let mut backwards = [(); 2].map(|()| [(); 2].map(|()| take(frames.lane)));
        for [_, exponents] in &mut backwards {
            exponents.fill(NOTHING);
        }
        Memory { row, through, grad, hess, skips, shares, backwards, frames }
    }
}

/// Of each frame what it says of the states, and the sums from the front.
///
/// Their memory is written to frame by frame: nobody who wants to stop waits until that of a long sequence is cleared.
pub(super) struct Frames<'m> {
    numbers: &'m mut Vec<f64>,
    lane: usize,
}

/// A frame that is being computed: mantissas and exponents of what it says, and of the sums.
pub(super) struct Frame<'f> {
    pub says: [&'f mut [f64]; 2],
    pub forwards: [&'f mut [f64]; 2],
}

/// Lines of a frame.
const LINES: usize = 4;

impl<'m> Frames<'m> {
    /// Room for so many, of so many states with their margins; none where there is no memory.
    pub fn of(numbers: &'m mut Vec<f64>, count: usize, lane: usize) -> Option<Self> {
        numbers.clear();
        numbers.try_reserve(LINES.checked_mul(lane)?.checked_mul(count)?).ok()?;
        Some(Frames { numbers, lane })
    }

    /// Begins a frame, in which nothing is in any state. With it comes what `forwards` has of the one before.
    pub fn begin(&mut self) -> (Option<Wide<'_>>, Frame<'_>) {
        let (old, lane) = (self.numbers.len(), self.lane);
        for filling in [0.0, NOTHING, 0.0, NOTHING] {
            self.numbers.resize(self.numbers.len() + lane, filling);
        }
        let (before, here) = self.numbers.split_at_mut(old);
        let [says, forwards] = halves(here).map(halves);
        let before = before.rchunks_exact(2 * lane).next().map(|sums| wide(sums, lane));
        (before, Frame { says, forwards })
    }

    /// What a frame says.
    pub fn says(&self, frame: usize) -> Wide<'_> {
        wide(&self.numbers[LINES * frame * self.lane..], self.lane)
    }

    /// The sums from the front up to a frame.
    pub fn forwards(&self, frame: usize) -> Wide<'_> {
        wide(&self.numbers[(LINES * frame + 2) * self.lane..], self.lane)
    }
}

fn halves(numbers: &mut [f64]) -> [&mut [f64]; 2] {
    numbers.split_at_mut(numbers.len() / 2).into()
}

fn wide(numbers: &[f64], lane: usize) -> Wide<'_> {
    Wide(&numbers[..lane], &numbers[lane..2 * lane])
}
