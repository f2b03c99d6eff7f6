"""The registry: every loss by its name and aliases, whoever brought it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from threading import RLock
from typing import TYPE_CHECKING, Any, Never, TypeVar

from lossreg import loss
from lossreg.errors import ParameterError, PluginError, UnknownLossError
from lossreg.info import LossInfo, PluginInfo
from lossreg.loss import Loss
from lossreg.naming import COMBINED, DEFINED
from lossreg.registry.table import BUILT_IN, REGISTERED, Entry, Registry, built_ins, looks

if TYPE_CHECKING:
    from lossreg.authoring.python_loss import PythonLoss
    from lossreg.combination import Combination
    from lossreg.registry.plugins import Plugins
    from lossreg.typing import LossLike

__all__ = ["combine", "describe", "get", "names", "plugins", "register", "unregister"]

Offer = TypeVar("Offer", bound="Loss | type[PythonLoss]")

_registry = built_ins()
_plugins: Plugins | None = None


def _start_anew() -> None:
    _registry.lock = RLock()  # the thread that held it is not in the child
    if _plugins:
        _plugins.start_anew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


def _loader() -> Plugins:
    global _plugins  # noqa: PLW0603  (made when first needed)
    if _plugins is None:
        from lossreg.registry.plugins import Plugins

        found = Plugins(_registry)
        with _registry.lock:
            if _plugins is None:
                _plugins = found
    return _plugins


def _entry_of(name: str) -> Entry:
    key = name.strip().lower()
    entry = _registry.find(key)
    if entry is None:
        loader = _loader()
        loader.load(key)
        entry = _registry.meant(key)
        if entry is None:
            raise loader.owner_error(key) or _unknown(name, loader)
    return entry


def of_lossreg(name: str) -> bool:
    """Whether a loss of lossreg's own is called so, by it or by another library."""
    return bool(_registry.meant(name.lower()))


def _unknown(name: str, loader: Plugins) -> UnknownLossError:
    from lossreg.registry.peers import AMBIGUOUS
    from lossreg.shown import near_names, nearest, shown

    key, known = name.strip().lower(), _registry.keys()
    if meant := next((losses for peer, losses in AMBIGUOUS.items() if looks(peer) == looks(key)), None):
        message = f"{shown(name)} may be {', '.join(meant[:-1])} or {meant[-1]}; name the one you mean"
        return UnknownLossError(message, name=name, suggestions=meant)
    hint = nearest(key, known) or "; lossreg.names() lists all"
    message = f"no loss is called {shown(name)}{hint}{loader.missing()}"
    return UnknownLossError(message, name=name, suggestions=tuple(near_names(key, known)))


def _text(given: object) -> str | None:
    return given if isinstance(given, str) else None


def _no_loss(given: object, wanted: str) -> ParameterError:
    from lossreg.shown import shown

    hint = "; pass what it returns, if that is a loss, or make one of it by lossreg.define" if callable(given) else ""
    return ParameterError(f"wanted {wanted}, not {shown(given)}{hint}")


def _registered(kind: type[Loss]) -> LossInfo | None:
    """What is known of a class that is registered: with its further names, and who brought it."""
    entry = _registry.find(getattr(kind, "name", ""))
    return entry.info if entry and entry.kind is kind else None


def _misnamed(kind: type[Loss]) -> bool:
    """Whether a class that is not registered has the name of a loss that is."""
    name = getattr(kind, "name", None)
    entry = _registry.meant(name) if isinstance(name, str) else None  # losses of a class of the core's have a name each
    return entry is not None and entry.kind is not kind


def _reduced(made: Loss) -> tuple[Any, ...] | None:
    """How a loss of a plugin is pickled: by its name and its distribution, which the other side may have to install."""
    info = _registered(type(made))
    if info is None or info.provider in (BUILT_IN, REGISTERED):
        return None
    return rebuild, (made.name, made.config()["params"], info.provider)


def rebuild(name: str, params: dict[str, Any], provider: str) -> Loss:
    """Make a loss of a plugin again, from its pickle."""
    distribution, _, version = provider.partition(" ")
    where = f"the loss {name} was pickled where {provider} had brought it"
    try:
        entry = _entry_of(name)
    except UnknownLossError as error:
        message = (
            f"{where}, which is missing here: install {distribution}, or let it in if LOSSREG_PLUGINS leaves it out"
        )
        raise PluginError(message, distribution=distribution, version=version) from error
    if entry.info.provider.partition(" ")[0] != distribution:
        message = f"{where}, and here it belongs to {entry.info.provider}"
        raise PluginError(message, distribution=distribution, version=version)
    return entry.make(params)


