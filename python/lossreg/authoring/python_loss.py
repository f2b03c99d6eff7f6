"""Losses written in Python: a subclass says what the loss of an element is, in NumPy; everything else is lossreg's.

The class is a `Loss` whose elements are computed by its own methods, behind the same native door as every loss. Its
parameters are its annotated fields; an object is its name and their values, and nothing can be set afterwards.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn, cast

import numpy as np

from lossreg import _native
from lossreg.errors import DerivativeError, ParameterError
from lossreg.authoring.fields import Field, fields_of
from lossreg.info import LossInfo
from lossreg.links import Link

__all__ = ["PythonLoss"]

class PythonLoss(_native.Loss):
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
    target, prediction : str, default "real"
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
        loss = _native.Loss.__new__(cls, None)
        for field in fields:
            object.__setattr__(loss, field.name, field.checked(cls.name, params.pop(field.name, field.default)))
        if params:
            has = ", ".join(field.name for field in fields) or "none"
            raise ParameterError(f"{cls.name} has no parameter {next(iter(params))!r}; it has: {has}")
        return cast(PythonLoss, loss)

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
            target=_words(cls.target),
            prediction=_words(cls.prediction),
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

    # What a loss is besides

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter, as a fresh dict."""
        return {field.name: getattr(self, field.name) for field in self._declared()}

    def config(self) -> dict[str, Any]:
        """Return the name and the parameters that differ from their defaults: what `lossreg.get` takes."""
        return {"name": self.name, "params": self._changed()}

    def _changed(self) -> dict[str, Any]:
        return {
            field.name: list(value) if isinstance(value := getattr(self, field.name), tuple) else value
            for field in self._declared()
            if getattr(self, field.name) != field.default
        }

    def predict(self, raw: Any) -> Any:
        """Map raw scores to the scale of the target."""
        return self.link.inverse(raw)

    def init_score(self, y_true: Any, sample_weight: Any = None) -> Any:
        """Return the constant raw score with the least loss."""
        from lossreg.start import init_score

        return init_score(self, y_true, sample_weight)

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={value!r}' for key, value in self._changed().items())})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PythonLoss) and type(self) is type(other) and self.params == other.params

    def __ne__(self, other: object) -> bool:
        return not self == other  # the native class has a comparison of its own, which would come first

    def __hash__(self) -> int:
        return hash((self.name, *self.params.values()))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a loss is immutable; make another one: {self.name}({name}=...)")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"a loss is immutable; {name} cannot be deleted")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self.params)


DESCRIBED = ("name", "family", "summary", "formula", "source", "kinks", "convex")


def _words(domain: str) -> str:
    domains = _native.domains()
    if domain not in domains:
        raise ParameterError(f"no domain is called {domain!r}; there are {', '.join(domains)}")
    return domains[domain]


def _restore(kind: type[PythonLoss], params: dict[str, Any]) -> PythonLoss:
    return kind(**params)

