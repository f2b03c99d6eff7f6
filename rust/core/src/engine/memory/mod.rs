//! Arrays as the engine sees them: [`View`]s to read from and [`Sink`]s to write to, whatever their dtype, byte order,
//! alignment and strides; and what a piece of them is computed with, [`Operand`]s and [`Place`]s.

mod array;
mod convert;
mod dtype;
mod layout;
mod operand;

pub use array::{Part, Sink, View};
pub use dtype::{Dtype, NO_INDEX, Number};
pub use layout::Axis;
pub use operand::{Operand, Place, Store};
