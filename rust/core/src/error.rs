//! What can go wrong in a computation, in words for the user.

use std::fmt;

/// Why a computation stopped.
#[derive(Clone, Debug, PartialEq)]
pub enum Error {
    /// A number that the loss is not defined for.
    Domain {
        /// The argument's name.
        argument: &'static str,
        /// The first offending element, counted in C order over the argument.
        index: usize,
        /// What is there.
        value: f64,
        /// What may be there.
        wanted: String,
    },
    /// A mean over nothing.
    Empty(String),
    /// A program gave up, for this reason.
    Failed(String),
    /// The caller asked to stop.
    Interrupted,
    /// The machine has no more memory.
    OutOfMemory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Domain { argument, index, value, wanted } => {
                write!(f, "{argument} holds {value} at index {index}; wanted {wanted}")
            }
            Error::Empty(what) | Error::Failed(what) => f.write_str(what),
            Error::Interrupted => f.write_str("interrupted"),
            Error::OutOfMemory => f.write_str("not enough memory"),
        }
    }
}

impl std::error::Error for Error {}
