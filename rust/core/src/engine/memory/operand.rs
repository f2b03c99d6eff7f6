//! What a piece of an array is computed with: an [`Operand`] for each input, a [`Place`] for each output.
//!
//! Either is the array itself where it lies as the engine works, and a buffer elsewhere; whoever computes sees a slice.

use super::array::{Part, View};
use super::dtype::Number;
use crate::number::Float;
use crate::simd;

/// Some elements of an input: lent by the array, or in a buffer.
pub struct Operand<'a, T> {
    lent: Option<&'a [T]>,
    buffer: &'a mut [T],
}

impl<'a, T: Float + Number> Operand<'a, T> {
    /// The elements of a view from `start` on, as many as the buffer has.
    #[inline(always)]
    pub fn of(view: &View<'a>, start: usize, buffer: &'a mut [T]) -> Self {
        let lent = view.lend(start, buffer.len());
        if lent.is_none() {
            view.read(start, buffer);
        }
        Operand { lent, buffer }
    }

    /// The elements of a view from `start` on behind so many fillings, as many together as the buffer has.
    #[inline(always)]
    pub fn padded(view: &View<'a>, start: usize, front: usize, filling: T, buffer: &'a mut [T]) -> Self {
        if front == 0 {
            return Operand::of(view, start, buffer);
        }
        view.read(start, &mut buffer[front..]);
        buffer[..front].fill(filling);
        Operand::filled(buffer)
    }

    /// Elements that are at hand, and a buffer of as many to change them in.
    #[inline(always)]
    pub fn lent(numbers: &'a [T], buffer: &'a mut [T]) -> Self {
        Operand { lent: Some(numbers), buffer }
    }

    /// What a buffer holds.
    #[inline(always)]
    pub fn filled(buffer: &'a mut [T]) -> Self {
        Operand { lent: None, buffer }
    }

    /// The elements.
    #[inline(always)]
    #[must_use]
    pub fn numbers(&self) -> &[T] {
        self.lent.unwrap_or(&*self.buffer)
    }

    /// The elements, for as long as the array and the buffer.
    #[inline(always)]
    #[must_use]
    pub fn into_numbers(self) -> &'a [T] {
        self.lent.unwrap_or(self.buffer)
    }

    /// The buffer, whatever it holds.
    #[inline(always)]
    #[must_use]
    pub fn into_buffer(self) -> &'a mut [T] {
        self.buffer
    }

    /// The elements, to be changed: in the buffer, wherever they were before.
    #[inline(always)]
    pub fn numbers_mut(&mut self) -> &mut [T] {
        if let Some(lent) = self.lent.take() {
            self.buffer.copy_from_slice(lent);
        }
        self.buffer
    }
}

/// What becomes of the numbers of a buffer where it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    /// They replace what is there.
    Replace,
    /// They replace what is there, past the caches.
    Stream,
    /// They are added to what is there.
    Add,
}

/// Where some elements of an output are computed: in the array itself, or in a buffer that is stored afterwards.
pub struct Place<'a, 's, T> {
    numbers: &'a mut [T],
    /// Where a buffer is stored: nowhere, where the output is not wanted or is the array itself.
    destination: Option<(&'a mut Part<'s>, usize)>,
}

impl<'a, 's, T: Float + Number> Place<'a, 's, T> {
    /// The elements of a part from `start` on, as many as the buffer has; the buffer itself where there is no part.
    #[inline(always)]
    pub fn of(part: Option<&'a mut Part<'s>>, start: usize, buffer: &'a mut [T]) -> Self {
        let Some(part) = part else { return Place { numbers: buffer, destination: None } };
        if part.lends::<T>() {
            let numbers = part.lend(start, buffer.len()).unwrap_or(buffer);
            return Place { numbers, destination: None };
        }
        Place { numbers: buffer, destination: Some((part, start)) }
    }

    /// A buffer whose numbers go to a part's elements from `start` on, if there is a part.
    #[inline(always)]
    pub fn aside(part: Option<&'a mut Part<'s>>, start: usize, buffer: &'a mut [T]) -> Self {
        Place { numbers: buffer, destination: part.map(|part| (part, start)) }
    }

    /// The elements.
    #[inline(always)]
    pub fn numbers(&mut self) -> &mut [T] {
        self.numbers
    }

    /// Stores a buffer's numbers, leaving out so many at its front. What was computed in the array itself is there already.
    #[inline(always)]
    pub fn store(self, left_out: usize, how: Store) {
        let Some((part, start)) = self.destination else { return };
        let numbers = &self.numbers[left_out..];
        match (part.lend::<T>(start, numbers.len()), how) {
            (Some(slice), Store::Replace) => slice.copy_from_slice(numbers),
            (Some(slice), Store::Stream) => simd::stream_copy(slice, numbers),
            (Some(slice), Store::Add) => {
                for (old, &new) in slice.iter_mut().zip(numbers) {
                    *old = *old + new;
                }
            }
            (None, Store::Add) => part.add(start, numbers),
            (None, _) => part.write(start, numbers),
        }
    }
}
