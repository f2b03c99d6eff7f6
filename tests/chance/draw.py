"""Batches of arguments for the comparison by chance: losses with parameters at the ends of their bounds, numbers of all sizes.

A batch follows from the seed and its number alone, so that each can be drawn again.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import laid
import numpy as np
from chance.many import is_slow

import lossreg
from lossreg.info import Domain

Array = np.ndarray[Any, Any]
LAYOUTS = [np.asarray, *laid.LAYOUTS]
NAMES = sorted(info.name for info in map(lossreg.describe, lossreg.names()) if info.provider == "lossreg")
FEW = 12  # cases of a loss whose text is evaluated a number at a time
FRAMES, CLASSES_OF_A_FRAME = 4, 3


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
    def counted(self) -> Array:
        """The losses that are not ignored: only class indices can be."""
        ignored, targets = self.loss.params.get("ignore_index"), self.args[0]
        return np.ones(len(targets), bool) if ignored is None or targets.ndim == 2 else targets != ignored


def batch(seed: int, number: int, size: int) -> Batch:
    """The batch of this number."""
    rng = np.random.default_rng([seed, number])
    name = NAMES[number % len(NAMES)]
    info = lossreg.describe(name)
    classes = CLASSES_OF_A_FRAME if info.family == "sequence" else int(rng.choice([1, 2, 3, 5, 8]))
    loss = parametrised(name, classes - (info.family == "sequence"), rng)
    dtype = np.dtype(rng.choice(["float32", "float64"]))
    inner = [(), (len(info.columns) or classes,), (FRAMES, classes)][info.inner_axes]
    cases = FEW if is_slow(info) else int(rng.integers(1, 30)) if info.coupled else max(1, size // math.prod(inner))
    args = arguments(loss, (cases, *inner), dtype, rng)
    unreduced = (cases,)
    options: dict[str, Any] = {"n_threads": int(rng.choice([1, 2]))}
    if rng.random() < 0.7:
        weight = 10 ** rng.uniform(-3, 3, unreduced) * (rng.random(unreduced) < 0.95)
        options["sample_weight"] = weight.astype(rng.choice(["float32", "float64"]))
    if rng.random() < 0.5:
        options["where"] = rng.random(unreduced) < 0.8
    return Batch(loss, args, options, rng)


def parametrised(name: str, classes: int, rng: np.random.Generator) -> lossreg.Loss:
    """The loss with some of its parameters drawn; what it refuses is drawn again."""
    params: dict[str, Any] = {"axis": -1} if lossreg.describe(name).family == "set-wise" else {}
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
    if param.kind == "axes" or param.name == "axis":
        return -1
    if param.kind != "number":
        return int(rng.integers(-1, classes + 1))
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
    if info.family in ("set-wise", "column-wise", "sequence"):
        target = targets_of_many(loss, prediction, rng).astype(dtype, copy=False)
        if (
            info.family == "sequence"
        ):  # the exponents of alignments are whole numbers of float64; those of other classes are not theirs
            ours = (target[:, :, None] == np.arange(shape[2])).any(axis=1) | (
                np.arange(shape[2]) == loss.params["blank"]
            )
            prediction = np.where(ours[:, None], np.clip(prediction, -1e12, 1e12), prediction).astype(dtype)
        return target, prediction
    if info.target.has_class_indices and not (info.target.has_rows and rng.random() < 0.5):
        ignored = loss.params.get("ignore_index")
        if info.family == "pointwise":  # the loss itself knows how many there are
            labels, _ = lossreg.testing.arguments(loss, shape[0], dtype, int(rng.integers(2**31)))
        else:
            labels = rng.integers(0, shape[1], shape[:1])
        return (labels if ignored is None else np.where(rng.random(shape[:1]) < 0.1, ignored, labels)), prediction
    target = rows(shape, rng).astype(dtype) if info.target.has_rows else numbers(info.target, shape, dtype, rng)
    if info.target is Domain.REAL and rng.random() < 0.5:  # predictions that are nearly right
        near = (target + target * 10 ** rng.uniform(-9, 0) * rng.normal(size=shape)).astype(dtype)
        prediction = np.where(info.prediction.excludes(near), prediction, near)
    return target, prediction


def targets_of_many(loss: lossreg.Loss, x: Array, rng: np.random.Generator) -> Array:
    """What is wanted of several predictions at once: something near them, or something else."""
    info, n = loss.info, len(x)
    shape = (n, len(info.target_columns)) if info.target_columns else x.shape[: x.ndim - bool(info.columns)]
    if info.family == "sequence":
        return rng.choice([k for k in range(-1, x.shape[2]) if k != loss.params["blank"]], (n, 2)).astype(x.dtype)
    chance, noise = rng.random(shape), rng.normal(size=shape)
    if info.target is Domain.BOX:
        y = np.select(
            [chance < 0.2, chance < 0.6],
            [x, x + x * noise * 10.0 ** rng.uniform(-6, 1)],
            numbers(Domain.REAL, shape, x.dtype, rng),
        )
        return np.concatenate([np.minimum(y[:, :2], y[:, 2:]), np.maximum(y[:, :2], y[:, 2:])], axis=1)
    if info.target is Domain.INTERVAL:
        low = np.exp(np.clip(x + noise[:, 0] * 10 ** rng.uniform(-5, 1), -80, 80))
        high = low * (1 + np.exp(rng.uniform(-16, 5) + noise[:, 1]))
        kind = rng.integers(4, size=n)
        return np.stack(
            [np.where(kind == 0, 0, low), np.where(kind == 1, low, np.where(kind == 2, np.inf, high))], axis=1
        )
    if info.target is Domain.TIME:
        return np.round(noise, 1)
    if info.target is Domain.NON_NEGATIVE:
        return np.where(chance < 0.7, np.floor(abs(noise) * 2), abs(noise))
    if info.target is Domain.REAL:
        first = x[:, 0] if info.columns else x
        near = first + first * 10 ** rng.uniform(-9, 0) * noise
        return np.where(chance < 0.5, near, numbers(Domain.REAL, shape, x.dtype, rng))
    return abs(numbers(Domain.SOFT_LABEL, shape, x.dtype, rng)) * (chance < 0.7)


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
