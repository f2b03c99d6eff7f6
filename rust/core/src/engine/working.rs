//! The floats that the engine works in, with what belongs to each: its kernels, and each thread's buffers.

use super::blocks::{LANES, SEGMENT};
use super::entry::{Entry, Settings};
use super::kernel::Kernels;
use super::memory::Number;
use super::program::Interpreter;
use crate::loss::CONSTANTS;
use crate::number::Float;
use std::cell::RefCell;
use std::thread::LocalKey;

/// Blocks that a segment is computed in where the arrays themselves cannot be used; one set a thread. No vector of theirs lies across
/// two lines of a cache, as one that does is read in twice the time.
#[allow(missing_docs)] // Named as in the request.
#[repr(C, align(64))]
pub struct Buffers<T> {
    pub y: [[T; LANES]; SEGMENT / LANES],
    pub x: [[T; LANES]; SEGMENT / LANES],
    pub value: [[T; LANES]; SEGMENT / LANES],
    pub grad: [[T; LANES]; SEGMENT / LANES],
    pub hess: [[T; LANES]; SEGMENT / LANES],
    pub weight: [[T; LANES]; SEGMENT / LANES],
    pub wide_weight: [[f64; LANES]; SEGMENT / LANES],
    pub counts: [[T; LANES]; SEGMENT / LANES],
    pub other: [[T; LANES]; SEGMENT / LANES],
    pub slope: [[T; LANES]; SEGMENT / LANES],
}

impl<T: Float> Buffers<T> {
    #[allow(clippy::unnecessary_box_returns)] // Too large to pass around.
    fn boxed() -> Box<Self> {
        let zero = [[T::ZERO; LANES]; SEGMENT / LANES];
        Box::new(Buffers {
            y: zero,
            x: zero,
            value: zero,
            grad: zero,
            hess: zero,
            weight: zero,
            wide_weight: [[0.0; LANES]; SEGMENT / LANES],
            counts: zero,
            other: zero,
            slope: zero,
        })
    }
}

/// A float that the engine works in.
pub trait Working: Float + Number {
    /// This thread's buffers.
    fn buffers() -> &'static LocalKey<RefCell<Box<Buffers<Self>>>>;
    /// This thread's scratch memory for rows.
    fn scratch() -> &'static LocalKey<RefCell<Vec<Self>>>;
    /// A loss's kernels.
    fn kernels(entry: &Entry) -> &Kernels<Self>;
    /// A loss's constants as its kernels read them.
    fn constants(settings: &Settings) -> &[Self; CONSTANTS];
    /// The program of a loss that is one.
    fn program(settings: &Settings) -> Option<&dyn Interpreter<Self>>;
    /// Its program with derivatives with respect to q, of a loss that has one.
    fn program_in_q(settings: &Settings) -> Option<&dyn Interpreter<Self>>;
}

macro_rules! working {
    ($t:ty, $kernels:ident, $in_q:ident) => {
        impl Working for $t {
            fn buffers() -> &'static LocalKey<RefCell<Box<Buffers<$t>>>> {
                thread_local! {
                    static BUFFERS: RefCell<Box<Buffers<$t>>> = RefCell::new(Buffers::boxed());
                }
                &BUFFERS
            }
            fn scratch() -> &'static LocalKey<RefCell<Vec<$t>>> {
                thread_local! {
                    static SCRATCH: RefCell<Vec<$t>> = const { RefCell::new(Vec::new()) };
                }
                &SCRATCH
            }
            fn kernels(entry: &Entry) -> &Kernels<$t> {
                &entry.$kernels
            }
            fn constants(settings: &Settings) -> &[$t; CONSTANTS] {
                &settings.$kernels
            }
            fn program(settings: &Settings) -> Option<&dyn Interpreter<$t>> {
                settings.program.as_ref().map(|program| program.0.$kernels())
            }
            fn program_in_q(settings: &Settings) -> Option<&dyn Interpreter<$t>> {
                settings.program.as_ref().and_then(|program| program.0.$in_q())
            }
        }
    };
}
working!(f32, single, single_in_q);
working!(f64, double, double_in_q);
