"""Errors carry what their sentences say as attributes, which travel through pickles."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest

import lossreg


def of(call: Any) -> lossreg.LossregError:
    with pytest.raises(lossreg.LossregError) as caught:
        call()
    return caught.value


class Scaled(lossreg.PythonLoss):
    name = "scaled_by_hand"
    scale: float = 1.0
    target = "positive"

    def per_element(self, y_true, y_pred):
        return np.abs(y_pred - y_true) * self.scale


POISSON = lossreg.get("poisson")
SPARSE = lossreg.get("sparse_categorical_cross_entropy")
FACTS = [
    (lambda: lossreg.get("hubr"), {"name": "hubr", "suggestions": ("huber",)}),
    (lambda: lossreg.get("huber", delta=-1.0), {"loss": "huber", "parameter": "delta", "value": -1.0}),
    (lambda: lossreg.get("huber", gamma=2), {"loss": "huber", "parameter": "gamma", "value": 2}),
    (lambda: lossreg.get("huber").replace(delta="x"), {"loss": "huber", "parameter": "delta", "value": "x"}),
    (lambda: Scaled(scale="x"), {"loss": "scaled_by_hand", "parameter": "scale", "value": "x"}),
    (lambda: Scaled(other=3), {"loss": "scaled_by_hand", "parameter": "other", "value": 3}),
    (lambda: POISSON([1, -2], [0.0, 0.0]), {"argument": "y_true", "index": 1, "value": -2}),
    (lambda: POISSON([[1.0, -2.5]], [[0.0, 0.0]]), {"argument": "y_true", "index": (0, 1), "value": -2.5}),
    (lambda: POISSON(-1.0, 0.0), {"argument": "y_true", "index": (), "value": -1.0}),
    (
        lambda: POISSON(np.float32([-0.1]), np.float32([0.0])),
        {"argument": "y_true", "index": 0, "value": float(np.float32(-0.1))},
    ),
    (
        lambda: POISSON.replace(log_input=False)([1.0, 1.0, 1.0], [1.0, 1.0, -3.0]),
        {"argument": "y_pred", "index": 2, "value": -3.0},
    ),
    (
        lambda: SPARSE(np.array([0, 2**62 + 1]), np.zeros((2, 3))),
        {"argument": "y_true", "index": 1, "value": 2**62 + 1},
    ),
    (
        lambda: lossreg.get("categorical_cross_entropy")([[0.5, 2.0]], [[0.0, 0.0]]),
        {"argument": "y_true", "index": (0, 1), "value": 2.0},
    ),
    (lambda: Scaled()([1.0, -2.0], [0.0, 0.0]), {"argument": "y_true", "index": 1, "value": -2.0}),
    (lambda: POISSON([1.0], ["a"]), {"argument": "y_pred"}),
    (lambda: POISSON([1.0], {"a": 1}), {"argument": "y_pred"}),
    (lambda: POISSON([1.0], [1.0], [None]), {"argument": "sample_weight"}),
    (lambda: POISSON([[1.0], [1.0, 2.0]], [1.0]), {"argument": "y_true"}),
    (lambda: POISSON([1.0, 2.0], [1.0]), {"argument": "y_true"}),
]


@pytest.mark.parametrize(("call", "facts"), FACTS)
def test_an_error_has_the_facts_of_its_sentence(call: Any, facts: dict[str, Any]) -> None:
    error = of(call)
    for again in (error, pickle.loads(pickle.dumps(error)), copy.copy(error)):
        assert type(again) is type(error)
        assert str(again) == str(error)
        assert {name: getattr(again, name) for name in facts} == facts
        assert {name: type(getattr(again, name)) for name in facts} == {key: type(fact) for key, fact in facts.items()}


def test_facts_are_absent_where_there_are_none() -> None:
    error = lossreg.DomainError("a sentence")
    assert (error.argument, error.index, error.value) == (None, None, None)
    assert str(error) == "a sentence"
    assert lossreg.UnknownLossError("x").suggestions == ()
    with pytest.raises(TypeError, match="DomainError has no attribute where"):
        lossreg.DomainError("a sentence", where=3)


def test_arguments_are_called_as_somebody_wishes() -> None:
    with lossreg.errors.arguments_named(y_true="y", y_pred="rates"):
        error = of(lambda: POISSON([1, -2], [0.0, 0.0]))
    assert str(error) == "y_true holds -2 at index 1; wanted numbers of at least 0", "it has not passed"

    @lossreg.errors.arguments_named(y_true="y", y_pred="rates")
    def score(y: Any, rates: Any, weight: Any = None) -> float:
        """As a model calls it."""
        return POISSON(y, rates, weight)

    assert (score.__name__, score.__doc__) == ("score", "As a model calls it.")
    error = of(lambda: score([1, -2], [0.0, 0.0]))
    assert isinstance(error, lossreg.DomainError)
    assert (error.argument, error.index, error.value) == ("y", 1, -2)
    assert str(pickle.loads(pickle.dumps(error))) == str(error) == "y holds -2 at index 1; wanted numbers of at least 0"
    assert str(of(lambda: score([1.0, 2.0], [0.0]))).startswith("y has shape (2,) and rates has shape (1,)")
    assert of(lambda: score([1.0], [0.0], [1.0, 2.0])).argument == "sample_weight", "which has no other name"
    with pytest.raises(TypeError, match="got an unexpected keyword"), lossreg.errors.arguments_named(y_true="y"):
        POISSON([1.0], [1.0], y_tru=1)
