//! The hyperbolic cosine error: a squared error near zero that grows like an exponential.

use lossreg_kernel::loss::{Constants, Formula, Info, Param};
use lossreg_kernel::number::{Float, Real};
use lossreg_kernel::{CAPSULE, Kernel};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

struct CoshError;

impl Formula for CoshError {
    const INFO: Info = Info {
        summary: "The hyperbolic cosine of the error in units of a scale, less 1.",
        formula: "scale**2*(cosh(r/scale) - 1)",
        params: &[Param::positive("scale", 1.0, "Where the growth becomes exponential.")],
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        // exp(u) - 1 - u and exp(-u) - 1 + u, neither of which is below 0: their sum cancels nothing.
        let u = (x - y) * (R::Scalar::ONE / scale);
        (u.expm1_minus() + (-u).expm1_minus()) * (scale * scale * R::Scalar::HALF)
    }
}

static COSH_ERROR: Kernel<CoshError> = Kernel::new("cosh_error");

/// Hands the kernel over to `lossreg.from_kernel`.
#[pyfunction]
fn __lossreg_kernel__(py: Python<'_>) -> PyResult<Bound<'_, PyCapsule>> {
    let table = COSH_ERROR.table().map_err(PyValueError::new_err)?;
    PyCapsule::new_with_value(py, table, CAPSULE)
}

#[pymodule]
fn _kernel(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(__lossreg_kernel__, module)?)
}