loss.registered = _registered
loss.misnamed = _misnamed
loss.reduced = _reduced


def get(spec: LossLike, /, *misplaced: Never, **params: object) -> Loss:
    """Get a loss by its name.

    Parameters
    ----------
    spec : str, mapping or Loss
        A name or alias in any case, a call as text (``"huber(delta=1.35)"``), a sum (``"0.5*huber + 0.5*mse"``), what
        `Loss.config` returns, or a loss, which is returned as it is.
    *misplaced
        Nothing: parameters are given by name.
    **params
        Parameters of the loss; the others take their defaults.

    Returns
    -------
    Loss
        The loss.

    Raises
    ------
    UnknownLossError
        If no loss has this name.
    ParameterError
        If the loss has no such parameter, or it cannot take the value, or the specification cannot be read.
    PluginError
        If the loss belongs to a plugin that cannot be loaded.
    TypeError
        If a parameter is given without its name.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get("huber", delta=1.35)
    huber(delta=1.35)
    >>> lossreg.get("huber(delta=1.35)") == lossreg.get({"name": "huber", "params": {"delta": 1.35}})
    True
    """
    if misplaced:
        from lossreg.registry.spec import by_name

        raise TypeError(by_name(get(spec), misplaced))
    if isinstance(spec, str):
        name, given = spec, dict[str, Any]()
        if SIGNS.search(spec):
            from lossreg.registry.spec import read_text

            terms = read_text(spec)
            if isinstance(terms, list):
                if params:
                    raise ParameterError(
                        f"{spec!r} is a sum of losses; give parameters to each, as in '2*huber(delta=1.35)'"
                    )
                return combine([(_entry_of(name).made(given), weight) for weight, name, given in terms])
            name, given = terms
    elif isinstance(spec, Loss):
        if params:
            raise ParameterError(f"{spec!r} is a loss already; give parameters with its name: get({spec.name!r}, ...)")
        return spec
    elif isinstance(spec, Mapping):
        from lossreg.registry.spec import read_mapping

        name, given = read_mapping(spec)
    else:
        raise _no_loss(spec, "the name of a loss, its config() or a loss")
    if twice := sorted(given.keys() & params.keys()):
        raise ParameterError(f"{name}: {', '.join(twice)} is given twice, in the specification and as an argument")
    return _made(name, {**given, **params})


def _made(name: str, params: dict[str, Any]) -> Loss:
    if name not in MAKERS:
        return _entry_of(name).made(params)
    make, wanted = MAKERS[name]
    if sorted(params) != wanted:
        raise ParameterError(f"no loss is called {name!r}; in data it stands beside {' and '.join(wanted)}")
    made: Loss = make(**params)
    return made


def combine(
    losses: Mapping[str, float] | Mapping[Loss, float] | Iterable[tuple[LossLike, float]],
) -> Combination:
    """Make the weighted sum of losses, which is a loss itself.

    Parameters
    ----------
    losses : mapping of losses to weights, or iterable of (loss, weight)
        Losses of the same arguments, each as `get` takes it, and their weights: finite numbers.

    Returns
    -------
    Combination
        The sum. Its unreduced loss is that of the losses, times their weights, added up; ``loss.terms`` has them.

    Raises
    ------
    UnknownLossError
        If no loss has such a name.
    ParameterError
        If there is no loss, a weight is no finite number, or no arguments suit all losses.

    Examples
    --------
    >>> import lossreg
    >>> loss = lossreg.combine({"binary_focal": 0.5, "binary_cross_entropy": 0.5})
    >>> loss
    0.5*binary_focal() + 0.5*binary_cross_entropy()
    >>> loss == 0.5 * (lossreg.get("focal") + lossreg.get("bce"))
    True
    >>> lossreg.get("squared_error - 0.5*huber(delta=2.0)")([0.0], [3.0])
    7.0
    """
    pairs = losses.items() if isinstance(losses, Mapping) else losses
    try:
        terms = [(loss, weight) for loss, weight in pairs]
    except (TypeError, ValueError):
        raise _no_loss(losses, "losses with their weights, such as {'huber': 0.5, 'mse': 0.5}") from None
    from lossreg.combination import Combination

    return Combination([(get(loss), weight) for loss, weight in terms])


