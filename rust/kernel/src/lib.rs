//! Losses written in Rust for lossreg: a [`Formula`](loss::Formula) like those of lossreg itself becomes a kernel that
//! `lossreg.from_kernel` takes.
//!
//! ```
//! use lossreg_kernel::loss::{Constants, Formula, Info, Param};
//! use lossreg_kernel::number::{Float, Real};
//! use lossreg_kernel::{CAPSULE, Kernel};
//!
//! /// r⁴/scale⁴.
//! struct Quartic;
//!
//! impl Formula for Quartic {
//!     const INFO: Info = Info {
//!         summary: "The fourth power of the error in units of a scale.",
//!         params: &[Param::positive("scale", 1.0, "The unit.")],
//!         ..Info::DEFAULT
//!     };
//!
//!     #[inline(always)]
//!     fn value<R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
//!         let u = (x - y) * (R::Scalar::ONE / scale);
//!         u.square().square()
//!     }
//! }
//!
//! static QUARTIC: Kernel<Quartic> = Kernel::new("quartic_error");
//! let table = QUARTIC.table().unwrap();
//! // In an extension module: PyCapsule::new_with_value(py, table, CAPSULE), returned by `__lossreg_kernel__`.
//! assert_eq!(CAPSULE, c"lossreg.kernel.v1");
//! ```
//!
//! The formula is compiled for every CPU level that lossreg knows and for both float types; its derivatives are those of its
//! arithmetic. It is one of elements: what is outside of its domain, weights, masks and sums are lossreg's.

pub mod abi;
mod compute;

pub use abi::{CAPSULE, Kernel, Table};
pub use lossreg_core::{loss, number};
