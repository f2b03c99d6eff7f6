//! What is to be computed.

/// What is to be computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The value of each element.
    pub value: bool,
    /// Its first derivative.
    pub grad: bool,
    /// Its second derivative.
    pub hess: bool,
}

impl Wanted {
    /// Only a look at the arguments.
    pub const NOTHING: Wanted = Wanted { value: false, grad: false, hess: false };
    /// The values.
    pub const VALUE: Wanted = Wanted { value: true, grad: false, hess: false };
}
