//! What the names in a formula stand for.

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Meaning {
    /// The target.
    Target,
    /// The prediction.
    Prediction,
    /// Prediction − target.
    Residual,
    /// The probability of a class, of which the prediction is the logarithm.
    Share,
    /// A number.
    Number(f64),
    /// A parameter that has no value yet.
    Symbol(u8),
    /// None: it may only be asked whether it is.
    Nothing,
}

/// What a formula of elements may name besides its parameters,
pub const OF_ELEMENTS: [(&str, Meaning); 3] =
    [("y_true", Meaning::Target), ("y_pred", Meaning::Prediction), ("r", Meaning::Residual)];
/// and what one of classes may.
pub const OF_CLASSES: [(&str, Meaning); 3] =
    [("y_true", Meaning::Target), ("q", Meaning::Share), ("log_q", Meaning::Prediction)];
