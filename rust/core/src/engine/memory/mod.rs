//! Arrays as the engine sees them: [`View`]s to read from and [`Sink`]s to write to, whatever their dtype, byte order,
//! alignment and strides.

mod dtype;
mod layout;
mod sink;
mod view;

pub use dtype::{Dtype, NO_INDEX, Number};
pub use layout::Axis;
pub use sink::{Part, Parts, Sink};
pub use view::View;
