//! What targets and predictions may be.

use crate::number::Float;

/// What a target (or a prediction) may be. NaN is let through everywhere and gives NaN.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Any number.
    Real,
    /// x ≥ 0.
    NonNegative,
    /// x > 0.
    Positive,
    /// x > −1.
    AboveMinusOne,
    /// A label: −1 or 0, and 1.
    Label,
    /// A label or anything from 0 to 1; −1 counts as 0.
    SoftLabel,
    /// From 0 to 1.
    Probability,
    /// The index of a class, for each row.
    ClassIndex,
    /// The index of a class for each row, or a row of probabilities.
    ClassIndexOrProbability,
    /// The corners x1, y1, x2, y2 of a box, in this order.
    Box,
    /// What a time is known to lie between: a lower and an upper bound.
    Interval,
    /// The time of an event, or minus that until which there was none.
    Time,
}

/// What labels may be, where an array holds both kinds of them.
pub const MIXED_LABELS: &str = "labels 0 and 1, or -1 and 1, not both in one array: -1 is often a missing label, \
                                which where=(y_true != -1) leaves out";

impl Domain {
    /// What may be there, for an error.
    #[must_use]
    pub fn wanted(self) -> &'static str {
        match self {
            Domain::Real => "any number",
            Domain::NonNegative => "numbers of at least 0",
            Domain::Positive => "numbers above 0",
            Domain::AboveMinusOne => "numbers above -1",
            Domain::Label => "labels 0 and 1, or -1 and 1",
            Domain::SoftLabel => "labels 0 and 1, -1 and 1, or anything from 0 to 1",
            Domain::Probability => "probabilities from 0 to 1",
            Domain::ClassIndex => "class indices",
            Domain::ClassIndexOrProbability => "class indices, or probabilities from 0 to 1",
            Domain::Box => "boxes x1, y1, x2, y2 with x1 <= x2 and y1 <= y2",
            Domain::Interval => {
                "a lower bound of at least 0 and below infinity, and an upper one above 0 that is no less"
            }
            Domain::Time => "times of events, negative where there was none until then",
        }
    }

    /// Its name in Python: a member of `lossreg.info.Domain`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Domain::Real => "real",
            Domain::NonNegative => "non-negative",
            Domain::Positive => "positive",
            Domain::AboveMinusOne => "above -1",
            Domain::Label => "label",
            Domain::SoftLabel => "soft label",
            Domain::Probability => "probability",
            Domain::ClassIndex => "class index",
            Domain::ClassIndexOrProbability => "class index or probability",
            Domain::Box => "box",
            Domain::Interval => "interval",
            Domain::Time => "time",
        }
    }

    /// Whether a number lies outside. NaN never does.
    #[inline(always)]
    #[must_use]
    pub fn excludes<T: Float>(self, x: T) -> bool {
        let (zero, one) = (T::ZERO, T::ONE);
        match self {
            Domain::Real | Domain::ClassIndex | Domain::Box | Domain::Interval | Domain::Time => false,
            Domain::NonNegative => x < zero,
            Domain::Positive => x <= zero,
            Domain::AboveMinusOne => x <= -one,
            Domain::Probability | Domain::ClassIndexOrProbability => (x < zero) | (x > one),
            Domain::Label => (x != zero) & (x.abs() != one) & !x.is_nan(),
            Domain::SoftLabel => (x > one) | ((x < zero) & (x != -one)),
        }
    }

    /// The first of the numbers of a target that lies outside, also of what depends on several.
    #[must_use]
    pub fn excludes_row(self, row: &[f64]) -> Option<usize> {
        match (self, row) {
            (Domain::Box, &[x1, y1, x2, y2]) => {
                if x2 < x1 {
                    Some(2)
                } else {
                    (y2 < y1).then_some(3)
                }
            }
            (Domain::Interval, &[lower, upper]) => {
                if lower < 0.0 || lower == f64::INFINITY {
                    Some(0)
                } else {
                    (upper <= 0.0 || upper < lower).then_some(1)
                }
            }
            _ => row.iter().position(|&number| self.excludes(number)),
        }
    }

    /// Whether labels of −1 stand for 0.
    #[must_use]
    pub fn has_labels(self) -> bool {
        matches!(self, Domain::Label | Domain::SoftLabel)
    }
}
