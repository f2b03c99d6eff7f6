"""The functions that losses are made of, run by the engine: stable, to the last places, on all threads.

They take whatever a loss takes (any dtype, layout and byte order, lists, frames, tensors on the CPU) and keep its
precision: float32 stays float32, float16 and bfloat16 become float32, all else float64. Results have the same bits for any
number of threads and on any CPU. A single number gives a ``float``.

Errors are in units in the last place (ULP) of the result, over the whole range, subnormal results included: 1 for
`exp`, `log`, `log1p`, `logit`, `sigmoid`, `log_sigmoid` and `softplus`, 1.2 for `expm1` and `tanh`, 2.1 for `xlogy`, 2 for
`log_cosh`, `softmax` and `log_softmax`, 4 for `log_ndtr`.
`logsumexp` is within 2 ULP of the larger of itself and the row's maximum, which it may cancel. Infinities give limits, NaN
gives NaN, and so does what lies outside of a function's domain.

In a function that `lossreg.define` records they make parts of the formula.

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

from lossreg.ops.of_elements import (
    exp,
    expm1,
    log,
    log1p,
    log_cosh,
    log_ndtr,
    log_sigmoid,
    logit,
    sigmoid,
    softplus,
    tanh,
    where,
    xlogy,
)
from lossreg.ops.of_rows import log_softmax, logsumexp, softmax
from lossreg.ops.running import elements as elements
from lossreg.ops.running import rows as rows

__all__ = [
    "exp",
    "expm1",
    "log",
    "log1p",
    "log_cosh",
    "log_ndtr",
    "log_sigmoid",
    "log_softmax",
    "logit",
    "logsumexp",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
    "where",
    "xlogy",
]
