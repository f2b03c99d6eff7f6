"""Registered losses and the tables that hold them.

Built-ins and losses of others come in by the same method, `Registry.add`. A plugin adds to a table of its own,
which is merged at once when all went well, so nothing is ever half registered.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from keyword import iskeyword
from typing import TYPE_CHECKING, Any, NamedTuple

from lossreg.errors import ParameterError
from lossreg.info import LossInfo
from lossreg.info.catalogue import BUILT_IN, CATALOGUE
from lossreg.loss import Loss

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossreg.authoring.python_loss import PythonLoss

__all__ = ["BUILT_IN", "REGISTERED", "Entry", "Registry", "built_ins"]

REGISTERED = "lossreg.register"


class Entry(NamedTuple):
    """A registered loss: what is known about it, its class, and how one with given parameters is made."""

    info: LossInfo
    kind: type[Loss]
    make: Callable[[dict[str, Any]], Loss]

    @property
    def keys(self) -> tuple[str, ...]:
        """Everything it is found by."""
        return (self.info.name, *self.info.aliases)


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
            If it is no loss, or a name of it is no identifier in lower case or is taken.
        """
        entry = _entry(loss, tuple(aliases), self._provider)
        for key in entry.keys:
            if not str(key).isidentifier() or key != key.lower() or iskeyword(key):
                raise ParameterError(
                    f"a loss is called by an identifier in lower case, such as 'log_cosh', not {key!r}"
                )
            if other := self.find(key):
                raise taken(key, other, self._provider)
        if len(set(entry.keys)) < len(entry.keys):
            raise ParameterError(f"{entry.info.name} has a name twice: {', '.join(entry.keys)}")
        self._entries.update(dict.fromkeys(entry.keys, entry))

    def find(self, key: str) -> Entry | None:
        """The loss of this name or alias."""
        return self._entries.get(key) or (self._beneath.find(key) if self._beneath else None)

    def has(self, key: str) -> bool:
        """Whether a loss of this name or alias was added to this very registry."""
        return key in self._entries

    def remove(self, entry: Entry) -> None:
        """Take a loss out again."""
        for key in entry.keys:
            del self._entries[key]

    def merge(self, other: Registry, instead_of: Entry | None = None) -> None:
        """Take over all losses of another registry, or none of them; one that is replaced goes."""
        for key, entry in other._entries.items():
            mine = self.find(key)
            if mine and (mine is not instead_of or mine.info.provider == BUILT_IN):
                raise taken(key, mine, entry.info.provider)
        if instead_of:
            self.remove(instead_of)
        self._entries.update(other._entries)

    def keys(self) -> tuple[str, ...]:
        """Every name and alias."""
        return tuple(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter([entry for key, entry in list(self._entries.items()) if key == entry.info.name])


def taken(key: str, other: Entry, provider: str) -> ParameterError:
    """The error of two who claim one name."""
    owner = other.info.provider
    whose = "lossreg itself, whose names cannot be taken" if owner == BUILT_IN else owner
    what = "the name of a loss" if key == other.info.name else f"an alias of {other.info.name}"
    fix = "; register(..., replace=True) replaces it" if provider == owner == REGISTERED else ""
    return ParameterError(f"{provider} claims {key!r}, which is {what} of {whose}{fix}")


def _entry(loss: object, aliases: tuple[str, ...], provider: str) -> Entry:
    if type(loss) is Loss:
        return _native_entry(loss.name, aliases, provider)
    from lossreg.authoring.python_loss import PythonLoss

    kind = loss if isinstance(loss, type) else type(loss)
    if not issubclass(kind, PythonLoss) or kind is PythonLoss:
        raise ParameterError(f"wanted a loss or a subclass of lossreg.PythonLoss, not {loss!r}")
    if isinstance(loss, PythonLoss) and loss.config()["params"]:
        raise ParameterError(
            f"{loss!r} has parameters other than its defaults, so that its name alone would not rebuild it; "
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
