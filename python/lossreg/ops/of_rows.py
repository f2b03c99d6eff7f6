"""Functions along an axis, stable whatever the scores."""

from __future__ import annotations

from typing import Any

from numpy.typing import ArrayLike

from lossreg.ops.running import Array, rows

__all__ = ["log_softmax", "logsumexp", "softmax"]


def softmax(x: ArrayLike, axis: int = -1, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the exponentials along an axis, divided by their sum.

    Parameters
    ----------
    x : array_like
        Scores, the classes on `axis`.
    axis : int, default -1
        The axis of the classes.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `x` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    numpy.ndarray
        Probabilities. An infinite score has all of the probability; where several scores are infinite, or all are minus
        infinity, there is no limit and the row is NaN.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.softmax([1000.0, 1000.0]).tolist()
    [0.5, 0.5]
    """
    return rows("softmax", x, axis, out=out, n_threads=n_threads)


def log_softmax(x: ArrayLike, axis: int = -1, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the logarithms of `softmax`, which are exact where that is all but 1 or 0.

    Parameters
    ----------
    x : array_like
        Scores, the classes on `axis`.
    axis : int, default -1
        The axis of the classes.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `x` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    numpy.ndarray
        Log-probabilities, NaN where `softmax` is.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.log_softmax([40.0, 0.0, 0.0]).tolist()
    [-8.496708510583178e-18, -40.0, -40.0]
    """
    return rows("log_softmax", x, axis, out=out, n_threads=n_threads)


def logsumexp(x: ArrayLike, axis: int = -1, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the logarithm of the sum of the exponentials along an axis.

    Parameters
    ----------
    x : array_like
        Numbers.
    axis : int, default -1
        The axis that is summed.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may not overlap `x`.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    float or numpy.ndarray
        The shape of `x` without `axis`; minus infinity for a sum of nothing.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.logsumexp([[1000.0, 1000.0], [-1000.0, -1000.0]]).tolist()
    [1000.6931471805599, -999.3068528194401]
    """
    return rows("logsumexp", x, axis, out=out, n_threads=n_threads)
