"""Functions of elements, exact to the last places."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lossreg import traced
from lossreg.arrays import as_plain_array
from lossreg.errors import ShapeError
from lossreg.ops.running import Array, elements
from lossreg.traced import is_traced

__all__ = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "log_cosh",
    "log_ndtr",
    "log_sigmoid",
    "logit",
    "sigmoid",
    "softplus",
    "tanh",
    "where",
    "xlogy",
]


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


def expm1(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the exponential minus 1 of each element.

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
        exp(x) - 1, which keeps its digits near 0.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.expm1([0.0, 1e-20]).tolist()
    [0.0, 1e-20]
    """
    return elements("expm1", x, out=out, n_threads=n_threads)


def log1p(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the logarithm of 1 plus it of each element.

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
        log(1 + x), which keeps its digits near 0; minus infinity at -1 and NaN below.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.log1p([0.0, 1e-20]).tolist()
    [0.0, 1e-20]
    """
    return elements("log1p", x, out=out, n_threads=n_threads)


def tanh(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the hyperbolic tangent of each element.

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
        Numbers from -1 to 1.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.tanh([0.0, 1e-20, 100.0]).tolist()
    [0.0, 1e-20, 1.0]
    """
    return elements("tanh", x, out=out, n_threads=n_threads)


def log_cosh(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the logarithm of the hyperbolic cosine of each element.

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
        Numbers of at least 0: x**2/2 near 0, abs(x) - log(2) far from it.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.log_cosh([0.0, 1.0, 1000.0])
    array([0.00000000e+00, 4.33780830e-01, 9.99306853e+02])
    """
    return elements("log_cosh", x, out=out, n_threads=n_threads)


def log_ndtr(x: ArrayLike, *, out: Array | None = None, n_threads: int | None = None) -> Any:
    """Return the logarithm of the normal distribution function of each element.

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
    >>> ops.log_ndtr([0.0, -40.0]).round(10).tolist()
    [-0.6931471806, -804.6084420138]
    """
    return elements("log_ndtr", x, out=out, n_threads=n_threads)


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
    if is_traced(x, y):
        return elements("xlogy", x, y, out=out, n_threads=n_threads)
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


def where(condition: Any, x: Any, y: Any) -> Any:
    """Return the elements of `x` where a condition holds, and those of `y` where it does not.

    For arrays it is `numpy.where`. In a function that `lossreg.define` records it stands for ``if``.

    Parameters
    ----------
    condition : array_like of bool
        Where to take elements of `x`.
    x, y : array_like
        What is chosen from.

    Returns
    -------
    numpy.ndarray
        The elements chosen.

    Examples
    --------
    >>> from lossreg import ops
    >>> ops.where([True, False], [1.0, 2.0], 0.0).tolist()
    [1.0, 0.0]
    """
    return traced.call("where", condition, x, y) if is_traced(condition, x, y) else np.where(condition, x, y)
