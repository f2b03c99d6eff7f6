"""Finite numbers within the domains and parameters within their bounds, the ends of what floats hold among them: no NaN comes of these,
and nothing is lost to float32."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

import lossreg

BUILT_IN = [name for name in lossreg.names() if lossreg.describe(name).provider == "lossreg"]

GRID = [
    0.0,
    1e-45,
    1e-40,
    1e-30,
    1e-8,
    0.25,
    0.5,
    0.7,
    0.9999999,
    1.0,
    1.5,
    3.0,
    17.0,
    88.8,
    104.0,
    745.0,
    1e5,
    1e20,
    3e38,
]
ENDS = [5e-324, 1e-300, 1e-40, 0.3, 1.0, 1.5, 2.0, 1e20, 1e38, 1e40, 1e300, 1.7976931348623157e308]


def extreme(info: Any) -> list[dict[str, Any]]:
    """Each number of a loss at the ends of its bounds, with each setting of its switches."""
    switches = [p.name for p in info.params if p.kind == "switch"]
    forms = [dict(zip(switches, on, strict=True)) for on in itertools.product([True, False], repeat=len(switches))]
    changes: list[dict[str, Any]] = [{}]
    for param in info.params:
        if param.kind == "number":
            inside = [x for x in [*ENDS, 0.0, *(-x for x in ENDS)] if _allows(param, x)]
            changes += [{param.name: x} for x in inside]
        changes += [{param.name: word} for word in param.choices]
    made = []
    for change, form in itertools.product(changes, forms):
        try:
            lossreg.get(info.name, **change, **form)
        except lossreg.ParameterError:
            continue
        made.append(change | form)
    return made


def _allows(param: Any, x: float) -> bool:
    low, high = (-np.inf if param.low is None else param.low), (np.inf if param.high is None else param.high)
    return (x > low if param.low_open else x >= low) and (x < high if param.high_open else x <= high)


def met(loss: Any, ys: np.ndarray, xs: np.ndarray) -> tuple[np.ndarray, ...]:
    """Every target with every prediction; many drawn ones where several predictions have a loss together."""
    rng, n = np.random.default_rng(0), 3000
    if loss.info.family == "column-wise":
        several = len(loss.info.target_columns)
        y = rng.choice(ys, (4 * n, several) if several else n)
        y = y[~loss.info.target.excludes(y).any(axis=-1)][:n] if several else y
        return y, rng.choice(xs, (len(y), len(loss.info.columns))).reshape(
            len(y), *(len(loss.info.columns),) * (loss.info.inner_axes)
        )
    if loss.info.family == "set-wise":
        return rng.choice(ys, (n, 4)), rng.choice(xs, (n, 4))
    if loss.info.family == "sequence":
        return rng.choice([-1, 1, 2], (n, 3)), rng.choice(xs, (n, 4, 3))
    if loss.info.target.has_class_indices:
        ys = np.arange(len(loss.link.thresholds) + 1)
    return tuple(map(np.ravel, np.meshgrid(ys, xs)))


@pytest.mark.parametrize("name", [name for name in BUILT_IN if lossreg.describe(name).family != "row-wise"])
def test_finite_input_gives_no_nan(name: str) -> None:
    info = lossreg.describe(name)
    for params in extreme(info):
        loss = lossreg.get(name, **params, **({"axis": -1} if info.family == "set-wise" else {}))
        for dtype in ("float32", "float64"):
            numbers = np.array([sign * x for x in GRID for sign in (1, -1)], dtype)
            if info.family == "adversarial":
                outputs = [*loss.value_grad_hess(*[numbers] * len(info.sides), reduction="none")]
            else:
                target, prediction = loss.info.target, loss.info.prediction
                ys, xs = numbers[~target.excludes(numbers)], numbers[~prediction.excludes(numbers)]
                # Labels are from 0 to 1, or -1 and 1: not all in one array.
                parts = [ys[ys >= 0], ys[abs(ys) == 1]] if target.is_label else [ys]
                outputs = [
                    output for part in parts for output in loss.value_grad_hess(*met(loss, part, xs), reduction="none")
                ]
            flat = [part for output in outputs for part in (output if isinstance(output, tuple) else (output,))]
            assert not any(np.isnan(part).any() for part in flat), f"{loss!r}, {dtype}"


@pytest.mark.parametrize("name", [name for name in BUILT_IN if lossreg.describe(name).family == "pointwise"])
def test_parameters_that_float32_has_no_room_for_are_computed_with_in_float64(name: str) -> None:
    for params in extreme(lossreg.describe(name)):
        loss = lossreg.get(name, **params)
        given = [abs(value) for value in params.values() if isinstance(value, float)]
        if not any(value > 1e38 or 0 < value < 1e-38 for value in given):
            continue
        arrays = lossreg.testing.arguments(loss, 40, dtype=np.float32, seed=7)
        wide = [np.asarray(array, np.float64) for array in arrays]
        results = zip(
            loss.value_grad_hess(*arrays, reduction="none"), loss.value_grad_hess(*wide, reduction="none"), strict=True
        )
        with np.errstate(over="ignore", under="ignore"):
            assert all(np.array_equal(a, b.astype(np.float32)) for a, b in results), f"{loss!r}"
