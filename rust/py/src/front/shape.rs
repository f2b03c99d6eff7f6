//! Shapes: the lengths of axes, compared and shown.

use lossreg_core::engine::memory::Axis;

/// The lengths of some axes, possibly without one.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    axes: &'a [Axis],
    without: Option<usize>,
}

impl<'a> Shape<'a> {
    /// The lengths of all these axes.
    #[inline]
    pub fn of(axes: &'a [Axis]) -> Self {
        Shape { axes, without: None }
    }
    /// The shape without an axis.
    pub fn without(self, axis: Option<usize>) -> Self {
        Shape { without: axis, ..self }
    }
    pub fn axes(&self) -> impl DoubleEndedIterator<Item = usize> + use<'a> {
        let without = self.without;
        self.axes.iter().enumerate().filter(move |(i, _)| Some(*i) != without).map(|(_, axis)| axis.len)
    }
    pub fn ndim(&self) -> usize {
        self.axes.len() - usize::from(self.without.is_some())
    }
    /// Whether this shape is how the other begins.
    pub fn leads(&self, other: &Shape<'_>) -> bool {
        self.ndim() <= other.ndim() && self.axes().zip(other.axes()).all(|(a, b)| a == b)
    }
    /// The indices of an element counted in C order.
    pub fn unravel(&self, mut index: usize) -> Vec<usize> {
        let mut indices: Vec<usize> = self
            .axes()
            .rev()
            .map(|len| {
                let here = index % len.max(1);
                index /= len.max(1);
                here
            })
            .collect();
        indices.reverse();
        indices
    }
}

impl PartialEq for Shape<'_> {
    #[inline(always)]
    fn eq(&self, other: &Shape<'_>) -> bool {
        if self.without.is_some() || other.without.is_some() {
            return self.axes().eq(other.axes());
        }
        self.axes.len() == other.axes.len() && self.axes.iter().zip(other.axes).all(|(a, b)| a.len == b.len)
    }
}

impl std::fmt::Display for Shape<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let lens: Vec<_> = self.axes().map(|len| len.to_string()).collect();
        if lens.len() == 1 { write!(f, "({},)", lens[0]) } else { write!(f, "({})", lens.join(", ")) }
    }
}
