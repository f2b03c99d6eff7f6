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
//! Bowl: a square root that grows like its argument, rounded off near zero; twice a pseudo-Huber.

use crate::loss::{Constants, Formula, Info, Param};
use crate::number::{Float, Real};

pub struct Loss;

impl Formula for Loss {
    const INFO: Info = Info {
        summary: "Quadratic near zero, linear in the tails.",
        use_when: "As pseudo-Huber, and for tests.",
        formula: "2*scale**2*(sqrt(1 + (r/scale)**2) - 1)",
        params: &[Param::positive("scale", 1.0, "Where the tails begin.")],
        aliases: &["round_bowl"],
        source: "Charbonnier et al. 1997, doi:10.1109/83.551699",
        ..Info::DEFAULT
    };

    #[inline(always)]
    fn value<R: Real>([scale, ..]: Constants<R>, y: R::Scalar, x: R) -> R {
        ((x - y) * (R::Scalar::ONE / scale)).hypot1() * (R::Scalar::TWO * scale * scale)
    }
}
"""

USE = """
import numpy as np, lossreg, pickle
assert "bowl" in lossreg.names()
loss = lossreg.get("round_bowl(scale=2.0)")
y, x = np.zeros(101), np.linspace(-5, 5, 101)
value, grad, hess = loss.value_grad_hess(y, x, reduction="sum")
root = np.sqrt(1 + (x / 2) ** 2)
np.testing.assert_allclose(value, np.sum(2 * x * x / (1 + root)), rtol=1e-14)
np.testing.assert_allclose(grad, 2 * x / root, rtol=1e-14)
np.testing.assert_allclose(hess, 2 / root**3, rtol=1e-13)
assert pickle.loads(pickle.dumps(loss)) == loss == lossreg.losses.bowl(scale=2.0)
assert lossreg.describe("bowl").params[0].name == "scale"
from lossreg.testing import check_loss
check_loss(loss)
try:
    lossreg.get("bowl", scale=-1.0)
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
    (tree / "rust/losses/src/regression/bowl.rs").write_text(LOSS, encoding="utf-8")
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
