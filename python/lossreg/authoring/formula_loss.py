"""Losses that a formula defines: the text, with numbers for its parameters, is run by the native engine.

Every definition is a class of its own, made once; its losses are that class with values of its parameters. The class is known by
its definition, plain data, which is what a pickle holds.
"""

from __future__ import annotations

from dataclasses import asdict
from threading import Lock
from typing import Any, ClassVar, NamedTuple, NoReturn, cast
from weakref import WeakValueDictionary

from lossreg import _native, loss
from lossreg.authoring import declaration
from lossreg.authoring.fields import Field
from lossreg.errors import ParameterError
from lossreg.info import Domain, LossInfo, ParamInfo
from lossreg.shown import nearest, shown

__all__ = ["Definition", "FormulaLoss"]


class Definition(NamedTuple):
    """All that a formula loss is."""

    name: str
    text: str
    params: tuple[ParamInfo, ...]
    target: str
    prediction: str
    link: str
    summary: str
    source: str
    compiled: bool = True

    def plain(self) -> dict[str, Any]:
        """It as plain data."""
        return self._asdict() | {"params": [asdict(param) for param in self.params]}


class FormulaLoss(loss.Loss, metaclass=declaration.LossType):
    """A loss that `lossreg.define` made of a formula."""

    name: ClassVar[str]
    target: ClassVar[Any]
    prediction: ClassVar[Any]

    _definition: ClassVar[Definition]
    _fields: ClassVar[tuple[Field, ...]]
    _formula: ClassVar[_native.Formula]

    _params: dict[str, Any]

    def __new__(cls, **params: Any) -> FormulaLoss:
        values = {field.name: field.checked(cls.name, params.pop(field.name, field.default)) for field in cls._fields}
        for name, value in params.items():
            known = ", ".join(values) or "none"
            message = f"{cls.name} has no parameter {shown(name)}; it has: {known}{nearest(name, values)}"
            raise ParameterError(message, loss=cls.name, parameter=name, value=value)
        made = loss.Loss.__new__(cls, None, values, cls._formula)
        object.__setattr__(made, "_params", values)
        return cast(FormulaLoss, made)

    def __init__(self, **params: Any) -> None:
        pass  # all is done when it is made

    @classmethod
    def of(cls, definition: Definition) -> type[FormulaLoss]:
        """The class of a definition."""
        with LOCK:
            kind = KINDS.get(definition)
        if kind is None:
            kind = _kind(definition)
            with LOCK:
                kind = KINDS.setdefault(definition, kind)
        return kind

    @classmethod
    def describe(cls, aliases: tuple[str, ...] = (), provider: str = "") -> LossInfo:
        """Tell what there is to know about the loss, as `lossreg.describe` does."""
        stable, twin, kinks = cls._formula.explained({field.name: field.default for field in cls._fields})
        notes = [f"computed in a stable form: {form}" for form in stable]
        if twin is not None:
            notes = [f"the formula of {twin}, whose compiled code runs"]
        own = cls._definition
        return LossInfo(
            name=own.name,
            family="pointwise",
            summary=own.summary,
            formula=own.text,
            params=own.params,
            target=Domain(cls.target),
            prediction=Domain(cls.prediction),
            hessians={"exact": False, "unit": True},
            link=own.link,
            kinks=kinks,
            source=own.source,
            aliases=aliases,
            provider=provider,
            notes=tuple(notes),
        )

    @property
    def params(self) -> dict[str, Any]:
        """Every parameter by name."""
        return dict(self._params)

    def _described(self) -> LossInfo:
        return loss.registered(type(self)) or self.describe()

    def _facts(self) -> dict[str, Any]:
        return {"hessians": super()._facts()["hessians"]}

    @classmethod
    def _made(cls, name: str, params: dict[str, Any]) -> FormulaLoss:
        return cls(**params)

    def __reduce__(self) -> tuple[Any, ...]:
        return loss.reduced(self) or (remade, (self._definition.plain(), self._changed()))

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a loss is immutable; loss.replace({name}=...) returns another one")


KINDS: WeakValueDictionary[Definition, type[FormulaLoss]] = WeakValueDictionary()
LOCK = Lock()
BOUNDS = (("low", ">"), ("high", "<"))


def _kind(definition: Definition) -> type[FormulaLoss]:
    names = [param.name for param in definition.params]
    domains = Domain(definition.target), Domain(definition.prediction)
    members: dict[str, Any] = {
        "name": definition.name,
        "__doc__": definition.summary or None,
        "__module__": __name__,
        "target": domains[0],
        "prediction": domains[1],
        "_definition": definition,
        "_fields": tuple(map(_field, definition.params)),
        "_formula": _native.Formula(definition.name, definition.text, names, *domains, compiled=definition.compiled),
    }
    return cast("type[FormulaLoss]", declaration.LossType(definition.name, (FormulaLoss,), members))


def _field(param: ParamInfo) -> Field:
    """A parameter with the check of its values."""
    bounds = [
        (sign + ("" if getattr(param, f"{end}_open") else "="), getattr(param, end))
        for end, sign in BOUNDS
        if getattr(param, end) is not None
    ]
    kind = bool if param.kind == "switch" else float
    return Field(param.name, kind, param.optional, param.default, tuple(bounds))


def remade(definition: dict[str, Any], params: dict[str, Any]) -> FormulaLoss:
    """Make a loss again, from its pickle."""
    infos = tuple(ParamInfo(**param) for param in definition["params"])
    return FormulaLoss.of(Definition(**(definition | {"params": infos})))(**params)
