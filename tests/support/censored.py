"""Times of which some are known by bounds only, counts beside their exposures, and how boosters of them are held to laws."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest

import lossreg

__all__ = ["DISTRIBUTIONS", "RATE", "Times", "counts", "holds_for_rows", "is_searched", "says_what_is_wrong", "times"]

DISTRIBUTIONS = ("normal", "logistic", "extreme")


class Times(NamedTuple):
    """Features, bounds, and weights."""

    X: Any
    y: Any
    weight: Any


def times(seed: int, rows: int = 600) -> Times:
    """Draw times, of which some are known, some not over, and some lie between two looks; exact in float32."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 4)).astype(np.float32).astype(np.float64)
    over = np.exp(1 + X[:, 0] + np.abs(X[:, 1]) + 0.5 * rng.normal(size=rows))
    looked = np.exp(1.8 + rng.normal(size=rows))
    lower, upper = np.minimum(over, looked), np.where(over < looked, over, np.inf)
    upper[::7] = 1.5 * lower[::7]
    lower[::11], upper[::11] = 0.0, np.minimum(upper[::11], 5.0)
    y = np.column_stack([lower, upper]).astype(np.float32).astype(np.float64)
    return Times(X, y, rng.uniform(0.5, 2.0, rows).astype(np.float32).astype(np.float64))


RATE = lossreg.define(
    "exposure*exp(y_pred) - count*(y_pred + log(exposure))",
    name="rate_of_counts_here",
    target_columns=("count", "exposure"),
    target=("non-negative", "positive"),
    link="log",
)


def counts(seed: int, rows: int = 600) -> tuple[Any, Any]:
    """Draw features, and counts beside their exposures."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, 4)).astype(np.float32).astype(np.float64)
    exposure = rng.choice([0.5, 1.0, 2.0, 4.0], rows)
    return X, np.column_stack([rng.poisson(exposure * np.exp(0.5 * X[:, 0])), exposure]).astype(np.float64)


def holds_for_rows(make: Callable[..., Any], fit: Callable[..., Any], history: Callable[[Any], Any]) -> None:
    """The laws of an estimator that `make` makes of a loss, `fit` fits to rows and to rows to stop by, and whose `history` is told."""
    X, y, weight = times(1)
    held = times(2)
    loss = lossreg.get("aft", distribution="logistic", scale=0.5)
    model = fit(make(loss), X, y, weight, held.X, held.y)
    predicted = model.predict(held.X)
    assert predicted.shape == (600,)
    best = min(history(model))
    value = loss(held.y, predicted)
    assert abs(value - best) < 1e-4 * best
    assert value < loss(held.y, np.full(600, loss.init_score(y, weight))) - 0.3
    assert abs(model.score(held.X, held.y) + value) < 1e-4 * best
    kept = pickle.dumps(model)
    np.testing.assert_array_equal(pickle.loads(kept).predict(held.X), predicted)
    assert all(one.tobytes() not in kept for one in (y[:20], y[:20].astype(np.float32), held.y[:20]))

    X, y = counts(3)
    model = fit(make(RATE), X, y, None, *counts(4))
    rate = model.predict(X)
    assert (rate > 0).all()
    np.testing.assert_allclose(
        np.average(y[:, 0] / y[:, 1], weights=y[:, 1]), np.average(rate, weights=y[:, 1]), rtol=0.1
    )
    raw = np.log(np.asarray(rate, np.float64))
    np.testing.assert_allclose(model.score(X, y), -RATE(y, raw), rtol=1e-5)
    assert abs(min(history(model)) - RATE(counts(4)[1], np.log(model.predict(counts(4)[0]).astype(float)))) < 1e-4


def is_searched(model: Any) -> None:
    """A grid of distributions is searched by the loss, with weights."""
    from sklearn.model_selection import GridSearchCV

    from lossreg.integrations.sklearn import scorer

    X, y, weight = times(5, 200)
    grid = {"loss": [lossreg.get("aft", distribution=one) for one in DISTRIBUTIONS]}
    search = GridSearchCV(model, grid, cv=2, scoring=scorer("aft")).fit(X, y, sample_weight=weight)
    scores = search.cv_results_["mean_test_score"]
    assert np.isfinite(scores).all()
    assert len(set(scores)) == 3


def says_what_is_wrong(fit: Callable[[Any, Any, Any], Any]) -> None:
    """`fit`, of a loss, features and targets, names what is wrong with these before it trains."""
    X, y, _ = times(6, 40)
    for loss, wrong, error, words in (
        (
            "aft",
            y[:, 0],
            lossreg.ShapeError,
            r"y has shape \(40,\), and aft\(\) takes lower and upper of each row: wanted \(40, 2\)",
        ),
        ("aft", np.hstack([y, y[:, 1:]]), lossreg.ShapeError, r"y has shape \(40, 3\), .* wanted \(40, 2\)"),
        ("aft", np.where(y == y[3, 0], np.nan, y), lossreg.DomainError, r"y holds nan at index \(3, 0\)"),
        ("aft", y[:, ::-1], lossreg.DomainError, "y holds .*; wanted a lower bound of at least 0 and below infinity"),
        (RATE, np.where(y > 3, np.inf, y), lossreg.DomainError, "y holds inf at index .*; wanted finite numbers"),
        (RATE, -y[:, :1] + [[0.0, 9.0]], lossreg.DomainError, "y holds -.*; wanted"),
    ):
        with pytest.raises(error, match=words) as caught:
            fit(loss, X, wrong)
        assert caught.value.argument == "y"
