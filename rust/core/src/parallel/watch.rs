//! The caller's question whether to stop, asked now and then.

use std::time::{Duration, Instant};

/// How often the caller asks whether to stop.
pub(super) const POLL: Duration = Duration::from_millis(25);

/// Says whether to stop; cheap enough to be asked every few microseconds.
pub type Stop<'a> = dyn FnMut() -> bool + 'a;

/// The caller's `interrupt`, asked no more often than it should be and never again once it said stop.
pub(super) struct Watch<'a> {
    interrupt: &'a mut Stop<'a>,
    asked: Instant,
    stopped: bool,
}

impl<'a> Watch<'a> {
    pub fn new(interrupt: &'a mut Stop<'a>) -> Self {
        Watch { interrupt, asked: Instant::now(), stopped: false }
    }
    pub fn has_stopped(&self) -> bool {
        self.stopped
    }
    pub fn says_stop(&mut self) -> bool {
        if !self.stopped && self.asked.elapsed() >= POLL {
            self.stopped = (self.interrupt)();
            self.asked = Instant::now();
        }
        self.stopped
    }
}
