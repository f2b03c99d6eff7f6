"""Plugins: distributions with an entry point in the group ``lossreg``, loaded when a loss of theirs is asked for.

pluggy has the hook specification and checks what a plugin implements. The loading is ours, one entry point at a time:
each is imported only when a name is asked for that nobody has, a failure stays with the one that failed, and what it
had added is dropped.

Plugins are loaded in the order of their distributions' names, except that one whose entry point is called like the
wanted loss comes first, also where another plugin claims that name. So the first keeps a name whatever is asked for
first, and a package of many plugins is loaded in full only when all names are asked for.
"""

from __future__ import annotations

import os
import re
import threading
import warnings
from collections.abc import Callable
from importlib.metadata import EntryPoint, entry_points
from types import SimpleNamespace

import pluggy

from lossreg.errors import LossregError, ParameterError, PluginError, PluginWarning
from lossreg.info import PluginInfo
from lossreg.registry.lookup import settle
from lossreg.registry.table import Registry

GROUP = "lossreg"
hookspec = pluggy.HookspecMarker("lossreg")


class Hooks:
    """What a plugin can implement."""

    @hookspec
    def lossreg_register(self, registry: Registry) -> None:
        """Add losses with ``registry.add(loss)``."""


class Plugin:
    """An entry point, and what became of it."""

    def __init__(self, entry_point: EntryPoint) -> None:
        self.entry_point = entry_point
        self.name: str = entry_point.dist.name if entry_point.dist else entry_point.module
        self.version: str = entry_point.dist.version if entry_point.dist else "of unknown version"
        self.loaded = False
        self.claims: tuple[str, ...] = ()
        self.losses: tuple[str, ...] = ()
        self.error: PluginError | None = None

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def key(self) -> str:
        """The name of the loss that it owns before all others."""
        return normal(self.entry_point.name)

    def info(self) -> PluginInfo:
        """It as plain data."""
        return PluginInfo(self.name, self.version, self.entry_point.name, self.losses, self.error)


class Plugins:
    """All plugins that the environment lets in.

    Parameters
    ----------
    registry : Registry
        Where their losses go.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        admitted = selection(os.environ.get("LOSSREG_PLUGINS", ""))
        found = [Plugin(entry_point) for entry_point in entry_points(group=GROUP)]
        found = [plugin for plugin in found if admitted(plugin.name, plugin.entry_point.name)]
        self._plugins = sorted(found, key=lambda plugin: (normal(plugin.name), plugin.entry_point.name))
        self._busy = threading.local()  # what this thread is loading: a plugin may ask for losses while it is imported

    def load(self, wanted: str | None = None) -> None:
        """Load plugins until one has brought a loss of the wanted name; all of them if there is none."""
        for plugin in sorted(self._plugins, key=lambda plugin: plugin.key != wanted):
            if wanted and self._registry.find(wanted):
                return
            self._load(plugin)

    def _load(self, plugin: Plugin) -> None:
        busy: set[Plugin] = self._busy.__dict__.setdefault("plugins", set())
        if plugin.loaded or plugin in busy:
            return
        busy.add(plugin)
        added = Registry(str(plugin), self._registry)
        try:
            call_hook(plugin.entry_point, added)
            for namesake in [other for other in self._plugins if added.has(other.key)]:
                self._load(namesake)
            settle(plugin, added)
        except (Exception, SystemExit) as error:
            self._failed(plugin, added, error)
        finally:
            busy.discard(plugin)

    def _failed(self, plugin: Plugin, added: Registry, error: BaseException) -> None:
        if isinstance(error, PluginError) and error.__cause__:
            raise error  # a namesake's, in strict mode
        why = str(error) if isinstance(error, LossregError) else f"{type(error).__name__}: {error}"
        entry_point = plugin.entry_point
        failure = PluginError(
            f"the plugin {plugin} (entry point {entry_point.name} = {entry_point.value}) could not be loaded: {why}"
        )
        failure.__cause__ = error
        plugin.claims = added.keys()
        if not settle(plugin, added, failure):
            return
        if os.environ.get("LOSSREG_STRICT_PLUGINS", "0") not in ("", "0"):
            raise failure
        warnings.warn(f"{failure}; its losses are missing", PluginWarning, stacklevel=2)

    def owner_error(self, key: str) -> PluginError | None:
        """The error of a broken plugin that would have brought this loss."""
        owners = (plugin for plugin in self._plugins if plugin.error and (plugin.key == key or key in plugin.claims))
        return next((plugin.error for plugin in owners), None)

    def infos(self) -> list[PluginInfo]:
        """What became of each."""
        return [plugin.info() for plugin in self._plugins]


def call_hook(entry_point: EntryPoint, registry: Registry) -> None:
    """Import what an entry point names, let pluggy check it, and let it add its losses."""
    plugin = entry_point.load()
    if hasattr(plugin, "lossreg_impl"):  # the hook itself
        plugin = SimpleNamespace(lossreg_register=plugin)
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(Hooks)
    manager.register(plugin)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise PluginError(
            f"{entry_point.value} has no function lossreg_register(registry) marked with @lossreg.hookimpl"
        )
    manager.hook.lossreg_register(registry=registry)


def selection(setting: str) -> Callable[[str, str], bool]:
    """Which distributions and entry points ``LOSSREG_PLUGINS`` lets in."""
    items = [item.strip() for item in setting.split(",") if item.strip()]
    if items == ["off"]:
        return lambda distribution, entry_point: False
    without = {normal(item[1:]) for item in items if item.startswith("-")}
    only = {normal(item) for item in items if not item.startswith("-")}
    if without and only:
        raise ParameterError(f"LOSSREG_PLUGINS={setting!r} mixes names to load and -names to leave out; give one kind")

    def admits(*names: str) -> bool:
        given = {normal(name) for name in names}
        return not given & without and (not only or bool(given & only))

    return admits


def normal(name: str) -> str:
    """A distribution's or entry point's name in the form in which names are compared."""
    return re.sub(r"[-_.]+", "_", name).lower()
