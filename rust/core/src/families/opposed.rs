//! A loss of a game whose scores are seen relative to the mean of the other side's ([`Opposed`]).

use crate::loss::{Info, Side};
use crate::number::functions as f;

/// A loss of two arrays of scores: the sum over both sides of the means of a function of each score less the mean of the other side.
pub trait Opposed: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// The side whose scores shall be above the mean of the other.
    const ABOVE: Side;

    /// The loss of a score less the mean of the other side, a difference in two parts, with its first and its second derivative.
    #[must_use]
    #[inline(always)]
    fn term(side: Side, (difference, low): (f64, f64)) -> [f64; 3] {
        let sign = if side == Self::ABOVE { -1.0 } else { 1.0 };
        let l = f::logistic_sum(sign * difference, sign * low);
        [l.softplus, sign * l.sigmoid, l.slope]
    }
}
