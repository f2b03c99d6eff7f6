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

/// Calls `run(offset in bytes, elements, stride)` for each stretch of the elements from `start` on.
#[inline]
pub(super) fn stretches(
    layout: &Layout,
    width: usize,
    start: usize,
    count: usize,
    mut run: impl FnMut(isize, usize, isize),
) {
    let axes = match layout {
        Layout::Contiguous => return run((start * width) as isize, count, width as isize),
        Layout::Strided(axes) => axes,
    };
    let inner = axes[axes.len() - 1];
    let (mut at, mut left) = (start, count);
    while left > 0 {
        let (mut rest, mut offset, mut room) = (at, 0, 0);
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
