"""Compiled kernels against the built-ins with the same arithmetic: ratios of times, interleaved, the least of each.

    python benchmarks/compiled.py [--rounds N] [--rust]

Kernels of C are compiled here, by ``cc -O3 -march=native``; with ``--rust`` also those that the crate lossreg-kernel makes of the
built-ins' own files. Promised: at most 1.1 times the built-in.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import lossreg
from formulas import least
from lossreg.testing import arguments

ROOT = Path(__file__).resolve().parents[1]
SIZES = (8_000, 10_000_000)
MANY = 1_000_000


class InC(NamedTuple):
    """A formula in C: its parameter `d`, and the value and both derivatives with that and `r`, by the built-in's arithmetic."""

    params: dict[str, Any]
    text: str


FORMULAS = {
    "squared_error": InC({"unused": 1.0}, "value[i] = r * r; grad[i] = r + r; hess[i] = 2;"),
    "huber": InC(
        {"delta": (1.0, "> 0")},
        """
        const T near = r < -d ? -d : r > d ? d : r;
        value[i] = near * (r - near / 2); grad[i] = near; hess[i] = r < -d || r > d ? 0 : 1;""",
    ),
    "pseudo_huber": InC(
        {"delta": (1.0, "> 0")},
        """
        const T a = r < 0 ? -r : r, u = a / d, root = SQRT(u * u + 1), steep = 1 / root;
        value[i] = a * (a / (1 + root)); grad[i] = r / root; hess[i] = steep * steep * steep;""",
    ),
}
SOURCE = """
#include "lossreg/kernel.h"
#include <math.h>
{functions}
"""
FUNCTION = """
#define T {type}
#define SQRT {root}
static void {name}_all_{suffix}(const T d, size_t count, const T *restrict y, const T *restrict x, T *restrict value,
                                T *restrict grad, T *restrict hess) {{
    for (size_t i = 0; i < count; ++i) {{
        const T r = x[i] - y[i];
        {formula}
    }}
}}
int32_t {name}_{suffix}(void *data, const double *params, size_t count, const T *y, const T *x, T *value, T *grad, T *hess) {{
    if (!value || !grad || !hess) return 1; /* nothing else is measured */
    {name}_all_{suffix}((T)params[0], count, y, x, value, grad, hess);
    return LOSSREG_OK;
}}
#undef T
#undef SQRT
"""
# Neither errno nor floating-point traps, which vector code does not keep.
QUIET = ("-fno-math-errno", "-fno-trapping-math")
# Of Rust, the files of built-ins.
FILES = {
    "huber": "regression/huber.rs",
    "log_cosh": "regression/log_cosh.rs",
    "binary_cross_entropy": "binary/binary_cross_entropy.rs",
}
CRATE = """[package]
name = "built-ins"
version = "0.0.0"
edition = "2024"
[lib]
crate-type = ["cdylib"]
[dependencies]
lossreg-kernel = {{ path = "{kernel}" }}
[workspace]
[profile.release.package.lossreg-core]
opt-level = 1
"""
LIB = """pub(crate) use lossreg_kernel::{{loss, number}};
use lossreg_kernel::{{Kernel, Table}};
"""
MODULE = """
#[path = "{file}"]
mod {name};
static OF_{upper}: Kernel<{name}::Loss> = Kernel::new("kernel_{name}");
#[unsafe(no_mangle)]
pub extern "C" fn {name}_table() -> *const Table {{
    Box::leak(Box::new(OF_{upper}.table().unwrap()))
}}
"""


def of_c(folder: Path) -> dict[str, lossreg.Loss]:
    """The kernels in C, by the names of the built-ins."""
    types = (("f64", "double", "sqrt"), ("f32", "float", "sqrtf"))
    functions = "".join(
        FUNCTION.format(name=name, suffix=suffix, type=kind, root=root, formula=formula.text)
        for name, formula in FORMULAS.items()
        for suffix, kind, root in types
    )
    source, library = folder / "kernels.c", folder / "kernels.so"
    source.write_text(SOURCE.format(functions=functions))
    options = ["-O3", "-march=native", *QUIET, "-shared", "-fPIC", f"-I{lossreg.get_include()}"]
    subprocess.run(["cc", *options, source, "-o", library, "-lm"], check=True)
    loaded = ctypes.CDLL(str(library))
    return {
        name: lossreg.from_kernel(
            lossreg.ffi.Kernel(
                f"kernel_{name}",
                elements=getattr(loaded, f"{name}_f64"),
                elements_f32=getattr(loaded, f"{name}_f32"),
                params=formula.params,
                light=True,
            )
        )
        for name, formula in FORMULAS.items()
    }


NEW_CAPSULE = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)
CAPSULE = b"lossreg.kernel.v1"


class Held:
    """Hands over the struct at an address."""

    def __init__(self, address: int) -> None:
        self.capsule = NEW_CAPSULE(address, CAPSULE, None)

    def __lossreg_kernel__(self) -> Any:
        return self.capsule


def of_rust(folder: Path) -> dict[str, lossreg.Loss]:
    """The kernels in Rust, likewise."""
    (folder / "src").mkdir()
    (folder / "Cargo.toml").write_text(CRATE.format(kernel=ROOT / "rust" / "kernel"))
    files = {name: ROOT / "rust" / "losses" / "src" / file for name, file in FILES.items()}
    modules = (MODULE.format(file=file, name=name, upper=name.upper()) for name, file in files.items())
    (folder / "src" / "lib.rs").write_text(LIB.format() + "".join(modules))
    target = ROOT / "target" / "examples"
    environment = {**os.environ, "CARGO_TARGET_DIR": str(target)}
    subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=folder, env=environment, check=True)
    loaded = ctypes.CDLL(str(target / "release" / "libbuilt_ins.so"))

    def kernel(name: str) -> lossreg.Loss:
        function = getattr(loaded, f"{name}_table")
        function.restype = ctypes.c_void_p
        return lossreg.from_kernel(Held(function()))

    return {name: kernel(name) for name in FILES}


def ratio(built_in: lossreg.Loss, kernel: lossreg.Loss, dtype: str, n: int, rounds: int) -> float:
    """The time of a kernel over that of the built-in: value, gradient and Hessian."""
    y, x = arguments(built_in, n, dtype)
    out = np.empty_like(x), np.empty_like(x)
    calls = [lambda loss=loss: loss.value_grad_hess(y, x, out=out, n_threads=1) for loss in (built_in, kernel)]
    own, other = least(calls, rounds if n < MANY else max(3, rounds // 3), max(1, 200_000 // n))
    return other / own


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--rust", action="store_true", help="compile the built-ins' own files with lossreg-kernel too")
    options = parser.parse_args()
    makers = {"C": of_c} | ({"Rust": of_rust} if options.rust else {})
    print("| loss | kernel in | dtype | in cache | 10 M elements |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for language, make in makers.items():
            within = Path(folder) / language
            within.mkdir()
            for name, kernel in make(within).items():
                for dtype in ("float32", "float64"):
                    ratios = (f"{ratio(lossreg.get(name), kernel, dtype, n, options.rounds):.2f}" for n in SIZES)
                    print(f"| {name} | {language} | {dtype} | {' | '.join(ratios)} |", flush=True)


if __name__ == "__main__":
    main()
