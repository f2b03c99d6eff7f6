"""The annotated fields of a class as the parameters of a loss: what each may be, and the check that it is.

Bounds are metadata of the annotation, in the words of the documentation: ``delta: Annotated[float, "> 0"] = 1.0``.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from inspect import get_annotations
from numbers import Integral, Real
from types import NoneType, UnionType
from typing import Annotated, Any, ClassVar, NamedTuple, Optional, Union, get_args, get_origin, get_type_hints

import numpy as np

from lossreg.errors import ParameterError
from lossreg.info import ParamInfo
from lossreg.shown import number, shown

__all__ = ["Field", "field_of", "fields_of", "parameter", "parameters"]

KINDS: dict[Any, tuple[str, str]] = {
    bool: ("switch", "True or False"),
    int: ("integer", "a whole number"),
    float: ("number", "a finite number"),
    str: ("text", "a text"),
    tuple[float, ...]: ("per-class", "a list of finite numbers"),
}
RECORD = ("default", "low", "low_open", "high", "high_open", "optional", "doc")
BOUNDS = (("low", ">"), ("high", "<"))
MUTABLE = (list, dict, set, bytearray, np.ndarray)
OPERATORS = {">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le}
BOUND = re.compile(r"\s*([<>]=?)\s*([-+.\deE]+)\s*")


# Known in annotations that are texts wherever the class stands, such as inside a function.
WORDS = {"Annotated": Annotated, "ClassVar": ClassVar, "Optional": Optional, "Union": Union}


class Field(NamedTuple):
    """A parameter: its name, the type it is annotated with, whether None will do, its default and its bounds."""

    name: str
    type: Any
    optional: bool
    default: Any
    bounds: tuple[tuple[str, float], ...]

    def checked(self, loss: str, value: Any) -> Any:
        """The value in the parameter's own type."""
        if value is None and self.optional:
            return None
        plain = _converted(self.type, value)
        numbers = plain if isinstance(plain, tuple) else (plain,)
        if plain is None or not all(OPERATORS[sign](x, bound) for sign, bound in self.bounds for x in numbers):
            bounds = " and".join(f" {sign} {number(bound)}" for sign, bound in self.bounds)
            wanted = KINDS[self.type][1] + bounds + (", or None" if self.optional else "")
            message = f"{loss}: {self.name} is {shown(value)}; wanted {wanted}"
            raise ParameterError(message, loss=loss, parameter=self.name, value=value)
        return plain

    def info(self) -> ParamInfo:
        """It as plain data."""
        return bounded(ParamInfo(self.name, KINDS[self.type][0], self.default, optional=self.optional), self.bounds)


def fields_of(kind: type, base: type) -> tuple[Field, ...]:
    """The parameters that a class and its parents up to the base declare, in the order they are written."""
    try:
        hints = get_type_hints(kind, localns=WORDS, include_extras=True)
    except Exception as error:
        raise ParameterError(f"{kind.__name__}: its annotations cannot be read: {error}") from error
    parents = [parent for parent in reversed(kind.__mro__) if issubclass(parent, base) and parent is not base]
    names = dict.fromkeys(name for parent in parents for name in get_annotations(parent))
    told = get_annotations(base)
    return tuple(
        _field(kind, name, hints[name], base)
        for name in names
        if name not in told and get_origin(hints[name]) is not ClassVar
    )


def _field(kind: type, name: str, hint: Any, base: type) -> Field:
    where = f"{kind.__name__}: the parameter {name}"
    words: tuple[Any, ...] = ()
    if get_origin(hint) is Annotated:
        hint, words = get_args(hint)[0], get_args(hint)[1:]
    optional = get_origin(hint) in (Union, UnionType) and NoneType in get_args(hint) and len(get_args(hint)) == 2
    if optional:
        hint = next(arg for arg in get_args(hint) if arg is not NoneType)
    if hint not in KINDS:
        wanted = "a bool, int, float, str or tuple[float, ...], or one of these | None"
        raise ParameterError(f"{where} must be {wanted}, not {shown(hint)}")
    if name.startswith("_") or hasattr(base, name):
        raise ParameterError(f"{where} needs another name: a loss has an attribute called so already")
    if not hasattr(kind, name):
        raise ParameterError(f"{where} needs a default: write {name}: {getattr(hint, '__name__', hint)} = ...")
    default = getattr(kind, name)
    if isinstance(default, MUTABLE):
        written = tuple(default) if isinstance(default, list) else "(1.0, 2.0)"
        raise ParameterError(f"{where} has a default that can be changed, {shown(default)}; write a tuple: {written}")
    bounds = tuple(bound for text in words for bound in bounds_of(str(text), where))
    field = Field(name, hint, optional, None, bounds)
    return field._replace(default=field.checked(kind.__name__, default))


