"""Valid inputs for any loss, drawn from what `describe` says about it (parameters, targets, predictions), and what the
laws say about them."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

import lossreg
from lossreg.info import Domain

__all__ = [
    "CLASSES",
    "Case",
    "arrays",
    "case",
    "changed",
    "everything",
    "is_raw",
    "losses",
    "same",
    "value",
    "variants",
]

CLASSES = 4
WEIGHTS = [0.5, 2.0, 1.25, 0.0]


class Case(NamedTuple):
    """A loss with arguments that it takes."""

    loss: lossreg.Loss
    args: tuple[np.ndarray[Any, Any], ...]

    @property
    def unreduced(self) -> tuple[int, ...]:
        """The shape of the unreduced loss."""
        shape = self.args[-1].shape
        return shape[:-1] if lossreg.describe(self.loss).family == "row-wise" else shape

    @property
    def predictions(self) -> tuple[np.ndarray[Any, Any], ...]:
        """The arguments that there is a gradient for."""
        return self.args if lossreg.describe(self.loss).family == "adversarial" else self.args[1:]


def variants(name: str) -> Iterator[dict[str, Any]]:
    """No parameters, and each parameter alone set to something else than its default."""
    yield {}
    for param in lossreg.describe(name).params:
        if param.kind == "switch":
            yield {param.name: not param.default}
        elif param.kind == "number":
            low = 0.0 if param.low in (None, -np.inf) else param.low
            yield {param.name: low + (0.25 if param.high is not None and param.high <= low + 1 else 1.75)}
        elif param.kind == "per-class":
            yield {param.name: WEIGHTS}
        elif param.name == "ignore_index":
            yield {param.name: 1}


def losses() -> list[lossreg.Loss]:
    """Every registered loss in each variant."""
    return [lossreg.get(name, **params) for name in lossreg.names() for params in variants(name)]


def is_raw(loss: lossreg.Loss) -> bool:
    """Whether predictions are raw scores."""
    return loss.params.get(loss.info.raw_switch or "", True)


def case(loss: lossreg.Loss, n: int = 200, dtype: str = "float64", classes: int = CLASSES) -> Case:
    """A loss with drawn arguments, for the same arguments always the same: n elements, or rows of so many classes."""
    rng = np.random.default_rng(zlib.crc32(f"{loss!r} {n} {classes}".encode()))
    info = loss.info
    if info.family == "adversarial":
        return Case(loss, tuple(rng.normal(0, 4, n).astype(dtype) for _ in info.sides))
    shape = (n, classes) if info.family == "row-wise" else (n,)
    pred = rng.normal(0, 4, shape) if is_raw(loss) else rng.uniform(0.05, 0.95, shape)
    return Case(loss, (_target(info.target, shape, rng).astype(dtype, copy=False), pred.astype(dtype)))


def _target(domain: Domain, shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    if domain.has_class_indices:
        return rng.integers(0, shape[-1], shape[:-1])
    if domain.has_rows:
        return rng.dirichlet(np.ones(shape[-1]), shape[:-1])
    labels = rng.integers(0, 2, shape).astype(float)
    if domain is Domain.SOFT_LABEL:
        return np.where(rng.random(shape) < 0.2, rng.random(shape), labels)
    if domain is Domain.LABEL:
        return labels
    numbers = rng.gamma(1.5, 2.0, shape)
    drawn = {Domain.REAL: rng.normal(0, 4, shape), Domain.NON_NEGATIVE: np.floor(numbers)}
    return drawn.get(domain, numbers + 0.1)


def arrays(outcome: Any) -> list[np.ndarray[Any, Any]]:
    """What an evaluating method returned, as a flat list of arrays."""
    if isinstance(outcome, tuple | list):
        return [array for part in outcome for array in arrays(part)]
    return [np.asarray(outcome)]


def same(a: Any, b: Any) -> None:
    """The same bits, NaN being NaN and 0 being 0."""
    first, second = arrays(a), arrays(b)
    assert len(first) == len(second)
    for x, y in zip(first, second, strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


def value(case: Case, **options: Any) -> Any:
    """The loss of a case."""
    return case.loss.value(*case.args, **options)


def everything(case: Case, **options: Any) -> list[np.ndarray[Any, Any]]:
    """Value, gradients and Hessians of a case."""
    return arrays(case.loss.value_grad_hess(*case.args, **options))


def changed(case: Case, change: Callable[[np.ndarray[Any, Any]], np.ndarray[Any, Any]]) -> Case:
    """The case with each of its arrays changed."""
    return Case(case.loss, tuple(map(change, case.args)))
