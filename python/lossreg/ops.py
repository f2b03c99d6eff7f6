"""The functions that losses are made of, run by the engine: stable, to the last places, on all threads.

They take whatever a loss takes (any dtype, layout and byte order, lists, frames, tensors on the CPU) and keep its
precision: float32 stays float32, float16 and bfloat16 become float32, all else float64. Results have the same bits for any
number of threads and on any CPU. A single number gives a ``float``.

Errors are in units in the last place (ULP) of the result, over the whole range, subnormal results included: 1 for
`exp`, `log`, `logit`, `sigmoid`, `log_sigmoid` and `softplus`, 2.1 for `xlogy`, 2 for `softmax` and `log_softmax`.
`logsumexp` is within 2 ULP of the larger of itself and the row's maximum, which it may cancel. Infinities give limits, NaN
gives NaN, and so does what lies outside of a function's domain.

Examples
--------
>>> import numpy as np
>>> from lossreg import ops
>>> ops.softplus(np.array([0.0, 100.0], dtype=np.float32))
array([  0.6931472, 100.       ], dtype=float32)
>>> ops.softmax([[40.0, 0.0, 0.0]]).tolist()
[[1.0, 4.248354255291589e-18, 4.248354255291589e-18]]
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lossreg._native import map_elements, map_rows
from lossreg.arrays import as_plain_array
from lossreg.errors import ShapeError

__all__ = ["exp", "log", "log_sigmoid", "log_softmax", "logit", "logsumexp", "sigmoid", "softmax", "softplus", "xlogy"]

Array = NDArray[np.floating[Any]]


def exp(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the exponential of each element.

    Parameters
    ----------
    x : array_like
        Numbers.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `x` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    float or numpy.ndarray
        exp(x).

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.exp([-745.0, 0.0]).tolist()
    [5e-324, 1.0]
    """
    return elements("exp", x, out=out, n_threads=n_threads)


def log(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the natural logarithm of each element.

    Parameters
    ----------
    x : array_like
        Numbers; minus infinity at 0 and NaN below.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `x` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    float or numpy.ndarray
        log(x).

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.log([0.0, 1.0]).tolist()
    [-inf, 0.0]
    """
    return elements("log", x, out=out, n_threads=n_threads)


def sigmoid(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the logistic function 1/(1 + exp(-x)) of each element.

    Parameters
    ----------
    x : array_like
        Numbers.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `x` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    float or numpy.ndarray
        Probabilities.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.sigmoid(0.0), ops.sigmoid(-700.0)
    (0.5, 9.85967654375977e-305)
    """
    return elements("sigmoid", x, out=out, n_threads=n_threads)


def logit(p: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the log-odds log(p/(1 - p)) of each element: the inverse of `sigmoid`.

    Parameters
    ----------
    p : array_like
        Probabilities; NaN outside of 0 to 1.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `p` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    float or numpy.ndarray
        Minus infinity at 0, infinity at 1.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.logit([0.0, 0.5, 0.75, 1.0]).tolist()
    [-inf, 0.0, 1.0986122886681098, inf]
    """
    return elements("logit", p, name="p", out=out, n_threads=n_threads)


def log_sigmoid(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the logarithm of the logistic function of each element, -log(1 + exp(-x)).

    Parameters
    ----------
    x : array_like
        Numbers.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `x` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    float or numpy.ndarray
        Log-probabilities.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.log_sigmoid([-1000.0, 0.0]).tolist()
    [-1000.0, -0.6931471805599453]
    """
    return elements("log_sigmoid", x, out=out, n_threads=n_threads)


def softplus(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return log(1 + exp(x)) of each element.

    Parameters
    ----------
    x : array_like
        Numbers.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `x` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    float or numpy.ndarray
        Numbers of at least 0.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.softplus([-1000.0, 0.0, 1000.0]).tolist()
    [0.0, 0.6931471805599453, 1000.0]
    """
    return elements("softplus", x, out=out, n_threads=n_threads)


def xlogy(x: ArrayLike, y: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return x·log(y) of each pair of elements, and 0 where x is 0.

    Parameters
    ----------
    x, y : array_like
        Numbers, of shapes that are broadcast together. The result is float32 where both are.
    out : numpy.ndarray, optional
        Where the result goes, of its shape and dtype; it may be `x` or `y` itself.
    n_threads : int, optional
        How many threads may work; by default ``lossreg.get_num_threads()``.

    Returns
    -------
    float or numpy.ndarray
        NaN where either is, and where y is negative and x not 0.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.xlogy([0.0, 2.0], [0.0, 1.0]).tolist()
    [0.0, 0.0]
    """
    first, second = as_plain_array(x, "x"), as_plain_array(y, "y")
    if type(x) in (int, float):
        first = first.astype(np.result_type(x, second))  # a plain number widens no dtype
    if type(y) in (int, float):
        second = second.astype(np.result_type(first, y))
    if first.shape != second.shape:
        try:
            first, second = np.broadcast_arrays(first, second)
        except ValueError:
            shapes = f"x has shape {first.shape} and y has shape {second.shape}"
            raise ShapeError(f"{shapes}; wanted shapes that are broadcast together") from None
    return elements("xlogy", first, second, out=out, n_threads=n_threads)


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


def elements(
    function: str,
    x: Any,
    y: Any = None,
    *,
    name: str = "x",
    out: Array | None = None,
    n_threads: int | None = None,
) -> Any:
    """The engine's function of that name, of each element of an argument of this name."""
    result = map_elements(function, x, y, name=name, out=out, n_threads=n_threads)
    return result if result.ndim or out is not None else float(result)


def rows(
    function: str,
    x: Any,
    axis: int,
    *,
    name: str = "x",
    out: Array | None = None,
    n_threads: int | None = None,
) -> Any:
    """The engine's function of that name, of each row along an axis."""
    result = map_rows(function, x, axis, name=name, out=out, n_threads=n_threads)
    return result if result.ndim or out is not None else float(result)
