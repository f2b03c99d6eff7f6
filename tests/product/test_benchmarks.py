"""What lossreg is timed beside computes the same losses; PyTorch and optax are tried with their integrations."""

from __future__ import annotations

import pytest
from timed import agrees


@pytest.mark.parametrize(("peer", "losses"), [("NumPy", 7), ("numba", 7), ("scikit-learn", 5)])
def test_a_peer_computes_the_same(peer: str, losses: int, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(agrees(peer, monkeypatch)) == losses
