"""The native half of lossreg.

Written by hand from the text signatures of the module, and held to the built module by ``mypy.stubtest``.

Adversarial losses take arrays of scores where other losses take `y_true` and `y_pred`: ``d(real_scores, fake_scores)`` in
this order, by position or by these names; their derivatives are pairs in that order. A loss of one array is called
``g(fake_scores)``, with a ``# type: ignore[call-overload]`` where types are checked.
"""

from typing import Any, Literal, TypeAlias, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray
from typing_extensions import disjoint_base

from lossreg.links import Link

__all__ = [
    "Loss",
    "__version__",
    "catalog",
    "check_params",
    "cpu_level",
    "cpu_levels",
    "get_num_threads",
    "map_elements",
    "map_rows",
    "set_num_threads",
]

_Array: TypeAlias = NDArray[np.floating[Any]]
_Pair: TypeAlias = tuple[_Array, _Array]
_Reduced: TypeAlias = Literal["mean", "sum", "weighted_mean"]

__version__: str

@disjoint_base
class Loss:
    def __new__(cls, name: str | None = None, params: dict[str, Any] | None = None, /) -> Loss: ...
    @overload
    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: _Reduced = "mean",
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> float: ...
    @overload
    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> _Array: ...
    @overload
    def __call__(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: str,
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> Any: ...
    @overload
    def value(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: _Reduced = "mean",
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> float: ...
    @overload
    def value(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> _Array: ...
    @overload
    def value(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: str,
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> Any: ...
    def grad(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: str = "mean",
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> _Array: ...
    @overload
    def value_and_grad(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: _Reduced = "mean",
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> tuple[float, _Array]: ...
    @overload
    def value_and_grad(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> tuple[_Array, _Array]: ...
    @overload
    def value_and_grad(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: str,
        out: _Array | None = None,
        n_threads: int | None = None,
    ) -> Any: ...
    def hess(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: str = "mean",
        out: _Array | None = None,
        n_threads: int | None = None,
        hessian: str = "exact",
        min_hessian: float | None = None,
    ) -> _Array: ...
    def grad_and_hess(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: str = "mean",
        out: _Pair | None = None,
        n_threads: int | None = None,
        hessian: str = "exact",
        min_hessian: float | None = None,
    ) -> _Pair: ...
    @overload
    def value_grad_hess(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: _Reduced = "mean",
        out: _Pair | None = None,
        n_threads: int | None = None,
        hessian: str = "exact",
        min_hessian: float | None = None,
    ) -> tuple[float, _Array, _Array]: ...
    @overload
    def value_grad_hess(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: Literal["none"],
        out: _Pair | None = None,
        n_threads: int | None = None,
        hessian: str = "exact",
        min_hessian: float | None = None,
    ) -> tuple[_Array, _Array, _Array]: ...
    @overload
    def value_grad_hess(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: str,
        out: _Pair | None = None,
        n_threads: int | None = None,
        hessian: str = "exact",
        min_hessian: float | None = None,
    ) -> Any: ...
    def full_hessian(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: str = "mean",
        n_threads: int | None = None,
    ) -> _Array: ...
    @property
    def name(self) -> str: ...
    @property
    def params(self) -> dict[str, Any]: ...
    def config(self) -> dict[str, Any]: ...
    @property
    def link(self) -> Link: ...
    def predict(self, raw: ArrayLike) -> Any: ...
    def init_score(self, y_true: ArrayLike, sample_weight: ArrayLike | None = None) -> float | _Array: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __ne__(self, value: object, /) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...

def catalog() -> list[dict[str, Any]]: ...
def check_params(name: str, params: dict[str, Any]) -> dict[str, Any]: ...
def map_elements(
    function: str,
    x: ArrayLike,
    y: ArrayLike | None = None,
    *,
    name: str = "x",
    out: _Array | None = None,
    n_threads: int | None = None,
) -> _Array: ...
def map_rows(
    function: str,
    x: ArrayLike,
    axis: int = -1,
    *,
    name: str = "x",
    out: _Array | None = None,
    n_threads: int | None = None,
) -> _Array: ...
def set_num_threads(n: int | None) -> None: ...
def get_num_threads() -> int: ...
def cpu_level() -> str: ...
def cpu_levels() -> list[str]: ...
