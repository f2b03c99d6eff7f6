"""The laws of parts: an element has its loss in whatever part it comes, and states of parts have the sums of one call over all."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import lossreg
from lossreg.testing.case import Case

__all__ = ["divided", "merged"]

Places = np.ndarray[Any, Any]
DIVISIONS, MOST = 6, 9
DIVIDED = "it is divided by the number of elements: return the loss of each, means are taken by lossreg"
OVERRIDDEN = "value is overridden, and a state sums what per_element returns: change that instead"


def divided(case: Case) -> None:
    """Hold a loss to the same numbers for data that come in parts."""
    whole, size = case.run("value"), len(case.arrays[0])
    for _ in range(DIVISIONS):
        found, parts = np.empty_like(whole), np.empty(size)
        for places in _divisions(case.rng, size):
            found[places] = case.run("value", *(array[places] for array in case.arrays))
            parts[places] = len(places)
        mistakes = {DIVIDED: whole * (size / parts)}
        law = "an element has the same loss in whatever part of the data it comes"
        case.same(law, found, whole, 0.0 if case.exact else 1e-12, mistakes, case.terms())


def merged(case: Case) -> None:
    """Hold the states of parts to one sum, in whatever order they are merged, and that to the value of one call."""
    size = len(case.arrays[0])
    weight, mask = case.weights(), case.rng.random(size) < 0.8
    slack = 0.0 if case.exact else 1e-12 * math.fsum(weight * case.terms())
    overridden = OVERRIDDEN if type(case.loss).value is not lossreg.Loss.value else ""
    for _ in range(DIVISIONS):
        parts = _divisions(case.rng, size)
        for reduction in ("sum", "mean", "weighted_mean"):
            states: list[Any] = [case.loss.state(reduction) for _ in parts]  # which take as many arrays as the loss
            for state, places in zip(states, parts, strict=True):
                arrays = (array[places] for array in case.arrays)
                state.update(*arrays, sample_weight=weight[places], where=mask[places])
            facts: dict[str, Any] = {"reduction": reduction, "counts": [state.count for state in states]}
            total = sum(states[1:], states[0])
            while len(states) > 1:
                one, other = (states.pop(int(case.rng.integers(len(states)))) for _ in range(2))
                states.append(one + other)
            for law, state in {
                "states are merged to the same sums in any order": states[0],
                "a state is read again from its bytes": lossreg.State.from_bytes(total.to_bytes(), loss=case.loss),
            }.items():
                if state != total:
                    case.fail(law, **facts, got=state.result(), wanted=total.result())
            wanted = case.run("value", sample_weight=weight, where=mask, reduction=reduction)
            if not abs(total.result() - wanted) <= slack:
                law = f"a state of parts has the {reduction} of one call"
                case.fail(law, (), overridden, **facts, got=total.result(), wanted=wanted)


def _divisions(rng: np.random.Generator, size: int) -> list[Places]:
    """All places once, in any order, cut anywhere; some parts are empty."""
    cuts = np.sort(rng.integers(0, size + 1, rng.integers(1, MOST)))
    return np.split(rng.permutation(size), cuts)
