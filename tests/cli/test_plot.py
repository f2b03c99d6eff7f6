"""`lossreg plot` and `lossreg demo`: pictures of every loss."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossreg


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_plot(lossreg_command: Any, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / f"curves.{suffix}"
    code, out, err = lossreg_command("plot", "binary_focal", "-p", "gamma=3", "--out", path)
    assert (code, out, err) == (0, f"{path}\n", "")
    assert path.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix])


@pytest.mark.parametrize("name", [*lossreg.names(), "gamma(log_input=False)", "kl_divergence(from_logits=False)"])
def test_every_loss_has_curves(name: str) -> None:
    pytest.importorskip("matplotlib")
    from lossreg.demo import curves

    _, lines = curves.curves(lossreg.get(name))
    for line in lines:
        for kind in curves.KINDS:
            assert np.isfinite(line.of(kind)).all()


def test_gradient_curves_are_the_slopes_of_the_value_curves() -> None:
    pytest.importorskip("matplotlib")
    from lossreg.demo import curves

    for name in ("binary_cross_entropy", "kl_divergence", "log_cosh", "minimax_discriminator", "poisson"):
        for line in curves.curves(lossreg.get(name))[1]:
            slope = np.gradient(line.value, line.x, edge_order=2)
            assert np.abs(slope - line.gradient).max() < 1e-3 * np.abs(line.gradient).max()


def test_curves_of_a_loss_without_derivatives() -> None:
    pytest.importorskip("matplotlib")
    from lossreg.demo import curves, paint

    class CubeError(lossreg.PythonLoss):
        name = "cube_error"

        def per_element(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
            return np.round(np.abs(y_pred - y_true) ** 3, 1)  # no difference settles

    (line,) = curves.curves(CubeError())[1]
    assert line.of("Value").max() == 27
    assert line.of("Hessian") is None
    with paint.look():
        panels = curves.overview(CubeError()).axes
    assert [text.get_text() for text in panels[2].texts] == ["not given"]


def test_demo(lossreg_command: Any, tmp_path: Path) -> None:
    for library in ("jinja2", "matplotlib", "scipy", "sklearn"):
        pytest.importorskip(library)
    from lossreg.demo import table

    code, out, err = lossreg_command("demo", "--quick", "--out", tmp_path / "gallery")
    assert (code, err) == (0, "")
    page = tmp_path / "gallery" / "index.html"
    assert out.endswith(f"Gallery: {page}\n")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert all(header in out for header in table.HEADERS)
    assert "huber(delta=" in out
