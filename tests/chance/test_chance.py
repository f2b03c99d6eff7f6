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
        assert cases > 0
        found |= {failure.kind: f"{failure.error:.3g}\n{failure.words}" for failure in failures}
    judge("found by chance", found)


def test_a_batch_can_be_drawn_again() -> None:
    for number in range(5):
        first, second = batch(7, number, 100), batch(7, number, 100)
        assert first.loss == second.loss
        assert all(np.array_equal(a, b, equal_nan=True) for a, b in zip(first.args, second.args, strict=True))


# One of every way in which texts are evaluated.
KINDS = ("log_cosh", "kl_divergence", "multi_margin", "tversky", "cox", "gaussian_nll", "relativistic_generator", "ctc")


@pytest.mark.parametrize("part", range(3), ids=compare.QUANTITIES)
@pytest.mark.parametrize("name", KINDS)
def test_what_is_wrong_is_found(name: str, part: int) -> None:
    step, first = len(NAMES), NAMES.index(name)
    for number in range(first, 40 * step, step):
        drawn = batch(0, number, 300)
        results = compare.computed(drawn, drawn.args, reduction=compare.reduction(drawn))
        if list(compare.against_the_formula(drawn, results)):
            continue  # a list of few digits
        wrong = results[part][0] = np.array(results[part][0])
        moderate = np.argwhere((abs(wrong) > 1e-3) & (abs(wrong) < 1e3))
        for at in map(tuple, moderate[:3]):
            wrong[at] *= 1.01
            failures = list(compare.against_the_formula(drawn, results))
            wrong[at] /= 1.01
            if failures:
                assert failures[0].error > 100
                assert f"'{name}(" in failures[0].words
                return
    raise AssertionError("nothing was found")


def test_the_program_goes_on_where_it_was_and_fails_where_something_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = []

    def failures(seed: int, number: int) -> tuple[int, list[compare.Failure]]:
        asked.append((seed, number))
        return 60, [compare.Failure("huber value float32", 2.0, "words")] * (number == 8)

    monkeypatch.setattr(compare, "failures", failures)
    for start, status in ((5, 1), (9, 0)):
        monkeypatch.setattr("sys.argv", ["compare.py", "--cases", "200", "--seed", "3", "--from", str(start)])
        assert compare.main() == status
    assert asked == [(3, number) for number in (5, 6, 7, 8, 9, 10, 11, 12)]
    assert "huber value float32: 1 times" in capsys.readouterr().out
