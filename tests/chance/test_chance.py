"""A few thousand cases of the comparison by chance: that it runs over every loss, finds nothing, and would find something."""

from __future__ import annotations

import numpy as np
import pytest
from chance import compare
from chance.draw import NAMES, batch
from checkout import in_a_checkout, judge
from mpmath import mp


@pytest.fixture(autouse=True)
def digits() -> None:
    mp.dps = 450


@in_a_checkout
def test_chance_finds_nothing() -> None:
    found = {}
    for number in range(len(NAMES)):
        cases, failures = compare.failures(seed=2, number=number, size=300)
        assert cases > 30
        found |= {failure.kind: f"{failure.error:.3g}\n{failure.words}" for failure in failures}
    judge("found by chance", found)


def test_a_batch_can_be_drawn_again() -> None:
    for number in range(5):
        first, second = batch(7, number, 100), batch(7, number, 100)
        assert first.loss == second.loss
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first.args, second.args, strict=True))


@pytest.mark.parametrize("part", range(3), ids=compare.QUANTITIES)
def test_what_is_wrong_is_found(part: int) -> None:
    step, first = len(NAMES), NAMES.index("log_cosh")
    for number in range(first, 20 * step, step):
        drawn = batch(0, number, 300)
        results = compare.computed(drawn, drawn.args, reduction="none")
        moderate = (abs(results[part][0]) > 1e-20) & (abs(results[part][0]) < 1e20)
        if moderate.any():
            break
    assert not list(compare.against_the_formula(drawn, results))
    at = int(np.argmax(moderate))
    results[part][0][at] *= 1.001
    (failure,) = compare.against_the_formula(drawn, results)
    assert failure.error > 100
    assert repr(float(drawn.args[1][at])) in failure.words
