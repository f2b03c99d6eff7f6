//! The arithmetic of lossreg: formulas and their derivatives, kernels, sums, threads. There is no Python in it.
//!
//! A loss is one formula in one file of the crate `lossreg-losses`; everything else about it is derived by machinery that exists once.

pub mod engine;
pub mod error;
pub mod families;
pub mod loss;
pub mod number;
pub mod parallel;
pub mod simd;
