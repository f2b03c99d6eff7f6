//! Scratch memory of rows: a buffer that each thread keeps, aligned for the widest registers.

use super::working::Working;
use crate::parallel::Stop;

/// Bytes of a cache line.
const LINE: usize = 64;

/// Bytes that a thread keeps between calls; more is given back.
const KEPT: usize = 4 << 20;

/// Elements that are asked of the system at a time, so that the caller can be heard in between.
const PIECE: usize = 1 << 20;

/// Calls `use_it` with at least `len` elements of whatever was there before, unless the caller says stop first; `None` without
/// memory for them.
pub(super) fn lend<T: Working>(
    len: usize,
    stop: &mut Stop<'_>,
    use_it: &mut dyn FnMut(&mut [T], &mut Stop<'_>),
) -> Option<()> {
    T::scratch().with_borrow_mut(|numbers| {
        let wanted = len + LINE / size_of::<T>();
        numbers.try_reserve_exact(wanted.saturating_sub(numbers.len())).ok()?;
        while numbers.len() < wanted {
            numbers.resize(wanted.min(numbers.len() + PIECE), T::ZERO);
            if numbers.len() > PIECE && stop() {
                return Some(());
            }
        }
        let skipped = numbers.as_ptr().align_offset(LINE);
        use_it(&mut numbers[skipped..], stop);
        if numbers.len() * size_of::<T>() > KEPT {
            *numbers = Vec::new();
        }
        Some(())
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

/// Elements that scratch of `len` takes up: lines of the smaller type.
pub(super) const fn room(len: usize) -> usize {
    len.next_multiple_of(LINE / size_of::<f32>())
}
