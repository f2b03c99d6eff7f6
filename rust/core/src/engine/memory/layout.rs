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

/// Calls `run(offset in bytes, elements, stride)` for each stretch of so many elements.
#[inline]
pub(super) fn stretches(layout: &Layout, width: usize, at: At, count: usize, mut run: impl FnMut(isize, usize, isize)) {
    match (layout, at) {
        (Layout::Contiguous, At::Index(start)) => run((start * width) as isize, count, width as isize),
        (Layout::Strided(axes), At::Index(start)) => walk(axes, start, 0, count, run),
        (Layout::Strided(axes), At::Column(column, row)) => {
            let inner = axes.len() - 1;
            walk(&axes[..inner], row, column as isize * axes[inner].stride, count, run);
        }
        (Layout::Contiguous, At::Column(..)) => {}
    }
}

#[inline]
fn walk(axes: &[Axis], start: usize, base: isize, count: usize, mut run: impl FnMut(isize, usize, isize)) {
    let inner = axes[axes.len() - 1];
    let (mut at, mut left) = (start, count);
    while left > 0 {
        let (mut rest, mut offset, mut room) = (at, base, 0);
        for (i, axis) in axes.iter().enumerate().rev() {
            let position = rest % axis.len;
            rest /= axis.len;
            offset += position as isize * axis.stride;
            if i == axes.len() - 1 {
                room = axis.len - position;
            }
        }
        let n = room.min(left);
        run(offset, n, inner.stride);
        at += n;
        left -= n;
    }
}

impl Layout {
    /// Whether, of rows of so many elements, those above each other are nearer than those beside each other.
    pub(super) fn is_by_columns(&self, size: usize) -> bool {
        let Layout::Strided(axes) = self else { return false };
        let [.., outer, inner] = axes[..] else { return false };
        inner.len == size && outer.stride.unsigned_abs() < inner.stride.unsigned_abs()
    }
}
