"""The kernel of the page on plugins that numba compiles: it is a loss, as fast and as right as any."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import lossreg
from lossreg.testing import arguments, check_loss

pytest.importorskip("numba", exc_type=ImportError)
PAGE = Path(__file__).resolve().parents[2] / "docs" / "plugins.md"

if not PAGE.exists():
    pytest.skip("this is not a checkout of the project", allow_module_level=True)


@pytest.fixture(scope="module")
def quartic():
    (code,) = re.findall(r"```python\n(import numba\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {"__name__": __name__}
    exec(compile(code, str(PAGE), "exec"), names)
    return names["quartic_error"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning:numba")
def test_the_kernel_of_the_page_keeps_the_laws(quartic):
    check_loss(quartic)
    check_loss(quartic.replace(scale=3.0))


def test_it_gives_what_its_formula_gives(quartic):
    formula = lossreg.define("(r/scale)**4", name="quartic", params={"scale": 2.0})
    loss = quartic.replace(scale=2.0)
    y, x = arguments(loss, 100_000)
    for got, wanted in zip(loss.value_grad_hess(y, x), formula.value_grad_hess(y, x), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-14)
