"""What the benchmarks compare, for tests that it is the same: a peer that computed something else would be timed for nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

BENCHMARKS = str(Path(__file__).resolve().parents[2] / "benchmarks")


def agrees(peer: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The losses that a peer has, after its value and its gradient of each were compared with lossreg's."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    candidates = pytest.importorskip("candidates", reason="the benchmarks are in a checkout of the project")
    peers = pytest.importorskip("peers")
    one = candidates.PEERS[peer]
    pytest.importorskip(one.module)
    found = []
    for loss in [*candidates.POINTWISE, candidates.SOFTMAX]:
        y, x = candidates.inputs(loss, (60, 7) if loss == candidates.SOFTMAX else (60,))
        if call := one.call(loss, y, x):
            peers.agree(peer, one, loss, candidates.of_lossreg(loss, y, x)(), call())
            found.append(loss)
    for module in ("candidates", "peers", "timing"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    return found
