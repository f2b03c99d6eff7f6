//! What computes the blocks of a loss: a compiled kernel with its constants, or a program.

use super::super::entry::{Entry, Settings};
use super::super::kernel::{Blocks, Choice};
use super::super::program::{Failure, Interpreter};
use super::super::wanted::Wanted;
use super::super::working::Working;
use crate::loss::CONSTANTS;
use crate::simd::Level;

/// What computes blocks.
#[derive(Clone, Copy)]
pub(super) enum Computer<'a, T> {
    Kernel(Choice<T>, &'a [T; CONSTANTS]),
    Program(&'a dyn Interpreter<T>),
}

impl<'a, T: Working> Computer<'a, T> {
    /// That of a loss in a form.
    #[inline(always)]
    pub fn of(entry: &Entry, settings: &'a Settings, form: usize) -> Self {
        if let Some(program) = T::program(settings) {
            Computer::Program(program)
        } else {
            let constants = T::constants(settings);
            Computer::Kernel(T::kernels(entry).choose(form, constants), constants)
        }
    }

    /// Computes blocks, derivatives multiplied by the scale.
    ///
    /// # Errors
    /// Where a program gives up.
    #[inline(always)]
    pub fn run(&self, level: Level, wanted: Wanted, scale: T, blocks: &mut Blocks<'_, T>) -> Result<(), Failure> {
        match self {
            Computer::Kernel(kernel, constants) => {
                kernel.run(level, wanted, constants, scale, blocks);
                Ok(())
            }
            Computer::Program(program) => program.run(level, wanted, scale, blocks),
        }
    }
}
