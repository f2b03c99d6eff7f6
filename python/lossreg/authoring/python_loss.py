"""Losses written in Python: a subclass says what the loss of an element is, in NumPy; everything else is lossreg's.

The class is a `Loss` whose elements are computed by its own methods, behind the same native door as every loss. Its
parameters are its annotated fields; an object is its name and their values, and nothing can be set afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, cast

from lossreg import loss
from lossreg.authoring import declaration
from lossreg.authoring.derivatives import Ways, full_hessian
from lossreg.authoring.fields import Field
from lossreg.info import Domain, LossInfo
from lossreg.links import Link

if TYPE_CHECKING:
    from lossreg.kinds import Array, ParamValue

__all__ = ["PythonLoss"]


class PythonLoss(loss.Loss, metaclass=declaration.LossType):
    """A loss written in NumPy code: subclass it.

    A subclass has a `name`, its parameters as annotated fields with defaults, and `per_element`; with
    `per_element_grad` and `per_element_hess` it has derivatives. They get read-only arrays in C order, of float32 or
    float64 (class indices of intp), in which every element is valid, and return unreduced arrays. Weights, masks,
    reductions, sums, checks, dtypes and pickling are lossreg's. Objects are made with the parameters as keyword arguments. A parameter is a bool, int, float,
    str, tuple[float, ...] or one of these ``| None``; ``Annotated[float, "> 0"]`` says its bounds.

    Attributes
    ----------
    name : str
        The name in the registry.
    family : {"pointwise", "row-wise"}, default "pointwise"
        Row-wise: `y_pred` is (..., K), and `per_element` returns one loss a row, (...).
    summary, use_when, formula, source, kinks : str, default ""
        For people: one line (if empty, the beginning of the class's docstring), what it does to training, the formula as
        NumPy text, the paper, the derivative where there is none.
    relations : mapping of str to str, default {}
        Other losses by name, and how this one is related to each.
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
    use_when: ClassVar[str] = ""
    formula: ClassVar[str] = ""
    source: ClassVar[str] = ""
    kinks: ClassVar[str] = ""
    aliases: ClassVar[tuple[str, ...]] = ()
    link: ClassVar[str | Link] = Link("identity")  # type: ignore[assignment] # authors write its name
    target: ClassVar[str] = "real"
    prediction: ClassVar[str] = "real"
    convex: ClassVar[bool | None] = None
    relations: ClassVar[Mapping[str, str]] = MappingProxyType({})

    _fields: ClassVar[tuple[Field, ...]]
    _numeric: ClassVar[Ways]
    _base: ClassVar[type[PythonLoss]]  # by which the native module sees what a subclass leaves out

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        declaration.settle(cls)

    def __new__(cls, *values: object, **params: object) -> PythonLoss:
        fields = cls._declared()
        if values:
            raise declaration.without_name(cls, values[0], fields)
        made = loss.Loss.__new__(cls, None)
        for field in fields:
            object.__setattr__(made, field.name, field.checked(cls.name, params.pop(field.name, field.default)))
        for name, value in params.items():
            raise declaration.unknown(cls, PythonLoss, name, value, fields)
        return cast(PythonLoss, made)

    def __init__(self, **params: object) -> None:
        pass  # all is done when it is made

    def __setattr__(self, name: str, value: object) -> NoReturn:
        if type(self).__init__ is not PythonLoss.__init__:
            raise AttributeError(
                f"a loss has no state but its parameters: write {name} as an annotated field of the class, as in "
                f"{name}: float = 1.0, and leave __init__ out"
            )
        super().__setattr__(name, value)

    @classmethod
    def _declared(cls) -> tuple[Field, ...]:
        if "_fields" not in cls.__dict__:
            cls._fields = declaration.declared(cls, PythonLoss)
        return cls._fields

    @classmethod
    def describe(cls, aliases: tuple[str, ...] = (), provider: str = "") -> LossInfo:
        """Tell what there is to know about the loss, as `lossreg.describe` does."""
        notes = Ways.of(cls).notes
        return LossInfo(
            params=tuple(field.info() for field in cls._declared()),
            hessians={"exact": False} if cls._has("hess") or Ways.of(cls).second else {},
            link=cast(Link, cls.link).name,
            summary=declaration.summary(cls),
            target=Domain(cls.target),
            prediction=Domain(cls.prediction),
            aliases=(*cls.aliases, *aliases),
            provider=provider,
            relations=dict(cls.relations),
            notes=notes,
            **{key: getattr(cls, key) for key in DESCRIBED},
        )

    # What the author writes

    def per_element(self, y_true: Array, y_pred: Array) -> Array:
        """Return the unreduced loss: of each element, or row-wise of each row."""
        raise NotImplementedError

    def per_element_grad(self, y_true: Array, y_pred: Array) -> Array:
        """Return its derivative with respect to `y_pred`, an array of the shape of `y_pred`.

        Where it is left out it is computed by a complex step or by differences, if that can be: ``info.notes`` says how.
        """
        return Ways.of(type(self)).gradient(self, y_true, y_pred)

    def per_element_hess(self, y_true: Array, y_pred: Array) -> Array:
        """Return its second derivative, the diagonal of the Hessian, an array of the shape of `y_pred`.

        Where it is left out it is computed like the first.
        """
        return Ways.of(type(self)).hessian(self, y_true, y_pred)

    full_hessian = full_hessian

    def _without(self, what: str) -> str:
        """What it is that has no such derivative, in words."""
        method = declaration.METHODS["grad" if what == "gradient" else "hess"]
        return f"{type(self).__name__} does not define {method}(y_true, y_pred)"

    @classmethod
    def _has(cls, what: str) -> bool:
        """Whether the author wrote a derivative."""
        method = declaration.METHODS[what]
        return getattr(cls, method) is not getattr(PythonLoss, method)

    # What a loss says of itself

    @property
    def params(self) -> dict[str, ParamValue]:
        """Every parameter by name."""
        return {field.name: getattr(self, field.name) for field in self._declared()}

    def _described(self) -> LossInfo:
        return loss.registered(type(self)) or self.describe()

    def _facts(self) -> dict[str, Any]:
        return {}  # no parameter changes what is declared

    @classmethod
    def _made(cls, name: str, params: dict[str, Any]) -> PythonLoss:
        return cls(**params)


PythonLoss._base = PythonLoss

DESCRIBED = ("name", "family", "use_when", "formula", "source", "kinks", "convex")
