"""Rows of probabilities that are all 0, which no sum divides: refused by every loss that divides rows, on every road.

Only rows that count are looked at, and a NaN beside zeros is NaN, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.info import Domain
from lossreg.testing import arguments

Array = np.ndarray[Any, Any]

WIDTHS = (1, 2, 3, 10, 100, 70000)  # rows side by side, along, and in parts


def divided() -> list[lossreg.Loss]:
    """Every loss that divides rows by their sums, one written as a formula, and a sum of two."""
    takes = [
        name for name in lossreg.names("row-wise") if "from_logits" in {p.name for p in lossreg.describe(name).params}
    ]
    losses = [lossreg.get(name, from_logits=False) for name in takes]
    losses = [loss for loss in losses if loss.info.prediction is Domain.UNNORMALIZED]
    formula = lossreg.define("-sum(y_true*log_q*(1 - q))", name="of_faint_rows", target="probability")
    return [*losses, formula.replace(from_logits=False), losses[0] + 0.5 * losses[1]]


LOSSES = divided()


ROADS: dict[str, Callable[..., Any]] = {
    "value": lambda loss, *args, **options: loss(*args, **options),
    "grad": lambda loss, *args, **options: loss.grad(*args, **options),
    "hess": lambda loss, *args, **options: loss.hess(*args, **options),
    "all": lambda loss, *args, **options: loss.value_grad_hess(*args, **options),
    "none": lambda loss, *args, **options: loss.value_grad_hess(*args, reduction="none", **options),
    "state": lambda loss, *args, **options: loss.state().update(*args, **options).result(),
}


def test_there_are_some() -> None:
    assert len(LOSSES) > 10


def case(loss: lossreg.Loss, classes: int, dtype: str) -> tuple[Array, Array]:
    """Three rows: the second's probabilities are all 0, one of them -0."""
    y, x = arguments(loss, 3, dtype, n_classes=classes)
    x[1], x[1, -1] = 0, -0.0
    return y, x


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("classes", WIDTHS)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_row_of_zeros_is_refused(loss: lossreg.Loss, classes: int, dtype: str) -> None:
    y, x = case(loss, classes, dtype)
    for layout in (x, np.asfortranarray(x)):
        for name, road in ROADS.items():
            with pytest.raises(lossreg.DomainError, match="in each row one above 0") as caught:
                road(loss, y, layout)
            assert (caught.value.argument, caught.value.index, caught.value.value) == ("y_pred", (1, 0), 0), name


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_full_hessians_refuse_it_too(loss: lossreg.Loss) -> None:
    with pytest.raises(lossreg.DomainError, match=r"y_pred holds -?0 at index \(1, 0\)"):
        loss.full_hessian(*case(loss, 3, "float64"))


@pytest.mark.parametrize("classes", WIDTHS)
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_rows_that_do_not_count_may_be_zeros(loss: lossreg.Loss, classes: int) -> None:
    y, x = case(loss, classes, "float64")
    y, x = y[:2], x[:2]
    for options in ({"where": [True, False]}, {"sample_weight": [1.0, 0.0]}):
        for numbers in ROADS["none"](loss, y, x, **options):
            assert not np.isnan(numbers).any()
            assert not numbers[1].any()
        ROADS["state"](loss, y, x, **options)


@pytest.mark.parametrize("classes", WIDTHS[1:])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_zeros_beside_nan_are_nan(loss: lossreg.Loss, classes: int) -> None:
    y, x = case(loss, classes, "float64")
    x[1, 0] = np.nan
    for numbers in ROADS["none"](loss, y, x):
        assert np.isnan(numbers[1]).all()
        assert not np.isnan(numbers[::2]).any()


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_the_least_sum_will_do(loss: lossreg.Loss) -> None:
    y, x = case(loss, 3, "float64")
    x[1] = 5e-324
    wanted = x.copy()
    wanted[1] = 1
    np.testing.assert_array_equal(loss(y, x, reduction="none"), loss(y, wanted, reduction="none"))
