//! Scratch memory: a buffer that each thread keeps, aligned for the widest registers.

use crate::number::Float;
use std::cell::RefCell;

/// A cache line.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([f64; 8]);

/// Lines that a thread keeps between calls; more is given back.
const KEPT: usize = (4 << 20) / size_of::<Line>();

/// Calls `use_it` with at least `len` elements of whatever was there before; `None` without memory for them.
pub(super) fn lend<T: Float, R>(len: usize, use_it: impl FnOnce(&mut [T]) -> R) -> Option<R> {
    thread_local! {
        static LINES: RefCell<Vec<Line>> = const { RefCell::new(Vec::new()) };
    }
    LINES.with_borrow_mut(|lines| {
        let wanted = (len * size_of::<T>()).div_ceil(size_of::<Line>());
        if wanted > lines.len() {
            lines.try_reserve_exact(wanted - lines.len()).ok()?;
            lines.resize(wanted, Line([0.0; 8]));
        }
        // SAFETY: a line is eight doubles without padding, and any of their bits make a float of either type.
        let (_, elements, _) = unsafe { lines.align_to_mut::<T>() };
        let result = use_it(elements);
        if lines.len() > KEPT {
            *lines = Vec::new();
        }
        Some(result)
    })
}

/// Scratch not taken yet.
pub(super) struct Scratch<'a, T>(pub &'a mut [T]);

impl<'a, T> Scratch<'a, T> {
    /// Takes the next elements, and enough to leave what remains aligned.
    #[inline(always)]
    pub fn take(&mut self, len: usize) -> &'a mut [T] {
        let (taken, rest) = std::mem::take(&mut self.0).split_at_mut(room(len));
        self.0 = rest;
        &mut taken[..len]
    }
}

/// Elements that scratch of `len` takes up.
pub(super) const fn room(len: usize) -> usize {
    len.next_multiple_of(LINE)
}

/// Elements in a line of the smaller type.
const LINE: usize = 16;
