//! A loss of elements that are predicted by more than one number, such as a location and a scale ([`Columns`]).

use crate::loss::{CONSTANTS, Domain, Info, Value, formula_constants};

/// How many numbers predict an element; [`Info::columns`] names them.
pub const COLUMNS: usize = 2;

/// A loss at a point, with its derivatives with respect to each column.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The loss.
    pub value: f64,
    /// Its first derivatives.
    pub first: [f64; COLUMNS],
    /// Its second derivatives.
    pub second: [f64; COLUMNS],
    /// The expected second derivatives, were the prediction right.
    pub expected: [f64; COLUMNS],
}

/// A loss of one target and as many predictions as there are columns. Its arithmetic is in float64 for both dtypes.
pub trait Columns: 'static {
    /// What there is to know about it.
    const INFO: Info;

    /// The loss of an element.
    fn at(constants: &[f64; CONSTANTS], y: f64, x: [f64; COLUMNS]) -> Point;

    /// What a target may be.
    #[must_use]
    fn target(_params: &[Value]) -> Domain {
        Self::INFO.target
    }

    /// The constants, from the parameters. By default the numbers among them, in order.
    #[must_use]
    fn constants(params: &[Value]) -> [f64; CONSTANTS] {
        formula_constants(Self::INFO.params, params)
    }
}