def _defined(definition: dict[str, Any], params: dict[str, Any]) -> Loss:
    from lossreg.authoring.formula_loss import remade

    return remade(definition, params)


# Names that data have and no loss: what makes one from others, or from a formula, and the parameters of that.
MAKERS: dict[str, Any] = {COMBINED: (combine, ["losses"]), DEFINED: (_defined, ["definition", "params"])}
SIGNS = re.compile(r"[(*/+]|^\s*-|\s-")  # what no name has


def names(family: str | None = None) -> list[str]:
    """List the canonical names of all losses, those of plugins included.

    Parameters
    ----------
    family : {"pointwise", "column-wise", "row-wise", "set-wise", "sequence", "adversarial"}, optional
        Only those of one family.

    Returns
    -------
    list of str
        Sorted.

    Raises
    ------
    ParameterError
        If there is no such family.

    Examples
    --------
    >>> import lossreg
    >>> "huber" in lossreg.names()
    True
    """
    families = ("adversarial", "column-wise", "pointwise", "row-wise", "sequence", "set-wise")
    if family is not None and _text(family) not in families:
        from lossreg.shown import shown

        raise ParameterError(f"family is one of {', '.join(map(repr, families))}, not {shown(family)}")
    _loader().load()
    return sorted(entry.info.name for entry in _registry if family in (None, entry.info.family))


def describe(name: LossLike) -> LossInfo:
    """Tell what there is to know about a loss.

    Parameters
    ----------
    name : str, mapping or Loss
        Its name or alias, or what else `get` takes.

    Returns
    -------
    LossInfo
        Family, summary, formula, parameters, domains, kinks, convexity, Hessian kinds, link, source, aliases, provider.

    Raises
    ------
    UnknownLossError
        If no loss has this name.
    ParameterError
        If it is nothing that `get` takes.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.describe("huber").params[0].default
    1.0
    """
    return _entry_of(name).info if isinstance(name, str) and not SIGNS.search(name) else get(name).info


def register(loss: Offer, *, replace: bool = False) -> Offer:
    """Register a loss for this process; also a class decorator.

    Parameters
    ----------
    loss : Loss or subclass of PythonLoss
        The loss, or its class.
    replace : bool, default False
        Whether a loss of the same name is replaced; one of lossreg itself never is.

    Returns
    -------
    Loss or subclass of PythonLoss
        What was given.

    Raises
    ------
    ParameterError
        If its name or an alias is taken.

    Examples
    --------
    >>> import lossreg
    >>> @lossreg.register
    ... class CubicError(lossreg.PythonLoss):
    ...     name = "cubic_error"
    ...
    ...     def per_element(self, y_true, y_pred):
    ...         return abs(y_pred - y_true) ** 3
    >>> lossreg.get("cubic_error")([0.0], [2.0])
    8.0
    >>> lossreg.unregister("cubic_error")
    """
    added = Registry(REGISTERED)
    added.add(loss)
    _registry.merge(added, replace=replace)
    return loss


def unregister(name: str) -> None:
    """Take a loss out of the registry of this process.

    Parameters
    ----------
    name : str
        Its name or alias. Losses of lossreg itself stay.

    Raises
    ------
    UnknownLossError
        If no loss has this name.
    ParameterError
        If the loss belongs to lossreg itself.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.unregister("huber")
    Traceback (most recent call last):
    lossreg.errors.ParameterError: huber belongs to lossreg itself and cannot be unregistered
    """
    if _text(name) is None:
        raise _no_loss(name, "the name of a loss")
    while True:
        entry = _entry_of(name)
        if entry.info.provider == BUILT_IN:
            raise ParameterError(f"{entry.info.name} belongs to lossreg itself and cannot be unregistered")
        if _registry.remove(entry):  # else another thread was first, and the name may have a new owner
            return


def plugins() -> list[PluginInfo]:
    """Load all plugins and list them.

    Returns
    -------
    list of PluginInfo
        Sorted by name: distribution, version, entry point, losses and, where it is broken, the error.

    Examples
    --------
    >>> import lossreg
    >>> for plugin in lossreg.plugins():
    ...     print(plugin.name, plugin.version, plugin.losses, plugin.error)
    """
    loader = _loader()
    loader.load()
    return loader.infos()
