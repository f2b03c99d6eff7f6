"""Registered losses and the tables that hold them.

Built-ins and losses of others come in by the same method, `Registry.add`. A plugin adds to a table of its own,
which is merged at once when all went well, so nothing is ever half registered.

A table's dictionary is never changed, only exchanged for another: whoever reads sees all of a change or nothing of it,
and needs no lock. The lock that writers hold covers dictionaries only; no code of others runs under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING, Any, NamedTuple

from lossreg.errors import ParameterError
from lossreg.info import LossInfo
from lossreg.info.catalogue import BUILT_IN, CATALOGUE
from lossreg.loss import Loss
from lossreg.naming import check_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossreg.authoring.python_loss import PythonLoss

__all__ = ["BUILT_IN", "REGISTERED", "Entry", "Registry", "built_ins", "looks"]

REGISTERED = "lossreg.register"
OF_CALLS = ("reduction", "sample_weight", "where", "hessian", "out", "n_threads")  # which others give to the loss


class Entry(NamedTuple):
    """A registered loss: what is known about it, its class, and how one with given parameters is made."""

    info: LossInfo
    kind: type[Loss]
    make: Callable[[dict[str, Any]], Loss]

    @property
    def keys(self) -> tuple[str, ...]:
        """Everything it is found by."""
        return (self.info.name, *self.info.aliases)

    def made(self, params: dict[str, Any]) -> Loss:
        """The loss with these parameters; what belongs to a call is said to."""
        try:
            return self.make(params)
        except ParameterError as error:
            name, known = error.parameter, {param.name for param in self.info.params}
            is_data = isinstance(error.value, list | tuple) or hasattr(error.value, "__array__")
            if name in known or not (name in OF_CALLS or is_data):
                raise
            call = f"lossreg.get({self.info.name!r})({', '.join(self.info.sides)})"
            hint = f"{name}= is given where the loss is called, not where it is made"
            message = f"{error}; {hint if name in OF_CALLS else f'data are given to the loss, as in {call}'}"
            raise ParameterError(message, loss=error.loss, parameter=name, value=error.value) from None


class Registry:
    """Losses by name.

    Parameters
    ----------
    provider : str
        Who adds to it.
    beneath : Registry, optional
        Another one, whose names are taken too.
    """

    def __init__(self, provider: str, beneath: Registry | None = None) -> None:
        self._provider = provider
        self._beneath = beneath
        self._entries: dict[str, Entry] = {}
        self.lock = RLock()

    def add(self, loss: Loss | type[PythonLoss], *, aliases: Iterable[str] = ()) -> None:
        """Add a loss.

        Parameters
        ----------
        loss : Loss or subclass of PythonLoss
            The loss: a class, or one of its losses with the default parameters.
        aliases : iterable of str, optional
            Further names besides those that the loss declares itself.

        Raises
        ------
        ParameterError
            If it is no loss, or a name of it is not in snake_case, is taken, or looks like a built-in's.
        """
        entry = _entry(loss, _listed(aliases), self._provider)
        for key in entry.keys:
            check_name(key)
            if other := self.find(key) if self._provider == BUILT_IN else self.owner(key):
                raise taken(key, other, self._provider)
        if len(set(entry.keys)) < len(entry.keys):
            raise ParameterError(f"{entry.info.name} has a name twice: {', '.join(entry.keys)}")
        with self.lock:
            self._entries = {**self._entries, **dict.fromkeys(entry.keys, entry)}

    def find(self, key: str) -> Entry | None:
        """The loss of this name or alias."""
        return self._entries.get(key) or (self._beneath.find(key) if self._beneath else None)

    def owner(self, key: str) -> Entry | None:
        """The loss of this name, or the built-in that a reader would take it for."""
        if found := self.find(key):
            return found
        own = looks(key)
        near = (e for k, e in self._entries.items() if e.info.provider == BUILT_IN and looks(k) == own)
        return next(near, None) or (self._beneath.owner(key) if self._beneath else None)

    def meant(self, key: str) -> Entry | None:
        """The loss of this name, or the built-in that another library's name means: one in its spelling, or a class's in capitals."""
        from lossreg.registry.peers import SPELLED

        if found := self.find(key):
            return found
        near = self.find(SPELLED[key]) if key in SPELLED else self.owner(key)
        return near if near and near.info.provider == BUILT_IN else None

    def remove(self, entry: Entry) -> bool:
        """Take a loss out again; False where it is not there any more."""
        with self.lock:
            if any(self._entries.get(key) is not entry for key in entry.keys):
                return False
            self._entries = {key: one for key, one in self._entries.items() if one is not entry}
            return True

    def merge(self, other: Registry, *, replace: bool = False) -> None:
        """Take over all losses of another registry, or none of them; with `replace`, those of the same names go."""
        with self.lock:
            new = {entry.info.name for entry in other} if replace else set()
            kept = {k: e for k, e in self._entries.items() if e.info.name not in new or e.info.provider == BUILT_IN}
            for key, entry in other._entries.items():
                mine = self.owner(key)
                if mine and (mine.info.provider == BUILT_IN or key in kept):
                    raise taken(key, mine, entry.info.provider)
            self._entries = {**kept, **other._entries}

    def keys(self) -> tuple[str, ...]:
        """Every name and alias."""
        return tuple(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter([entry for key, entry in self._entries.items() if key == entry.info.name])


def taken(key: str, other: Entry, provider: str) -> ParameterError:
    """The error of two who claim one name."""
    owner = other.info.provider
    whose = "lossreg itself, whose names cannot be taken" if owner == BUILT_IN else owner
    if key not in other.keys:
        near = next(name for name in other.keys if looks(name) == looks(key))
        return ParameterError(f"{provider} claims {key!r}, which looks like {near!r} of {whose}")
    what = "the name of a loss" if key == other.info.name else f"an alias of {other.info.name}"
    fix = "; register(..., replace=True) replaces it" if provider == owner == REGISTERED else ""
    return ParameterError(f"{provider} claims {key!r}, which is {what} of {whose}{fix}")


def looks(key: str) -> str:
    """A name without what an eye overlooks: case, underscores, and the many forms of one letter."""
    if not key.isascii():
        from unicodedata import normalize

        key = normalize("NFKC", key)
    return key.replace("_", "").lower()


def _listed(aliases: object) -> tuple[str, ...]:
    if isinstance(aliases, str) or not isinstance(aliases, Iterable):
        from lossreg.shown import shown

        raise ParameterError(f"aliases are a tuple of names, as in aliases = ('l1',), not {shown(aliases)}")
    return tuple(aliases)


def _entry(loss: object, aliases: tuple[str, ...], provider: str) -> Entry:
    if type(loss) is Loss:
        return _native_entry(loss.name, aliases, provider)
    from lossreg.authoring.defined_loss import DefinedLoss
    from lossreg.authoring.python_loss import PythonLoss
    from lossreg.shown import shown

    kind = loss if isinstance(loss, type) else type(loss)
    if not issubclass(kind, PythonLoss | DefinedLoss) or kind in (
        PythonLoss,
        DefinedLoss,
        *DefinedLoss.__subclasses__(),
    ):
        raise ParameterError(f"wanted a loss or a subclass of lossreg.PythonLoss, not {shown(loss)}")
    if isinstance(loss, Loss) and loss._changed():
        raise ParameterError(
            f"{shown(loss)} has parameters other than its defaults, so that its name alone would not rebuild it; "
            f"register the class {kind.__name__}, or a subclass of it with a name and defaults of its own"
        )
    return Entry(kind.describe(aliases, provider), kind, lambda params: kind(**params))


def _native_entry(name: str, aliases: tuple[str, ...], provider: str) -> Entry:
    info = CATALOGUE[name]
    info = replace(info, aliases=(*info.aliases, *aliases), provider=provider)
    return Entry(info, Loss, lambda params: Loss(name, params))


def built_ins() -> Registry:
    """A table of the losses of lossreg itself."""
    registry = Registry(BUILT_IN)
    for name in CATALOGUE:
        registry.add(Loss(name))
    return registry
