"""Adding a loss is one file: a copy of the tree with a new file in it builds, and the loss is there with all it needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "rust").is_dir(), reason="this is not a checkout of the project"),
    pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed"),
]

LOSS = """\
//! Cauchy: the logarithm of one plus a square, so that far outliers hardly count.

use crate::loss::{CONSTANTS, Formula, Info, Param};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Logarithmic in the tails.",
        formula: "0.5*scale**2*log1p((r/scale)**2)",
        params: &[Param::positive("scale", 1.0, "Where the tails begin.")],
        aliases: &["lorentzian"],
        convex: false,
        source: "Black and Anandan 1996, doi:10.1006/cviu.1996.0006",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<const FORM: usize, R: Real>([scale, ..]: [R::Scalar; CONSTANTS], y: R::Scalar, x: R) -> R {
        let u = (x - y) * (R::Scalar::ONE / scale);
        (u * u).log1p() * (R::Scalar::HALF * scale * scale)
    }
}
"""

USE = """
import numpy as np, lossreg, pickle
assert "cauchy" in lossreg.names()
loss = lossreg.get("lorentzian(scale=2.0)")
y, x = np.zeros(101), np.linspace(-5, 5, 101)
value, grad, hess = loss.value_grad_hess(y, x, reduction="sum")
u = x / 2
np.testing.assert_allclose(value, np.sum(2 * np.log1p(u * u)), rtol=1e-14)
np.testing.assert_allclose(grad, x / (1 + u * u), rtol=1e-14)
np.testing.assert_allclose(hess, (1 - u * u) / (1 + u * u) ** 2, rtol=1e-13, atol=1e-16)
assert pickle.loads(pickle.dumps(loss)) == loss == lossreg.losses.cauchy(scale=2.0)
assert lossreg.describe("cauchy").params[0].name == "scale"
from lossreg.testing import check_loss
check_loss(loss)
try:
    lossreg.get("cauchy", scale=-1.0)
except lossreg.ParameterError as error:
    assert "scale" in str(error)
else:
    raise SystemExit("a negative scale was taken")
print("the new loss works from", lossreg.__file__)
"""


def test_a_new_loss_is_one_new_file(tmp_path: Path) -> None:
    tree, wheels, site = tmp_path / "tree", tmp_path / "wheels", tmp_path / "site"
    ignored = shutil.ignore_patterns(
        ".git", ".venv", "target", "dist", "env", "html", "*.so", "__pycache__", ".*_cache"
    )
    shutil.copytree(ROOT, tree, ignore=ignored)
    (tree / "rust/losses/src/regression/cauchy.rs").write_text(LOSS, encoding="utf-8")
    # Whether it works does not need the optimiser: the profile for development builds in a fraction of the time.
    maturin = shutil.which("maturin") or str(Path(sys.executable).with_name("maturin"))
    environment = {**os.environ, "CARGO_TARGET_DIR": str(tmp_path / "target")}
    command = [maturin, "build", "--quiet", "--profile", "dev", "--out", str(wheels), "--interpreter", sys.executable]
    built = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    command = [sys.executable, "-c", USE]
    used = subprocess.run(
        command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(site)}, capture_output=True, text=True, check=False
    )
    assert used.returncode == 0, used.stderr
    assert str(site) in used.stdout
