//! Where the elements of an array are: axes, merged where they can be, and the stretches that they consist of.

use crate::simd;
use std::ops::Range;

/// One axis: how many elements, and how many bytes from one to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Axis {
    /// Elements.
    pub len: usize,
    /// Bytes from an element to the next; 0 repeats one element.
    pub stride: isize,
}

/// Where the elements are.
#[derive(Clone, Debug)]
pub(super) enum Layout {
    Contiguous,
    Strided(Vec<Axis>),
}

/// Axes without those that merge with a neighbour.
#[inline]
pub(super) fn layout(axes: &[Axis], width: usize) -> Layout {
    let mut next = width as isize;
    let mut contiguous = true;
    for axis in axes.iter().rev().filter(|axis| axis.len != 1) {
        contiguous &= axis.stride == next;
        next = next.wrapping_mul(axis.len as isize);
    }
    if contiguous { Layout::Contiguous } else { merged(axes) }
}

#[cold]
fn merged(axes: &[Axis]) -> Layout {
    let mut merged: Vec<Axis> = Vec::new();
    for &axis in axes.iter().filter(|axis| axis.len != 1) {
        match merged.last_mut() {
            Some(outer) if outer.stride == axis.stride * axis.len as isize => {
                *outer = Axis { len: outer.len * axis.len, stride: axis.stride };
            }
            _ => merged.push(axis),
        }
    }
    Layout::Strided(merged)
}

/// Which elements of an array.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// Those from an index on.
    Index(usize),
    /// Those of a column from a row on, of rows that lie by columns.
    Column(usize, usize),
}

impl At {
    /// The same of the column so many further.
    #[inline(always)]
    pub fn beside(self, columns: usize) -> Self {
        match self {
            At::Index(start) => At::Index(start),
            At::Column(column, row) => At::Column(column + columns, row),
        }
    }
}

/// What is read or written at a time: lines of elements, which stand so far apart in a buffer.
#[derive(Clone, Copy)]
pub(super) struct Lines {
    pub at: At,
    pub count: usize,
    pub len: usize,
    pub apart: usize,
}

/// How many columns ahead elements are fetched: along a column a batch takes few cache lines, which nothing foresees. After the last
/// column comes the first one again, with the rows of the next batch.
const AHEAD: usize = 12;

impl Lines {
    /// The elements from an index on.
    #[inline(always)]
    pub fn one(start: usize, len: usize) -> Self {
        Lines { at: At::Index(start), count: 1, len, apart: len }
    }

    /// Runs over the stretches of each line in the array at `data`: where one begins, where it stands in the buffer, and how many
    /// bytes its elements are apart.
    #[inline(always)]
    pub fn each(
        self,
        layout: &Layout,
        width: usize,
        data: *const u8,
        mut run: impl FnMut(*const u8, Range<usize>, isize),
    ) {
        let beside = match layout {
            Layout::Strided(axes) => axes.last().map_or(0, |inner| inner.stride),
            Layout::Contiguous => 0,
        };
        for line in 0..self.count {
            let mut at = line * self.apart;
            for (offset, n, stride) in stretches(layout, width, self.at.beside(line), self.len) {
                if self.count > 1 {
                    let (turns, column) = ((line + AHEAD) / self.count, (line + AHEAD) % self.count);
                    let ahead = (column as isize - line as isize) * beside + (turns * n) as isize * stride;
                    simd::prefetch(data.wrapping_offset(offset + ahead), n * width);
                }
                run(data.wrapping_offset(offset), at..at + n, stride);
                at += n;
            }
        }
    }
}

/// The stretches of so many elements: `(offset in bytes, elements, stride)`. What is done with them stands in a loop, so that it is
/// compiled with the instructions of whoever runs it.
#[inline(always)]
fn stretches(layout: &Layout, width: usize, at: At, count: usize) -> Stretches<'_> {
    let (axes, at, base) = match (layout, at) {
        (Layout::Contiguous, At::Index(start) | At::Column(_, start)) => (&[][..], start, 0),
        (Layout::Strided(axes), At::Index(start)) => (&axes[..], start, 0),
        (Layout::Strided(axes), At::Column(column, row)) => {
            let inner = axes.len() - 1;
            (&axes[..inner], row, column as isize * axes[inner].stride)
        }
    };
    Stretches { axes, stride: axes.last().map_or(width as isize, |inner| inner.stride), at, base, left: count }
}

/// See [`stretches`].
struct Stretches<'a> {
    /// None where all is one stretch.
    axes: &'a [Axis],
    stride: isize,
    at: usize,
    base: isize,
    left: usize,
}

impl Iterator for Stretches<'_> {
    type Item = (isize, usize, isize);

    #[inline(always)]
    fn next(&mut self) -> Option<(isize, usize, isize)> {
        if self.left == 0 {
            return None;
        }
        let (mut offset, n) = match self.axes {
            [] => (self.at as isize * self.stride, self.left),
            [axis] => (self.at as isize * self.stride, self.left.min(axis.len - self.at)),
            axes => place(axes, self.at, self.left),
        };
        offset += self.base;
        self.at += n;
        self.left -= n;
        Some((offset, n, self.stride))
    }
}

/// Where an element is, and how many of so many are beside it.
#[inline]
fn place(axes: &[Axis], at: usize, left: usize) -> (isize, usize) {
    let (mut rest, mut offset, mut room) = (at, 0, 0);
    for (i, axis) in axes.iter().enumerate().rev() {
        let position = rest % axis.len;
        rest /= axis.len;
        offset += position as isize * axis.stride;
        if i == axes.len() - 1 {
            room = axis.len - position;
        }
    }
    (offset, room.min(left))
}

impl Layout {
    /// Whether, of rows of so many elements, those above each other are nearer than those beside each other.
    pub(super) fn is_by_columns(&self, size: usize) -> bool {
        let Layout::Strided(axes) = self else { return false };
        let [.., outer, inner] = axes[..] else { return false };
        inner.len == size && outer.stride.unsigned_abs() < inner.stride.unsigned_abs()
    }
}

/// Calls `run` with each item and its offset, so many bytes apart. Items of that width that lie one after the other have a loop of
/// their own, which vectorises, and so have those in reverse order where that is worth it.
#[inline(always)]
pub(super) fn apart<const BACKWARDS: bool, I: Iterator>(
    items: I,
    stride: isize,
    width: isize,
    run: impl Fn(I::Item, isize),
) {
    match stride {
        _ if stride == width => items.enumerate().for_each(|(i, item)| run(item, i as isize * width)),
        _ if BACKWARDS && stride == -width => items.enumerate().for_each(|(i, item)| run(item, i as isize * -width)),
        _ => items.enumerate().for_each(|(i, item)| run(item, i as isize * stride)),
    }
}
