"""The native half of lossreg.

Written by hand from the text signatures of the module, and held to the built module by ``mypy.stubtest``.

Adversarial losses take arrays of scores where other losses take `y_true` and `y_pred`; the functions of ``lossreg.losses``
return them with types of their own.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, Literal, NoReturn, SupportsFloat, TypeAlias, final, overload

from numpy.typing import ArrayLike
from typing_extensions import disjoint_base

from lossreg.info import LossInfo
from lossreg.kinds import Array as _Array
from lossreg.kinds import HessianKind as _Curvature
from lossreg.kinds import Number as _Number
from lossreg.kinds import ParamValue as _ParamValue
from lossreg.kinds import Reduced as _Reduced
from lossreg.kinds import Reduction as _Reduction
from lossreg.links import Link
from lossreg.loss import Signatures

__all__ = [
    "Formula",
    "Kernel",
    "Loss",
    "State",
    "__version__",
    "between",
    "catalog",
    "check_params",
    "cpu_level",
    "cpu_levels",
    "formula_functions",
    "get_num_threads",
    "is_of_classes",
    "map_elements",
    "map_rows",
    "set_num_threads",
    "slope",
    "summary",
    "xla_handler",
    "xla_name",
]

_Pair: TypeAlias = tuple[_Array, _Array]

__version__: str

@final
class Formula:
    def __new__(
        cls,
        name: str,
        text: str,
        params: list[str],
        columns: list[str],
        target_columns: list[str],
        target: list[str],
        prediction: str,
        compiled: bool = True,
    ) -> Formula: ...
    def explained(self, params: dict[str, Any]) -> tuple[list[str], str | None, str]: ...
    def mentions(self, name: str) -> bool: ...

@final
class State:
    def __new__(cls, loss: Loss, reduction: _Reduced = "mean") -> State: ...
    def update(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        n_threads: int | None = None,
    ) -> State: ...
    def merge(self, other: State) -> State: ...
    def __add__(self, value: State, /) -> State: ...
    def __radd__(self, value: Literal[0], /) -> State: ...
    def result(self) -> float: ...
    @property
    def count(self) -> int | tuple[int, int]: ...
    @property
    def weight(self) -> float | tuple[float, float]: ...
    @property
    def loss(self) -> Loss: ...
    @property
    def reduction(self) -> _Reduced: ...
    def to_bytes(self) -> bytes: ...
    @staticmethod
    def from_bytes(data: bytes | bytearray | memoryview, *, loss: Loss | None = None) -> State: ...
    def __eq__(self, value: object, /) -> bool: ...
    def __copy__(self) -> State: ...
    def __deepcopy__(self, _memo: object) -> State: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def __setstate__(self, data: bytes) -> None: ...

@final
class Kernel:
    def __new__(cls, capsule: object, whose: str) -> Kernel: ...
    def described(self) -> dict[str, Any]: ...
    @property
    def key(self) -> str: ...

@disjoint_base
class Loss:
    __array_ufunc__: ClassVar[None]
    def __new__(
        cls,
        name: str | None = None,
        params: dict[str, _ParamValue] | None = None,
        definition: Formula | Kernel | None = None,
        terms: list[tuple[float, Loss]] | None = None,
        /,
    ) -> Loss: ...
    def __add__(self, other: Loss) -> Loss: ...
    def __radd__(self, other: Literal[0]) -> Loss: ...
    def __sub__(self, other: Loss) -> Loss: ...
    def __mul__(self, factor: SupportsFloat) -> Loss: ...
    def __rmul__(self, factor: SupportsFloat) -> Loss: ...
    def __truediv__(self, divisor: SupportsFloat) -> Loss: ...
    def __neg__(self) -> Loss: ...
    def __pos__(self) -> Loss: ...
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
    def grad(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: _Reduction = "mean",
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
    def hess(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: _Reduction = "mean",
        out: _Array | None = None,
        n_threads: int | None = None,
        hessian: _Curvature = "exact",
        min_hessian: float | None = None,
    ) -> _Array: ...
    def grad_and_hess(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: _Reduction = "mean",
        out: _Pair | None = None,
        n_threads: int | None = None,
        hessian: _Curvature = "exact",
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
        hessian: _Curvature = "exact",
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
        hessian: _Curvature = "exact",
        min_hessian: float | None = None,
    ) -> tuple[_Array, _Array, _Array]: ...
    def full_hessian(
        self,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        reduction: _Reduction = "mean",
        n_threads: int | None = None,
    ) -> _Array: ...
    @property
    def name(self) -> str: ...
    @property
    def params(self) -> dict[str, _ParamValue]: ...
    @property
    def __name__(self) -> str: ...
    @property
    def __qualname__(self) -> str: ...
    def _facts(self) -> dict[str, Any]: ...
    def _portable(self) -> dict[str, Any]: ...

    # Joined to the class by lossreg/loss.py, for losses of every kind.
    __signature__: Signatures
    def __init_subclass__(cls, **options: Any) -> None: ...
    @property
    def info(self) -> LossInfo: ...
    def _described(self) -> LossInfo: ...
    @classmethod
    def _made(cls, name: str, params: dict[str, Any]) -> Loss: ...
    def replace(self, **params: object) -> Loss: ...
    def state(self, reduction: _Reduced = "mean") -> State: ...
    def config(self) -> dict[str, object]: ...
    def _changed(self) -> dict[str, Any]: ...
    @property
    def link(self) -> Link: ...
    @overload
    def predict(self, raw: _Number, out: None = None, *, n_threads: int | None = None) -> float: ...
    @overload
    def predict(self, raw: ArrayLike, out: _Array | None = None, *, n_threads: int | None = None) -> _Array: ...
    def init_score(
        self,
        y_true: ArrayLike,
        sample_weight: ArrayLike | None = None,
        *,
        where: ArrayLike | None = None,
        n_classes: int | None = None,
    ) -> float | _Array: ...
    def __eq__(self, other: object) -> bool: ...
    def __hash__(self) -> int: ...
    def __reduce__(self) -> tuple[Any, ...]: ...
    def __setattr__(self, name: str, value: object) -> NoReturn: ...
    def __delattr__(self, name: str) -> NoReturn: ...
    def __dir__(self) -> Iterable[str]: ...

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
    axis: int,
    *,
    name: str = "x",
    out: _Array | None = None,
    n_threads: int | None = None,
) -> _Array: ...
def formula_functions() -> list[tuple[str, int]]: ...
def is_of_classes(text: str) -> bool: ...
def summary(
    y_true: ArrayLike, sample_weight: ArrayLike | None = None, where: ArrayLike | None = None, *, labels: bool = False
) -> dict[str, Any]: ...
def between(y: _Array, weight: _Array | None, low: float, high: float) -> tuple[_Array, _Array | None, float]: ...
def slope(loss: Loss, y: _Array, weight: _Array | None, score: float) -> tuple[float, float, float]: ...
def set_num_threads(n: int | None) -> None: ...
def get_num_threads() -> int: ...
def cpu_level() -> str: ...
def cpu_levels() -> list[str]: ...
def xla_handler() -> int: ...
def xla_name(loss: Loss, name: str) -> bool: ...
