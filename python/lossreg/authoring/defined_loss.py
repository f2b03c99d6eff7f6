"""Losses that the native engine runs and others have defined, by a formula or a compiled kernel.

Every definition is a class of its own, made once; its losses are that class with values of its parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, ClassVar, NoReturn, TypeVar, cast
from weakref import WeakValueDictionary

from lossreg import _native, loss
from lossreg.authoring import declaration
from lossreg.authoring.fields import Field
from lossreg.errors import ParameterError
from lossreg.info import LossInfo
from lossreg.shown import nearest, shown

__all__ = ["DefinedLoss", "kind_of"]

Kind = TypeVar("Kind", bound="type[DefinedLoss]")


class DefinedLoss(loss.Loss, metaclass=declaration.LossType):
    """A loss that `lossreg.define` or `lossreg.from_kernel` made."""

    name: ClassVar[str]

    _fields: ClassVar[tuple[Field, ...]]
    _compiled: ClassVar[_native.Formula | _native.Kernel]

    _params: dict[str, Any]

    def __new__(cls, **params: Any) -> DefinedLoss:
        values = {field.name: field.checked(cls.name, params.pop(field.name, field.default)) for field in cls._fields}
        for name, value in params.items():
            known = ", ".join(values) or "none"
            message = f"{cls.name} has no parameter {shown(name)}; it has: {known}{nearest(name, values)}"
            raise ParameterError(message, loss=cls.name, parameter=name, value=value)
        made = loss.Loss.__new__(cls, None, values, cls._compiled)
        object.__setattr__(made, "_params", values)
        return cast(DefinedLoss, made)

    def __init__(self, **params: Any) -> None:
        pass  # all is done when it is made

    @classmethod
    def describe(cls, aliases: tuple[str, ...] = (), provider: str = "") -> LossInfo:
        """Tell what there is to know about the loss, as `lossreg.describe` does."""
        raise NotImplementedError

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter by name."""
        return dict(self._params)

    def _described(self) -> LossInfo:
        return loss.registered(type(self)) or self.describe()

    @classmethod
    def _made(cls, name: str, params: dict[str, Any]) -> DefinedLoss:
        return cls(**params)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a loss is immutable; loss.replace({name}=...) returns another one")


KINDS: WeakValueDictionary[Hashable, type[DefinedLoss]] = WeakValueDictionary()
LOCK = Lock()


def kind_of(definition: Hashable, make: Callable[[], Kind]) -> Kind:
    """The class of a definition: always the same one while it is in use."""
    with LOCK:
        kind = KINDS.get(definition)
    if kind is None:
        kind = make()
        with LOCK:
            kind = KINDS.setdefault(definition, kind)
    return cast(Kind, kind)
