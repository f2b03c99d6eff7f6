//! Where the elements of an array are: axes, merged where they can be, and the stretches that they consist of.

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

/// The stretches of so many elements: `(offset in bytes, elements, stride)`. What is done with them stands in a loop, so that it is
/// compiled with the instructions of whoever runs it.
#[inline(always)]
pub(super) fn stretches(layout: &Layout, width: usize, at: At, count: usize) -> Stretches<'_> {
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
pub(super) struct Stretches<'a> {
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
