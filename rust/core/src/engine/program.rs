//! Losses that are no compiled formulas but programs, made when they were defined: what is around the kernels of any other loss is
//! around theirs.

use super::kernel::Blocks;
use super::wanted::Wanted;
use crate::simd::Level;
use std::fmt::Debug;
use std::sync::Arc;

/// What computes blocks of a loss in one type: derivatives multiplied by the scale, and NaN wherever an input is.
pub trait Interpreter<T>: Send + Sync {
    /// Computes blocks.
    fn run(&self, level: Level, wanted: Wanted, scale: T, blocks: &mut Blocks<'_, T>);
}

/// A loss as a program for both types.
pub trait Interpreted: Debug + Send + Sync {
    /// For float32.
    fn single(&self) -> &dyn Interpreter<f32>;
    /// For float64.
    fn double(&self) -> &dyn Interpreter<f64>;
}

/// A program that losses share; the same only as itself.
#[derive(Clone, Debug)]
pub struct Shared(pub Arc<dyn Interpreted>);

impl PartialEq for Shared {
    fn eq(&self, other: &Shared) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}
