"""Functions of other libraries in a function that becomes a formula: those of SciPy that formulas have, and what is said of others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lossreg

Y, X = np.array([[0.5, -1.0, 2.0, 0.0], [0.25, -3.0, 1.5, 4.0]])


def traced(function: Any) -> Any:
    return lossreg.define(function, name="mine")


def test_functions_of_scipy_that_formulas_have_are_traced():
    special = pytest.importorskip("scipy.special")

    def some(y_true, y_pred):
        of_targets = special.gammaln(y_true**2 + 1) + special.xlogy(y_true**2, 2.0) + special.xlog1py(2.0, y_true**2)
        of_logits = special.log_expit(y_pred) + special.log_ndtr(y_pred) - special.expit(y_pred)
        return of_targets - of_logits + special.logit(1 / (2 + y_pred**2))

    assert traced(some)(Y, X, reduction="none") == pytest.approx(some(Y, X), rel=1e-13)
    with pytest.raises(lossreg.ParameterError, match=r": erf cannot be part of a formula; there are np.absolute"):
        traced(lambda y, x: special.erf(x))


def test_a_function_of_another_library_with_a_name_of_scipys_is_not_taken_for_that(monkeypatch: Any) -> None:
    special = pytest.importorskip("scipy.special")
    others = special.expit
    monkeypatch.setattr(
        special, "expit", special.erf
    )  # so that the first is as one that Numba made of a function of that name
    with pytest.raises(lossreg.ParameterError, match=r": expit cannot be part of a formula"):
        traced(lambda y, x: others(x))


def test_what_another_library_says_of_expressions_has_a_note():
    def failing(y_true, y_pred):
        raise TypeError("wanted an array")

    with pytest.raises(TypeError, match="wanted an array") as raised:
        traced(failing)
    (note,) = raised.value.__notes__
    assert "called with expressions in the place of numbers" in note
