"""Losses written in Python: a subclass says what the loss of an element is, in NumPy; everything else is here.

The class is a `Loss` without native code behind it, so every consumer of losses takes it as it is. Its parameters are
its annotated fields; an object is its name and their values, and nothing can be set afterwards.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, cast

import numpy as np

from lossreg import loss
from lossreg.authoring.arguments import Arguments
from lossreg.authoring.fields import Field, fields_of
from lossreg.errors import DerivativeError, DtypeError, ParameterError, PluginError
from lossreg.info import Domain, LossInfo
from lossreg.links import Link

__all__ = ["PythonLoss"]

METHODS = {"value": "per_element", "grad": "per_element_grad", "hess": "per_element_hess"}


class PythonLoss(loss.Loss):
    """A loss written in NumPy code: subclass it.

    A subclass has a `name`, its parameters as annotated fields with defaults, and `per_element`; with
    `per_element_grad` and `per_element_hess` it has derivatives. Weights, masks, reductions, checks, dtypes and
    pickling are lossreg's. Objects are made with the parameters as keyword arguments. A parameter is a bool, int, float,
    str, tuple[float, ...] or one of these ``| None``; ``Annotated[float, "> 0"]`` says its bounds.

    Attributes
    ----------
    name : str
        The name in the registry.
    family : {"pointwise", "row-wise"}, default "pointwise"
        Row-wise: `y_pred` is (..., K), and `per_element` returns one loss a row, (...).
    summary, formula, source, kinks : str, default ""
        For people: one line, the formula as NumPy text, the paper, the derivative where there is none.
    aliases : tuple of str, default ()
        Other names.
    link : str or Link, default "identity"
        Between raw scores and the scale of the target.
    target, prediction : str or lossreg.info.Domain, default "real"
        The domains, checked before `per_element` sees an array: ``"real"``, ``"non-negative"``, ``"positive"``,
        ``"label"``, ``"soft label"`` or ``"probability"``.
    convex : bool or None, default None
        Whether the loss is convex in `y_pred`.

    Examples
    --------
    >>> from typing import Annotated
    >>> import numpy as np
    >>> import lossreg
    >>> class ScaledError(lossreg.PythonLoss):
    ...     name = "scaled_error"
    ...     scale: Annotated[float, "> 0"] = 1.0
    ...
    ...     def per_element(self, y_true, y_pred):
    ...         return np.square((y_pred - y_true) / self.scale)
    ...
    ...     def per_element_grad(self, y_true, y_pred):
    ...         return 2 * (y_pred - y_true) / self.scale**2
    >>> loss = ScaledError(scale=2.0)
    >>> loss([0.0, 0.0], [2.0, 4.0])
    2.5
    >>> loss.grad([0.0, 0.0], [2.0, 4.0], reduction="sum")
    array([1., 2.])
    """

    name: ClassVar[str]
    family: ClassVar[str] = "pointwise"
    summary: ClassVar[str] = ""
    formula: ClassVar[str] = ""
    source: ClassVar[str] = ""
    kinks: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    link: ClassVar[Any] = Link("identity")
    target: ClassVar[str] = "real"
    prediction: ClassVar[str] = "real"
    convex: ClassVar[bool | None] = None

    _fields: ClassVar[tuple[Field, ...]]

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if isinstance(cls.link, str):
            cls.link = Link(cls.link)

    def __new__(cls, **params: Any) -> PythonLoss:
        fields = cls._declared()
        made = loss.Loss.__new__(cls, None)
        for field in fields:
            object.__setattr__(made, field.name, field.checked(cls.name, params.pop(field.name, field.default)))
        if params:
            has = ", ".join(field.name for field in fields) or "none"
            name, value = next(iter(params.items()))
            message = f"{cls.name} has no parameter {name!r}; it has: {has}"
            raise ParameterError(message, loss=cls.name, parameter=name, value=value)
        return cast(PythonLoss, made)

    def __init__(self, **params: Any) -> None:
        pass  # all is done when it is made

    @classmethod
    def _declared(cls) -> tuple[Field, ...]:
        if "_fields" not in cls.__dict__:
            if not isinstance(getattr(cls, "name", None), str):
                raise ParameterError(f"{cls.__name__} wants a name: write name = 'snake_case' in the class")
            if cls.family not in ("pointwise", "row-wise"):
                raise ParameterError(f"{cls.name}: family is 'pointwise' or 'row-wise', not {cls.family!r}")
            if cls.per_element is PythonLoss.per_element:
                raise ParameterError(f"{cls.__name__} wants a method per_element(self, y_true, y_pred)")
            cls._fields = fields_of(cls, PythonLoss)
        return cls._fields

    @classmethod
    def describe(cls, aliases: tuple[str, ...] = (), provider: str = "") -> LossInfo:
        """Tell what there is to know about the loss, as `lossreg.describe` does."""
        has_hessian = cls.per_element_hess is not PythonLoss.per_element_hess
        return LossInfo(
            params=tuple(field.info() for field in cls._declared()),
            hessians={"exact": False} if has_hessian else {},
            link=cls.link.name,
            target=Domain(cls.target),
            prediction=Domain(cls.prediction),
            aliases=(*cls.aliases, *aliases),
            provider=provider,
            **{key: getattr(cls, key) for key in DESCRIBED},
        )

    # What the author writes

    def per_element(self, y_true: np.ndarray[Any, Any], y_pred: np.ndarray[Any, Any]) -> Any:
        """Return the unreduced loss: of each element, or row-wise of each row."""
        raise NotImplementedError

    def per_element_grad(self, y_true: np.ndarray[Any, Any], y_pred: np.ndarray[Any, Any]) -> Any:
        """Return its derivative with respect to `y_pred`, an array of the shape of `y_pred`."""
        self._lacks("gradient", "per_element_grad")

    def per_element_hess(self, y_true: np.ndarray[Any, Any], y_pred: np.ndarray[Any, Any]) -> Any:
        """Return its second derivative, the diagonal of the Hessian, an array of the shape of `y_pred`."""
        self._lacks("Hessian", "per_element_hess")

    def _lacks(self, what: str, method: str) -> NoReturn:
        raise DerivativeError(
            f"{self.name} has no {what}: {type(self).__name__} does not define {method}(y_true, y_pred)"
        )

    # Evaluating

    def __call__(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        *,
        where: Any = None,
        reduction: str = "mean",
        out: Any = None,
        n_threads: int | None = None,
    ) -> Any:
        """Return the loss: a float, or with ``reduction="none"`` an array."""
        return self._run(("value",), y_true, y_pred, sample_weight, where, reduction, (out,), n_threads)[0]

    value = __call__

    def grad(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        *,
        where: Any = None,
        reduction: str = "mean",
        out: Any = None,
        n_threads: int | None = None,
    ) -> Any:
        """Return the derivative of the reduced loss with respect to `y_pred`."""
        return self._run(("grad",), y_true, y_pred, sample_weight, where, reduction, (out,), n_threads)[0]

    def value_and_grad(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        *,
        where: Any = None,
        reduction: str = "mean",
        out: Any = None,
        n_threads: int | None = None,
    ) -> Any:
        """Return the loss and its derivative."""
        return self._run(("value", "grad"), y_true, y_pred, sample_weight, where, reduction, (None, out), n_threads)

    def hess(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        *,
        where: Any = None,
        reduction: str = "mean",
        out: Any = None,
        n_threads: int | None = None,
        hessian: str = "exact",
        min_hessian: float | None = None,
    ) -> Any:
        """Return the second derivative of the reduced loss, the diagonal of its Hessian."""
        curvature = (hessian, min_hessian)
        return self._run(("hess",), y_true, y_pred, sample_weight, where, reduction, (out,), n_threads, curvature)[0]

    def grad_and_hess(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        *,
        where: Any = None,
        reduction: str = "mean",
        out: Any = None,
        n_threads: int | None = None,
        hessian: str = "exact",
        min_hessian: float | None = None,
    ) -> Any:
        """Return the first and the second derivative of the reduced loss."""
        curvature, outs = (hessian, min_hessian), _pair(out)
        return self._run(("grad", "hess"), y_true, y_pred, sample_weight, where, reduction, outs, n_threads, curvature)

    def value_grad_hess(
        self,
        y_true: Any,
        y_pred: Any,
        sample_weight: Any = None,
        *,
        where: Any = None,
        reduction: str = "mean",
        out: Any = None,
        n_threads: int | None = None,
        hessian: str = "exact",
        min_hessian: float | None = None,
    ) -> Any:
        """Return the loss, its first and its second derivative."""
        wanted, outs, curvature = ("value", "grad", "hess"), (None, *_pair(out)), (hessian, min_hessian)
        return self._run(wanted, y_true, y_pred, sample_weight, where, reduction, outs, n_threads, curvature)

    def full_hessian(self, *arguments: Any, **options: Any) -> Any:
        """Losses written in Python have the diagonal of the Hessian alone."""
        raise DerivativeError(f"{self.name} is written in Python: it has the diagonal hess(...), no full Hessian")

    def _run(
        self,
        wanted: tuple[str, ...],
        y_true: Any,
        y_pred: Any,
        sample_weight: Any,
        where: Any,
        reduction: str,
        outs: tuple[Any, ...],
        n_threads: Any,
        curvature: tuple[str | None, float | None] = ("exact", None),
    ) -> tuple[Any, ...]:
        if n_threads is not None and not (_whole(n_threads) and n_threads >= 1):
            raise ParameterError(f"n_threads is {n_threads!r}; wanted None or a whole number of at least 1")
        if curvature[0] not in ("exact", None):
            raise ParameterError(f"hessian is {curvature[0]!r}; this loss has 'exact'")
        if curvature[1] is not None and not np.isfinite(curvature[1]):
            raise ParameterError(f"min_hessian is {curvature[1]}; wanted None or a finite number")
        arguments = Arguments(
            y_true,
            y_pred,
            sample_weight,
            where,
            reduction,
            row_wise=self.family == "row-wise",
            target=Domain(self.target),
            prediction=Domain(self.prediction),
        )
        shapes = [arguments.shape if what == "value" else arguments.x.shape for what in wanted]
        for i, (out, shape) in enumerate(zip(outs, shapes, strict=True)):
            if out is not None and (wanted[i] != "value" or reduction == "none"):
                arguments.check_out(out, shape, *(other for other in outs[:i] if other is not None))
        results = [self._unreduced(what, arguments, shape) for what, shape in zip(wanted, shapes, strict=True)]
        if curvature[1] is not None:
            results[-1] = np.maximum(results[-1], curvature[1])
        return tuple(
            arguments.value(result, out) if what == "value" else arguments.derivative(result, out)
            for what, result, out in zip(wanted, results, outs, strict=True)
        )

    def _unreduced(self, what: str, arguments: Arguments, shape: tuple[int, ...]) -> np.ndarray[Any, Any]:
        method = METHODS[what]
        if not arguments.count and getattr(type(self), method) is not getattr(PythonLoss, method):
            return np.zeros(shape)
        with np.errstate(all="ignore"):  # NaN and inf are results
            result = np.asarray(getattr(self, method)(arguments.y, arguments.x))
        if result.shape != shape or result.dtype.kind not in "biuf":
            provider = self._described().provider
            whose = f"{self.name} ({provider})" if provider else self.name
            raise PluginError(
                f"{type(self).__name__}.{method} of the loss {whose} returned shape {result.shape} and dtype "
                f"{result.dtype}; wanted shape {shape} and numbers"
            )
        return result

    # What a loss says of itself

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter by name."""
        return {field.name: getattr(self, field.name) for field in self._declared()}

    def _described(self) -> LossInfo:
        return loss.registered(type(self)) or self.describe()

    def _facts(self) -> dict[str, Any]:
        return {}  # no parameter changes what is declared

    @classmethod
    def _made(cls, name: str, params: dict[str, Any]) -> PythonLoss:
        return cls(**params)


DESCRIBED = ("name", "family", "summary", "formula", "source", "kinks", "convex")


def _whole(n: Any) -> bool:
    return isinstance(n, int | np.integer) and not isinstance(n, bool)


def _pair(out: Any) -> tuple[Any, Any]:
    if out is None:
        return None, None
    if not isinstance(out, tuple) or len(out) != 2:
        raise DtypeError("out must be a tuple of two arrays here, one for the gradient and one for the Hessian")
    return out
