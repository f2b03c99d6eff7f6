"""Batches of arguments for the comparison by chance: losses with parameters at the ends of their bounds, numbers of all sizes.

A batch follows from the seed and its number alone, so that each can be drawn again.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import laid
import numpy as np

import lossreg
from lossreg.info import Domain

Array = np.ndarray[Any, Any]
LAYOUTS = [np.asarray, *laid.LAYOUTS]
# Losses of elements and of rows; those of sets, columns and sequences have their tables of truth.
NAMES = sorted(
    info.name
    for info in map(lossreg.describe, lossreg.names())
    if (info.family in ("pointwise", "adversarial") and not info.coupled)
    or (info.family == "row-wise" and info.link == "softmax")  # others are no formulas of shares
)


class Batch(NamedTuple):
    """A loss with many elements, or rows, of arguments."""

    loss: lossreg.Loss
    args: tuple[Array, ...]
    options: dict[str, Any]
    rng: np.random.Generator

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.args[-1].dtype

    @property
    def rows(self) -> bool:
        return self.loss.info.family == "row-wise"

    @property
    def counted(self) -> Array:
        """The elements, or rows, that are not ignored: only class indices can be."""
        ignored, targets = self.loss.params.get("ignore_index"), self.args[0]
        return np.ones(len(targets), bool) if ignored is None or targets.ndim == 2 else targets != ignored


def batch(seed: int, number: int, size: int) -> Batch:
    """The batch of this number."""
    rng = np.random.default_rng([seed, number])
    name = NAMES[number % len(NAMES)]
    classes = int(rng.choice([1, 2, 3, 5, 8]))
    loss = parametrised(name, classes, rng)
    dtype = np.dtype(rng.choice(["float32", "float64"]))
    shape = (max(1, size // classes), classes) if loss.info.family == "row-wise" else (size,)
    args = arguments(loss, shape, dtype, rng)
    unreduced = shape[: 2 - (loss.info.family == "row-wise")][: len(shape) - (loss.info.family == "row-wise")]
    options: dict[str, Any] = {"n_threads": int(rng.choice([1, 2]))}
    if rng.random() < 0.7:
        weight = 10 ** rng.uniform(-3, 3, unreduced) * (rng.random(unreduced) < 0.95)
        options["sample_weight"] = weight.astype(rng.choice(["float32", "float64"]))
    if rng.random() < 0.5:
        options["where"] = rng.random(unreduced) < 0.8
    return Batch(loss, args, options, rng)


def parametrised(name: str, classes: int, rng: np.random.Generator) -> lossreg.Loss:
    """The loss with some of its parameters drawn; what it refuses is drawn again."""
    params: dict[str, Any] = {}
    for param in lossreg.describe(name).params:
        for _ in range(10):
            if rng.random() < 0.5:
                break
            drawn = parameter(param, classes, rng)
            try:
                lossreg.get(name, **{param.name: drawn})
            except lossreg.ParameterError:
                continue
            params[param.name] = drawn
            break
    return lossreg.get(name, **params)


def parameter(param: Any, classes: int, rng: np.random.Generator) -> Any:
    if param.kind == "switch":
        return not param.default
    if param.kind == "choice":
        return str(rng.choice(param.choices))
    if param.kind == "per-class":
        return [float(w) for w in 10 ** rng.uniform(-2, 2, classes) * (rng.random(classes) < 0.9)]
    if param.kind != "number":
        return None if param.name == "axis" else int(rng.integers(-1, classes + 1))
    low = param.low if param.low is not None and np.isfinite(param.low) else -3.0
    high = param.high if param.high is not None and np.isfinite(param.high) else 3.0 + abs(low)
    near = 10.0 ** rng.uniform(-12, 0)
    return float(
        rng.choice(
            [low, high, low + near, high - near * (high - low), rng.uniform(low, high), 10 ** rng.uniform(-3, 3), 1, 2]
        )
    )


def arguments(
    loss: lossreg.Loss, shape: tuple[int, ...], dtype: np.dtype[Any], rng: np.random.Generator
) -> tuple[Array, ...]:
    """Valid arguments of a loss, in the order of its sides."""
    info = loss.info
    if info.target is Domain.NONE:
        return tuple(numbers(Domain.RAW, shape, dtype, rng) for _ in info.sides)
    prediction = numbers(info.prediction, shape, dtype, rng)
    if info.target.has_class_indices and not (info.target.has_rows and rng.random() < 0.5):
        ignored = loss.params.get("ignore_index")
        labels = rng.integers(0, shape[1], shape[:1])
        return (labels if ignored is None else np.where(rng.random(shape[:1]) < 0.1, ignored, labels)), prediction
    target = rows(shape, rng).astype(dtype) if info.target.has_rows else numbers(info.target, shape, dtype, rng)
    if info.target is Domain.REAL and rng.random() < 0.5:  # predictions that are nearly right
        near = (target + target * 10 ** rng.uniform(-9, 0) * rng.normal(size=shape)).astype(dtype)
        prediction = np.where(info.prediction.excludes(near), prediction, near)
    return target, prediction


def rows(shape: tuple[int, ...], rng: np.random.Generator) -> Array:
    """Rows of probabilities, some of them of one class."""
    drawn = rng.dirichlet(np.full(shape[1], 10 ** rng.uniform(-1.5, 1)), shape[0])
    return np.where(rng.random((shape[0], 1)) < 0.3, np.eye(shape[1])[drawn.argmax(1)], np.clip(drawn, 0, 1))


def numbers(domain: Domain, shape: tuple[int, ...], dtype: np.dtype[Any], rng: np.random.Generator) -> Array:
    """Numbers of a domain, small, moderate and large."""
    chance = rng.random(shape)
    if domain in (Domain.LABEL, Domain.SOFT_LABEL):
        labels = rng.integers(0, 2, shape) * 1.0
        soft = np.where(chance < 0.1, rng.random(shape), labels)
        return (soft if domain is Domain.SOFT_LABEL else np.where(rng.random() < 0.5, labels, 2 * labels - 1)).astype(
            dtype
        )
    if domain in (Domain.PROBABILITY, Domain.UNNORMALIZED):
        end = 10 ** rng.uniform(-30 if dtype == np.float32 else -200, 0, shape)
        drawn = np.select([chance < 0.2, chance < 0.4, chance < 0.42], [end, 1 - end, np.round(end)], rng.random(shape))
        return np.maximum(drawn, 1e-3 * (domain is Domain.UNNORMALIZED)).astype(dtype)
    most = 37 if dtype == np.float32 else 290
    scale = 10 ** rng.uniform(-12, 2.5)
    size = np.select([chance < 0.02, chance < 0.05], [0.0, 10 ** rng.uniform(-most, most / 2, shape)], scale)
    drawn = rng.normal(size=shape) * size
    drawn = np.where(rng.random(shape) < 0.2, np.round(drawn), drawn).astype(dtype)
    for inside in (abs(drawn), dtype.type(10.0**-most), dtype.type(0.5)):
        drawn = np.where(domain.excludes(drawn), inside, drawn)
    return drawn
