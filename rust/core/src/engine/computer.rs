//! What computes the blocks of a loss: a compiled kernel with its constants, or a program.

use super::entry::{Entry, Settings};
use super::kernel::{Blocks, Choice};
use super::program::{Failure, Interpreter};
use super::wanted::Wanted;
use super::working::Working;
use crate::loss::CONSTANTS;
use crate::simd::Level;

/// What computes blocks.
#[derive(Clone, Copy)]
pub enum Computer<'a, T> {
    /// A compiled kernel with its constants.
    Kernel(Choice<T>, &'a [T; CONSTANTS]),
    /// A program.
    Program(&'a dyn Interpreter<T>),
}

impl<'a, T: Working> Computer<'a, T> {
    /// That of a loss in a form.
    #[inline(always)]
    #[must_use]
    pub fn of(entry: &Entry, settings: &'a Settings, form: usize) -> Self {
        if let Some(program) = T::program(settings) {
            Computer::Program(program)
        } else {
            let constants = T::constants(settings);
            Computer::Kernel(T::kernels(entry).choose(form, constants), constants)
        }
    }

    /// That which takes derivatives with respect to q: from probabilities, of a loss that has it.
    #[inline(always)]
    #[must_use]
    pub fn in_q(entry: &Entry, settings: &'a Settings) -> Option<Self> {
        if settings.program.is_some() {
            return T::program_in_q(settings).filter(|_| !settings.raw).map(Computer::Program);
        }
        let constants = T::constants(settings);
        let kernel = T::kernels(entry).choose_in_q(settings.form, constants)?;
        Some(Computer::Kernel(kernel, constants))
    }

    /// Whether it reads [`Blocks::shares`]. Programs of classes may.
    #[inline(always)]
    #[must_use]
    pub fn reads_shares(&self) -> bool {
        match self {
            Computer::Kernel(kernel, _) => kernel.reads_shares(),
            Computer::Program(_) => true,
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
