"""What lossreg is timed beside computes the same losses; PyTorch and optax are tried with their integrations."""

from __future__ import annotations

import sys

import numpy as np
import pytest
from timed import BENCHMARKS, agrees


@pytest.mark.parametrize(("peer", "losses"), [("NumPy", 7), ("numba", 7), ("scikit-learn", 5)])
def test_a_peer_computes_the_same(peer: str, losses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(agrees(peer, monkeypatch)) == losses


def test_loops_over_lists_compute_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.syspath_prepend(BENCHMARKS)
    lists = pytest.importorskip("lists", reason="the benchmarks are in a checkout of the project")
    for name in lists.LOOPS:
        calls = lists.calls(name, (60, 7))
        (value, grad), (theirs, their_grad) = calls["lossreg"](), calls["numba"]()
        np.testing.assert_allclose(theirs, value, rtol=1e-5, err_msg=name)
        np.testing.assert_allclose(their_grad, grad, rtol=1e-4, atol=1e-6 * np.abs(grad).max(), err_msg=name)
    monkeypatch.delitem(sys.modules, "lists", raising=False)
