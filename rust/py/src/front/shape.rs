//! Shapes: the lengths of axes, compared and shown.

use lossreg_core::engine::memory::Axis;

/// Some of the axes of an array, at most the 64 that NumPy has.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Axes(u64);

impl Axes {
    /// None.
    pub const NONE: Axes = Axes(0);

    /// The first so many.
    pub fn first(count: usize) -> Self {
        (0..count).fold(Axes::NONE, Axes::and)
    }
    /// These and one more.
    #[must_use]
    pub fn and(self, axis: usize) -> Self {
        Axes(self.0 | 1 << axis)
    }
    #[inline(always)]
    pub fn has(self, axis: usize) -> bool {
        self.0 >> axis & 1 != 0
    }
    #[inline(always)]
    pub fn is_empty(self) -> bool {
        self == Axes::NONE
    }
    #[inline(always)]
    pub fn count(self) -> usize {
        self.0.count_ones() as usize
    }
}

/// The lengths of some axes, possibly without some.
#[derive(Clone, Copy)]
pub struct Shape<'a> {
    axes: &'a [Axis],
    without: Axes,
}

impl<'a> Shape<'a> {
    /// The lengths of all these axes.
    #[inline]
    pub fn of(axes: &'a [Axis]) -> Self {
        Shape { axes, without: Axes::NONE }
    }
    /// The shape without some axes.
    pub fn without(self, axes: Axes) -> Self {
        Shape { without: axes, ..self }
    }
    /// The last so many axes, or all where there are not that many.
    pub fn last(self, count: usize) -> Axes {
        let ndim = self.axes.len();
        (ndim.saturating_sub(count)..ndim).fold(Axes::NONE, Axes::and)
    }
    /// How many elements some of the axes hold.
    #[inline(always)]
    pub fn product(self, axes: Axes) -> usize {
        if axes.is_empty() {
            return 1;
        }
        self.axes.iter().enumerate().filter(|(i, _)| axes.has(*i)).map(|(_, axis)| axis.len).product()
    }
    pub fn axes(&self) -> impl DoubleEndedIterator<Item = usize> + use<'a> {
        let without = self.without;
        self.axes.iter().enumerate().filter(move |(i, _)| !without.has(*i)).map(|(_, axis)| axis.len)
    }
    pub fn ndim(&self) -> usize {
        self.axes.len() - self.without.count()
    }
    /// Whether this shape is how the other begins.
    pub fn leads(&self, other: &Shape<'_>) -> bool {
        self.ndim() <= other.ndim() && self.axes().zip(other.axes()).all(|(a, b)| a == b)
    }
    /// The indices of an element counted in C order, with some axes counted last.
    pub fn unravel(&self, mut index: usize, last: Axes) -> Vec<usize> {
        let lens: Vec<usize> = self.axes().collect();
        let mut indices = vec![0; lens.len()];
        let order =
            (0..lens.len()).filter(|&axis| !last.has(axis)).chain((0..lens.len()).filter(|&axis| last.has(axis)));
        for axis in order.collect::<Vec<_>>().into_iter().rev() {
            let len = lens[axis].max(1);
            indices[axis] = index % len;
            index /= len;
        }
        indices
    }
}

impl PartialEq for Shape<'_> {
    #[inline(always)]
    fn eq(&self, other: &Shape<'_>) -> bool {
        if !self.without.is_empty() || !other.without.is_empty() {
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
