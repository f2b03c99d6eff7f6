"""Queries of different lengths, to be ranked: features, relevances, and how many rows each has."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["by_hand", "ndcg", "queries"]


def queries(seed: int, count: int) -> tuple[Any, Any, Any]:
    """Draw queries, of which two features decide."""
    rng = np.random.default_rng(seed)
    group = rng.integers(1, 15, count)
    X = rng.normal(size=(group.sum(), 5)).astype(np.float32).astype(np.float64)
    score = X[:, 0] + np.abs(X[:, 1]) + 0.5 * rng.normal(size=len(X))
    return X, np.clip(np.round(score), 0, 4), group


def of_each(group: Any) -> list[slice]:
    """The rows of each query."""
    ends = np.cumsum(group)
    return [slice(end - size, end) for end, size in zip(ends, group, strict=True)]


def ndcg(relevance: Any, scores: Any, group: Any) -> float:
    """The mean NDCG of all queries with something to find."""
    from sklearn.metrics import ndcg_score

    values = [
        ndcg_score([2.0 ** relevance[rows] - 1], [scores[rows]])
        for rows in of_each(group)
        if len(relevance[rows]) > 1 and relevance[rows].any()
    ]
    return float(np.mean(values))


def by_hand(loss: Any, relevance: Any, raw: Any, group: Any, weight: Any = None) -> tuple[Any, Any, float]:
    """Both derivatives and the mean of a loss, query after query; weights are those of queries."""
    grad, hess, values = np.zeros(len(raw)), np.zeros(len(raw)), []
    weight = np.ones(len(group)) if weight is None else weight
    for rows, of_query in zip(of_each(group), weight, strict=True):
        value, *both = loss.value_grad_hess(relevance[rows], raw[rows], reduction="sum")
        for whole, part in zip((grad, hess), both, strict=True):
            whole[rows] = of_query * part
        values.append(value)
    return grad, hess, float(np.average(values, weights=weight))
