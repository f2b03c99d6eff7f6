"""Keras's loss of pairs of embeddings: circle.

It is NumPy's: two products of matrices, which is what costs, and sums over rows. As in Keras the gradient passes through
the weights of the pairs, which the paper holds constant.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from lossreg import ShapeError, ops
from lossreg.compat.keras import targets
from lossreg.compat.keras.arrays import Array, plain

from .record import Losses, times


def circle(
    y_true: npt.ArrayLike,
    y_pred: npt.ArrayLike,
    ref_labels: npt.ArrayLike | None = None,
    ref_embeddings: npt.ArrayLike | None = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Losses:
    """Of each embedding, a vector of length one, `softplus(logsumexp(gamma*P) + logsumexp(gamma*N))`.

    With the distances `d = maximum(1 - dot, 0)` to all references, `P` is `d**2 - margin**2` for those of the same
    label and `N` is `(1 - d)**2 - margin**2` for the others, 0 from `d = 1 + margin` on. References are the embeddings
    themselves by default, each left out of its own pairs with `remove_diagonal`. Losses of 0 are masked.
    """
    labels, queries = targets.integers(np.asarray(y_true)), np.asarray(y_pred)
    own = ref_embeddings is None
    keys = queries if own else plain(ref_embeddings, "ref_embeddings")
    key_labels = labels if ref_labels is None else targets.integers(plain(ref_labels, "ref_labels"))
    _check(labels, queries, "y_true", "y_pred")
    _check(key_labels, keys, "ref_labels", "ref_embeddings")
    wide, wide_keys = queries.astype(np.float64), keys.astype(np.float64)
    apart = 1 - wide @ wide_keys.T
    d = np.maximum(apart, 0)
    same = labels.reshape(-1, 1) == key_labels.reshape(1, -1)
    positive = same & (np.eye(*same.shape) == 0) if remove_diagonal else same
    near, far = np.maximum(margin + d, 0), np.maximum(1 + margin - d, 0)
    p_terms = np.where(positive, gamma * near * (d - margin), -np.inf)
    n_terms = np.where(same, -np.inf, gamma * far * (1 - margin - d))
    p, n = (np.asarray(ops.logsumexp(terms)) for terms in (p_terms, n_terms))
    values = np.asarray(ops.softplus(p + n)).astype(queries.dtype)

    def pullback(c: Array) -> Array:
        by_sum = np.asarray(c * ops.sigmoid(p + n))[:, np.newaxis]
        p_slope = np.where(near > 0, 2 * d, 0) * _shares(p_terms, p)
        n_slope = np.where(far > 0, -2 * (1 - d), 0) * _shares(n_terms, n)
        by_dot = -gamma * times(np.where(apart > 0, p_slope + n_slope, 0), by_sum)
        gradient = by_dot @ wide_keys
        return gradient + by_dot.T @ wide if own else gradient

    return Losses(values, pullback, mask=values > 0)


def _shares(terms: Array, logsumexp: Array) -> Array:
    """The softmax of rows, 0 for rows with nothing in them."""
    return np.asarray(np.exp(terms - np.where(np.isfinite(logsumexp), logsumexp, 0)[:, np.newaxis]))


def _check(labels: Array, embeddings: Array, labels_name: str, name: str) -> None:
    if embeddings.ndim != 2 or labels.size != len(embeddings):
        raise ShapeError(
            f"{name} has shape {embeddings.shape} and {labels_name} has shape {labels.shape}; wanted one embedding a "
            f"row, and one label for each",
            argument=name,
        )
