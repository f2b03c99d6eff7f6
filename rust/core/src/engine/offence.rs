//! The first offending element, whichever task finds it.

use std::sync::atomic::{AtomicUsize, Ordering};

/// The first element that a loss is not defined for, found by whichever task.
pub struct Offence(AtomicUsize);

impl Default for Offence {
    fn default() -> Self {
        Offence(AtomicUsize::new(usize::MAX))
    }
}

impl Offence {
    /// Remembers an offence of the target or of the prediction at that loss, where none comes before it.
    #[cold]
    pub fn record(&self, index: usize, in_target: bool) {
        self.0.fetch_min(2 * index + usize::from(!in_target), Ordering::Relaxed);
    }
    /// Whether there is one before that index, so that going on is useless.
    #[inline(always)]
    pub fn before(&self, index: usize) -> bool {
        self.0.load(Ordering::Relaxed) / 2 < index
    }
    /// The first: its index and whether it is the target's.
    #[must_use]
    pub fn first(&self) -> Option<(usize, bool)> {
        let found = self.0.load(Ordering::Relaxed);
        (found != usize::MAX).then_some((found / 2, found.is_multiple_of(2)))
    }
}
