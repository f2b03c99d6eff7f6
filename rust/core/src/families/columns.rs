//! A loss of elements of which more than one number is predicted or given, such as a location and a scale ([`Columns`]).

use crate::loss::{CONSTANTS, Domain, Info, Value, formula_constants};

/// The most numbers that predict an element, and the most that are given of it.
pub const MOST: usize = 4;

/// A loss at a point, with its derivatives with respect to each of the numbers that predict it.
#[derive(Clone, Copy, Debug)]
pub struct Point<const P: usize> {
    /// The loss.
    pub value: f64,
    /// Its first derivatives.
    pub first: [f64; P],
    /// Its second derivatives.
    pub second: [f64; P],
    /// The expected second derivatives, were the prediction right; the second ones where they are not known.
    pub expected: [f64; P],
}

/// A loss of `P` predictions, which [`Info::columns`] names, and `Q` numbers of the target, which [`Info::target_columns`] names
/// where they are more than one. Its arithmetic is in float64 for both dtypes.
///
/// A loss of one prediction whose target is a class index is pointwise to others; its formula is given `Q` numbers of that class.
pub trait Columns<const P: usize, const Q: usize = 1>: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// The loss of an element.
    fn at(constants: &[f64; CONSTANTS], y: [f64; Q], x: [f64; P]) -> Point<P>;

    /// What a target may be.
    #[must_use]
    fn target(_params: &[Value]) -> Domain {
        Self::INFO.target
    }

    /// What the formula is given of each class, where targets are class indices.
    #[must_use]
    fn of_classes(_params: &[Value]) -> Vec<[f64; Q]> {
        Vec::new()
    }

    /// The constants, from the parameters. By default the numbers among them, in order.
    #[must_use]
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        formula_constants(Self::INFO.params, params)
    }
}
