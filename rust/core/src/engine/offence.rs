//! The first offending element, whichever task finds it.

use super::divisor::Counted;
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

/// What an index of so many classes may be, in words.
#[must_use]
pub fn wanted_index(classes: usize, counted: &Counted<'_>) -> String {
    let ignored = counted.ignored.map_or(String::new(), |(_, index)| format!(", or {index} to ignore the row"));
    format!("a class index from 0 to {}{ignored}", classes - 1)
}

/// Which kinds of labels there were, whichever task found them.
pub struct Labels {
    /// Where the first segment with a label of −1 begins.
    negative: AtomicUsize,
    below_one: AtomicBool,
}

impl Default for Labels {
    fn default() -> Self {
        Labels { negative: AtomicUsize::new(usize::MAX), below_one: AtomicBool::new(false) }
    }
}

impl Labels {
    /// Remembers what a look at the segment from `start` on found.
    #[inline(always)]
    pub fn note(&self, start: usize, found: Found) {
        // Written no more often than it must be, lest threads take the line from each other.
        if found.negative && start < self.negative.load(Ordering::Relaxed) {
            self.negative.fetch_min(start, Ordering::Relaxed);
        }
        if found.below_one && !self.below_one.load(Ordering::Relaxed) {
            self.below_one.store(true, Ordering::Relaxed);
        }
    }
    /// Where the first segment with a label of −1 begins, if there were others from 0 to below 1 too.
    #[must_use]
    pub fn mixed(&self) -> Option<usize> {
        let negative = self.negative.load(Ordering::Relaxed);
        (negative != usize::MAX && self.below_one.load(Ordering::Relaxed)).then_some(negative)
    }
}
