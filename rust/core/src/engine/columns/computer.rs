//! What computes a segment: compiled code, or a program.

use super::super::program::OfColumns;
use super::kernel::Kernel;

/// What computes a segment.
#[derive(Clone, Copy)]
pub enum Computer<'a> {
    /// Compiled code.
    Kernel(Kernel),
    /// A program.
    Program(&'a dyn OfColumns),
}
