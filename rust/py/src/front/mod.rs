//! What came in: each argument is read once, into plain structs, and refused with the fix where it does not fit.

pub mod arrays;
pub mod call;
pub mod check;
pub mod lent;
pub mod numpy;
pub mod outputs;
pub mod shape;
pub mod walk;
