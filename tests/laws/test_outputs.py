"""After an error an output has the bytes that it had, however late in the arrays the fault is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from cube import Cube
from drawn import losses

import lossreg
from lossreg.info import Domain
from lossreg.testing import arguments

Array = np.ndarray[Any, Any]
SIZES = (70, 5_000, 20_000)  # a short call, a few tasks, several for each thread
LOSSES = [
    *losses(),
    lossreg.get("huber + 0.5*poisson"),
    lossreg.define("r**2 * y_true", name="own", target="label"),
    Cube(),
]
FREE = {Domain.NONE, Domain.REAL, Domain.RAW, Domain.TIME}
OUTSIDE = (-7.0, -1e30, 99.0, np.inf)


def faults(loss: lossreg.Loss, args: tuple[Array, ...]) -> Iterator[tuple[Array, ...]]:
    """The arguments with one number that the loss refuses, in the last of its losses: in each argument that has such numbers."""
    for at, domain in enumerate((loss.info.target, loss.info.prediction)):
        if domain in FREE and not (at == 0 and loss.info.family == "sequence"):
            continue
        for number in OUTSIDE:
            changed = args[at].copy()
            changed[(-1,) * changed.ndim] = number if changed.dtype.kind == "f" else 99
            wrong = (*args[:at], changed, *args[at + 1 :])
            try:
                loss(*wrong)
            except lossreg.LossregError:
                yield wrong
                break
        else:
            raise AssertionError(f"{loss!r} takes any {domain}")


@pytest.mark.parametrize("loss", LOSSES, ids=str)
def test_an_output_is_as_it_was_after_an_error(loss: lossreg.Loss) -> None:
    for n in SIZES if loss.info.family in ("pointwise", "row-wise") else SIZES[:2]:
        args = arguments(loss, n, np.float32, seed=n)
        for wrong in faults(loss, args):
            x = wrong[-1]
            places = [np.full(x.shape, 7, np.float32) for _ in range(2)]
            values = np.full(np.shape(loss(*args, reduction="none")), 7, np.float32)
            for threads in (1, 2):
                for method, options in (
                    (loss.value, {"out": values, "reduction": "none"}),
                    (loss.grad, {"out": places[0]}),
                    (loss.hess, {"out": places[0], "reduction": "sum"}),
                    (loss.value_and_grad, {"out": places[0]}),
                    (loss.value_grad_hess, {"out": (places[0], places[1])}),
                ):
                    with pytest.raises(lossreg.LossregError):
                        method(*wrong, n_threads=threads, **options)
                    assert all((array == 7).all() for array in (*places, values)), (method, n)
