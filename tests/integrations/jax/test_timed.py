"""What lossreg is timed beside computes the same losses."""

from __future__ import annotations

import pytest
from timed import agrees


def test_the_peer_computes_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(agrees("JAX, optax", monkeypatch)) == 7
