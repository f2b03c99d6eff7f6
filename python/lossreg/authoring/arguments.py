"""The arguments of a loss that is written in Python, looked at once: converted, checked, and reduced in the end.

The rules are those of the native losses: nothing is broadcast between targets and predictions, a weight or a mask has
the shape of the unreduced loss or its leading dimensions, and a masked element contributes 0 whatever it holds. To keep
masked garbage from the author's code too, masked elements are replaced by a counted one before the code sees them.
Sums are NumPy's pairwise ones in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lossreg.errors import AliasError, DtypeError, EmptyError, ParameterError, ShapeError
from lossreg.info import domains

__all__ = ["Arguments"]

REDUCTIONS = ("mean", "sum", "none", "weighted_mean")
EMPTY = "use reduction='sum' or 'none', or check for it before the call"


class Arguments:
    """The arguments of one call.

    Attributes
    ----------
    y, x : numpy.ndarray
        Targets and predictions as the loss sees them.
    shape : tuple of int
        The shape of the unreduced loss.
    dtype : numpy.dtype
        The dtype of the derivatives, float32 or float64.
    count : int
        How many elements count.
    """

    def __init__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any,
        where: Any,
        reduction: str | None,
        *,
        row_wise: bool,
        target: domains.Domain,
        prediction: domains.Domain,
    ) -> None:
        reduction = "mean" if reduction is None else reduction
        if reduction not in REDUCTIONS:
            raise ParameterError(f"reduction is {reduction!r}; wanted one of {', '.join(map(repr, REDUCTIONS))}")
        y, x = _plain(y_true, "y_true"), _plain(y_pred, "y_pred")
        self.inputs = {"y_true": y, "y_pred": x}
        self.dtype = _floating(x.dtype) or np.dtype(np.float64)
        self.shape = x.shape[:-1] if row_wise else x.shape
        labels = row_wise and y.ndim == x.ndim - 1
        if row_wise and not x.ndim:
            raise ShapeError("y_pred is a single number; wanted rows of classes, of shape (..., K)")
        if y.shape != (self.shape if labels else x.shape):
            raise ShapeError(_mismatch(y.shape, x.shape, row_wise))
        self.x = x.astype(max(self.dtype, _floating(y.dtype) or self.dtype), copy=False)
        self.y = y if labels else y.astype(self.x.dtype, copy=False)
        self.mask = self._spread(where, "where", bool)
        self.weight = self._spread(sample_weight, "sample_weight", np.float64)
        self.count = int(np.prod(self.shape) if self.mask is None else np.count_nonzero(self.mask))
        if self.mask is not None and 0 < self.count < self.mask.size:
            first = np.unravel_index(int(np.argmax(self.mask)), self.shape)
            self.y, self.x = (np.where(_over(self.mask, a), a, a[first]) for a in (self.y, self.x))
        if self.count:
            domains.check("y_pred", self.x, prediction)
            self.y = _indices(self.y, self.x.shape[-1]) if labels else self.y
            if not labels:
                domains.check("y_true", self.y, target)
        self.reduction = reduction
        self._divisor = self._divide()

    def _spread(self, given: Any, name: str, dtype: Any) -> np.ndarray[Any, Any] | None:
        """A weight or a mask, with its elements repeated over the dimensions that it leaves out."""
        if given is None:
            return None
        array = _plain(given, name)
        if dtype is bool and array.dtype.kind not in "biu":
            raise DtypeError(f"{name} has dtype {array.dtype}; wanted bool (for weights use sample_weight=)")
        if array.shape != self.shape[: array.ndim]:
            raise ShapeError(
                f"{name} has shape {array.shape}; wanted that of the unreduced loss, {self.shape}, or of its "
                "leading axes"
            )
        self.inputs[name] = array
        array = array.reshape(array.shape + (1,) * (len(self.shape) - array.ndim)).astype(dtype, copy=False)
        return np.broadcast_to(array, self.shape)

    def _divide(self) -> float:
        if self.reduction in ("none", "sum"):
            return 1.0
        if not self.count:
            raise EmptyError(f"the mean over no valid elements is undefined; {EMPTY}")
        if self.reduction == "mean" or self.weight is None:
            return float(self.count)
        total = float(np.sum(self.weight) if self.mask is None else np.sum(self.weight[self.mask]))
        if total == 0:
            raise EmptyError(f"the mean over weights that sum to zero is undefined; {EMPTY}")
        return total

    def value(self, unreduced: np.ndarray[Any, Any], out: Any = None) -> Any:
        """The reduced value of the unreduced losses."""
        weighted = self._weighted(unreduced)
        if self.reduction == "none":
            return self.write(weighted, out)
        if out is not None:
            raise ParameterError("out= takes an array for unreduced values; use it with reduction='none'")
        return float(np.sum(weighted, dtype=np.float64)) / self._divisor

    def derivative(self, unreduced: np.ndarray[Any, Any], out: Any = None) -> Any:
        """The derivative of the reduced value, from those of the unreduced losses."""
        return self.write(self._weighted(unreduced) / self._divisor, out)

    def _weighted(self, unreduced: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        weighted = unreduced.astype(np.float64)
        if self.weight is not None:
            weighted *= _over(self.weight, weighted)
        return weighted if self.mask is None else np.where(_over(self.mask, weighted), weighted, 0.0)

    def write(self, result: np.ndarray[Any, Any], out: Any) -> np.ndarray[Any, Any]:
        """The result in its dtype, in the array it is wanted in."""
        if out is None:
            return np.array(result, dtype=self.dtype)
        np.copyto(out, result, casting="same_kind")
        return out  # type: ignore[no-any-return]

    def check_out(self, out: Any, shape: tuple[int, ...], *others: Any) -> None:
        """Refuse an output that cannot be written to, or that overlaps an input in part or another output."""
        if type(out) is not np.ndarray:
            raise DtypeError(f"out must be a numpy.ndarray to write to, not {type(out).__name__}")
        if not out.flags.writeable:
            raise ParameterError("out is read-only; pass a writable array, for example numpy.empty_like(y_pred)")
        if out.dtype != self.dtype or not out.dtype.isnative:
            raise DtypeError(f"out has dtype {out.dtype}; the result is {self.dtype}")
        if out.shape != shape:
            raise ShapeError(f"out has shape {out.shape}; the result has {shape}")
        for name, array in [*self.inputs.items(), *(("the other output", other) for other in others)]:
            if np.may_share_memory(out, array) and not (name == "y_pred" and _same(out, array)):
                raise AliasError(
                    f"out overlaps {name}; pass y_pred itself to work in place, or an array of its own memory"
                )


def _plain(given: Any, name: str) -> np.ndarray[Any, Any]:
    if type(given) is np.ndarray:
        array = given
    else:
        from lossreg.arrays import as_plain_array

        array = as_plain_array(given, name)
    if array.dtype.kind not in "biu" and _floating(array.dtype) is None:
        raise DtypeError(f"{name} has dtype {array.dtype}; wanted bool, an integer or a float of at most 64 bits")
    return array


def _floating(dtype: np.dtype[Any]) -> np.dtype[Any] | None:
    """The dtype in which floats of this one are computed."""
    if (dtype.kind == "f" and dtype.itemsize <= 8) or dtype.name == "bfloat16":
        return np.dtype(np.float64 if dtype.itemsize == 8 else np.float32)
    return None


def _over(array: np.ndarray[Any, Any], elements: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """One number a row, beside the classes of the row."""
    return array if array.ndim == elements.ndim else array[..., None]


def _same(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> bool:
    return a.ctypes.data == b.ctypes.data and a.shape == b.shape and a.strides == b.strides and a.dtype == b.dtype


def _indices(labels: np.ndarray[Any, Any], classes: int) -> np.ndarray[Any, Any]:
    wrong = ~((labels >= 0) & (labels < classes) & (labels == np.floor(labels)))
    if wrong.any():
        raise domains.outside("y_true", labels, wrong, f"a class index from 0 to {classes - 1}")
    return labels.astype(np.intp)


def _mismatch(y: tuple[int, ...], x: tuple[int, ...], row_wise: bool) -> str:
    shapes = f"y_true has shape {y} and y_pred has shape {x}"
    if row_wise:
        return f"{shapes}; wanted one class index a row, {x[:-1]}, or a row of shares, {x}"
    if np.prod(y) == np.prod(x):
        return f"{shapes}; if they belong together, pass y_true.reshape(y_pred.shape)"
    return f"{shapes}; wanted the same shape, nothing is broadcast"
