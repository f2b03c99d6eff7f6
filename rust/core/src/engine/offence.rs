//! The first offending element, whichever task finds it.

use super::look::Found;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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

/// Which kinds of labels there were, whichever task found them.
#[derive(Default)]
pub struct Labels {
    negative: AtomicBool,
    below_one: AtomicBool,
}

impl Labels {
    /// Remembers what a look found.
    #[inline(always)]
    pub fn note(&self, found: Found) {
        for (seen, kind) in [(found.negative, &self.negative), (found.below_one, &self.below_one)] {
            // Written once, lest threads take the line from each other.
            if seen && !kind.load(Ordering::Relaxed) {
                kind.store(true, Ordering::Relaxed);
            }
        }
    }
    /// Whether there were labels of −1 beside others from 0 to below 1.
    #[must_use]
    pub fn are_mixed(&self) -> bool {
        self.negative.load(Ordering::Relaxed) && self.below_one.load(Ordering::Relaxed)
    }
}
