"""What a class declares of its loss, checked, with a hint where an author has written what other libraries want."""

from __future__ import annotations

import copyreg
import inspect
import sys
from abc import ABCMeta
from pickle import PicklingError
from typing import Any

from lossreg.authoring.fields import Field, fields_of
from lossreg.errors import ParameterError
from lossreg.info import Domain
from lossreg.links import Link
from lossreg.naming import check_name
from lossreg.shown import nearest, shown

__all__ = ["METHODS", "LossType", "declared", "domain_named", "settle", "summary", "unknown", "without_name"]

METHODS = {"value": "per_element", "grad": "per_element_grad", "hess": "per_element_hess"}
TEXTS = ("name", "summary", "use_when", "formula", "source", "kinks")
ANNOTATIONS = {
    bool: "bool",
    int: "float",
    float: "float",
    str: "str",
    list: "tuple[float, ...]",
    tuple: "tuple[float, ...]",
}


class LossType(ABCMeta):
    """The type of classes of losses: pickle asks here how such a class travels."""

    def __new__(cls, name: str, bases: tuple[type, ...], members: dict[str, Any], **options: Any) -> LossType:
        """Make a class that knows its module, also where it is made by a call and not by a statement."""
        module = {"__module__": sys._getframe(1).f_globals.get("__name__", "")}
        return super().__new__(cls, name, bases, module | members, **options)


def _place(kind: LossType) -> str:
    """Where a class is imported from; cloudpickle does not ask, it takes the class with it."""
    place: Any = sys.modules.get(kind.__module__)
    for part in kind.__qualname__.split("."):
        place = getattr(place, part, None)
    if place is not kind:
        raise PicklingError(
            f"{kind.__module__}.{kind.__qualname__} cannot be imported, so pickle cannot name the class of the loss "
            f"{getattr(kind, 'name', '')}: move it to the top level of a module, or pickle with cloudpickle"
        )
    return str(kind.__qualname__)


copyreg.pickle(LossType, _place)


def settle(kind: Any) -> None:
    """Bring a new class's link and domains into their types."""
    if not isinstance(kind.link, Link):
        kind.link = Link(kind.link)
    for what in ("target", "prediction"):
        setattr(kind, what, domain_named(kind.__name__, what, getattr(kind, what)))


def domain_named(whose: str, what: str, given: object) -> Domain:
    """The domain of this name, text or member."""
    if isinstance(given, str):
        for domain in Domain:
            if _plain(given) in (_plain(domain.value), _plain(domain.name)):
                return domain
    near = nearest(given, [domain.value for domain in Domain])
    known = ", ".join(repr(domain.value) for domain in Domain)
    raise ParameterError(f"{whose}: {what}: no domain is called {shown(given)}{near or f'; there are {known}'}")


def _plain(name: str) -> str:
    return name.strip().lower().replace("_", " ").replace("-", " ")


def declared(kind: Any, base: Any) -> tuple[Field, ...]:
    """The parameters of a class, which has what a loss needs."""
    own = kind.__name__
    if not isinstance(getattr(kind, "name", None), str):
        raise ParameterError(f"{own} wants a name: write name = 'snake_case' in the class")
    check_name(kind.name)
    for what in TEXTS:
        if not isinstance(getattr(kind, what), str):
            raise ParameterError(f"{own}: {what} is a text, not {shown(getattr(kind, what))}")
    if not isinstance(kind.aliases, tuple | list) or not all(isinstance(one, str) for one in kind.aliases):
        wanted = "aliases are a tuple of names, as in aliases = ('l1',)"
        raise ParameterError(f"{own}: {wanted}, not {shown(kind.aliases)}")
    if kind.family not in ("pointwise", "row-wise"):
        raise ParameterError(f"{kind.name}: family is 'pointwise' or 'row-wise', not {shown(kind.family)}")
    for name in dir(kind):
        if name.startswith("per_element") and name not in METHODS.values():
            near = nearest(name, METHODS.values())
            raise ParameterError(f"{own}.{name} is not a method that lossreg calls{near}")
    if kind.per_element is base.per_element or not callable(kind.per_element):
        raise ParameterError(f"{own} wants a method per_element(self, y_true, y_pred)")
    return fields_of(kind, base)


def summary(kind: Any) -> str:
    """The summary that an author wrote, or else the first paragraph of the class's documentation."""
    paragraph = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")[0]
    return kind.summary or " ".join(paragraph.split())


def without_name(kind: type, value: object, fields: tuple[Field, ...]) -> TypeError:
    """The error of a parameter that is given by its place."""
    given = f"{kind.__name__}({fields[0].name}={shown(value)})" if fields else ""
    how = f"as in {given}" if given else "and are annotated fields of the class, as in scale: float = 1.0"
    return TypeError(f"{kind.__name__}({shown(value)}): the parameters of a loss are given by name, {how}")


def unknown(kind: Any, base: Any, name: str, value: object, fields: tuple[Field, ...]) -> ParameterError:
    """The error of a parameter that a class does not declare."""
    known = [field.name for field in fields]
    default = inspect.getattr_static(kind, name, None)
    if type(default) in ANNOTATIONS and not hasattr(base, name):
        written = tuple(default) if isinstance(default, list) else default
        hint = (
            f"; {name} = {shown(default)} has no annotation in the class: to make it a parameter, annotate it, as in "
            f"{name}: {ANNOTATIONS[type(default)]} = {shown(written)}"
        )
    elif kind.__init__ is not base.__init__:
        hint = f"; parameters are annotated fields of the class, as in {name}: float = 1.0, not arguments of __init__"
    else:
        hint = nearest(name, known)
    message = f"{kind.name} has no parameter {shown(name)}; it has: {', '.join(known) or 'none'}{hint}"
    return ParameterError(message, loss=kind.name, parameter=name, value=value)