def bounds_of(text: str, where: str) -> tuple[tuple[str, float], ...]:
    """Bounds in the words of the documentation."""
    return tuple(_bound(part, where) for part in text.split(" and "))


def bounded(info: ParamInfo, bounds: Iterable[tuple[str, float]]) -> ParamInfo:
    """A parameter with bounds."""
    for sign, bound in bounds:
        if sign[0] == ">":
            info = replace(info, low=bound, low_open=sign == ">")
        else:
            info = replace(info, high=bound, high_open=sign == "<")
    return info


def field_of(param: ParamInfo) -> Field:
    """A number, whole number or switch that is described as plain data, with the check of its values."""
    bounds = [
        (sign + ("" if getattr(param, f"{end}_open") else "="), getattr(param, end))
        for end, sign in BOUNDS
        if getattr(param, end) is not None
    ]
    kind = next((kind for kind, (name, _) in KINDS.items() if name == param.kind), float)
    return Field(param.name, kind, param.optional, param.default, tuple(bounds))


def parameters(loss: str, given: Any) -> Iterable[tuple[str, Any]]:
    """The names of parameters with what an author gives for each: the items of a mapping."""
    if not isinstance(given, Mapping):
        wanted = "a mapping of names to defaults, such as {'delta': 1.0}"
        raise ParameterError(f"{shown(loss)}: params is {shown(given)}; wanted {wanted}")
    if other := [name for name in given if not isinstance(name, str)]:
        raise ParameterError(f"{shown(loss)}: params has the name {shown(other[0])}, which is no text")
    return given.items()


def parameter(where: str, name: str, given: Any) -> ParamInfo:
    """A number or switch as plain data, from what an author gives for it: a default, a default with bounds, or a record."""
    if isinstance(given, ParamInfo):
        info = replace(given, name=name)
    elif isinstance(given, Mapping):
        if unknown := [key for key in given if key not in RECORD]:
            raise ParameterError(f"{where} has {shown(unknown[0])}; a record has {', '.join(RECORD)}")
        info = ParamInfo(name, "number", **{"default": None, **given})
    elif isinstance(given, tuple) and len(given) == 2 and isinstance(given[1], str):
        info = bounded(ParamInfo(name, "number", given[0]), bounds_of(given[1], where))
    else:
        info = ParamInfo(name, "number", given)
    return _settled(where, info)


def _settled(where: str, info: ParamInfo) -> ParamInfo:
    """A parameter whose kind is that of its default, a finite number, a bool or None."""
    bounds: tuple[tuple[str, Any], ...] = (("low", info.low), ("high", info.high))
    for what, bound in bounds:
        if not (bound is None or (isinstance(bound, int | float | np.number) and bound == bound)):
            raise ParameterError(f"{where} has {what}={shown(bound)}; wanted a number or None")
    doc: Any = info.doc
    if not isinstance(doc, str):
        raise ParameterError(f"{where} has doc={shown(doc)}; wanted a text")
    default: Any = info.default
    if isinstance(default, bool | np.bool_):
        return replace(info, kind="switch", default=bool(default))
    if default is None:
        return replace(info, kind="number", optional=True)
    finite = _finite(default) if isinstance(default, Real) else None
    if finite is None:
        wanted = "a finite number, a bool or None, or a pair such as (1.0, '> 0')"
        raise ParameterError(f"{where} has the default {shown(default)}; wanted {wanted}")
    return replace(info, kind="number", default=finite)


def _bound(text: str, where: str) -> tuple[str, float]:
    match = BOUND.fullmatch(text)
    if not match:
        raise ParameterError(f"{where} has the bounds {text!r}; write them as in Annotated[float, '> 0 and <= 1']")
    return match[1], float(match[2])


def _converted(kind: Any, value: Any) -> Any:
    """The value as one of the kind, or None where it is none."""
    truth = isinstance(value, (bool, np.bool_))
    if kind is bool:
        return bool(value) if truth else None
    if kind is str:
        return str(value) if isinstance(value, str) else None
    if kind is int:
        return int(value) if isinstance(value, Integral) and not truth else None
    if kind is float:
        return _finite(value) if isinstance(value, Real) and not truth else None
    if isinstance(value, str) or not hasattr(value, "__iter__"):
        return None
    items = [_converted(float, item) for item in value]
    return None if None in items else tuple(items)


def _finite(value: Real) -> float | None:
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):  # beyond every float, or without its promise
        return None
    return number if math.isfinite(number) else None
