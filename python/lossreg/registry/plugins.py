"""Plugins: distributions with an entry point in the group ``lossreg``, loaded when a loss of theirs is asked for.

pluggy has the hook specification and checks what a plugin implements. The loading is ours, one entry point at a time:
each is imported only when a name is asked for that nobody has, a failure stays with the one that failed, and what it
had added is dropped.

Plugins are loaded in the order of their distributions' names, except that one whose entry point is called like the
wanted loss comes first, also where another plugin claims that name; of two entry points of one name, the first. What
one has brought stays, so a package of many plugins is loaded in full only when all names are asked for.

No lock is held while a plugin runs. A thread that asks for losses meanwhile waits for it, unless the plugin is being
loaded by that very thread or waits for it in its turn; a plugin that waits for a thread in any other way is waited for
once, for as long as `PATIENCE`, and its losses are missing until it is done.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from threading import Condition, get_ident
from types import ModuleType, SimpleNamespace

import pluggy

from lossreg.errors import LossregError, ParameterError, PluginError, PluginWarning
from lossreg.info import PluginInfo
from lossreg.registry.distributions import GROUP, Claim, claims, normal, switch
from lossreg.registry.table import Registry
from lossreg.shown import reason

PATIENCE = 30.0  # seconds: longer than an import that only is slow
GLANCE = 0.05  # seconds between looks at an import that is not ours and tells nobody when it is done
hookspec = pluggy.HookspecMarker("lossreg")


class Hooks:
    """What a plugin can implement."""

    @hookspec
    def lossreg_register(self, registry: Registry) -> None:
        """Add losses with ``registry.add(loss)``."""


class Plugin:
    """An entry point, and what became of it."""

    def __init__(self, claim: Claim) -> None:
        self.claim = claim
        self.key = normal(claim.name)  # the name of the loss that it owns before all others
        self.thread: int | None = None  # which is loading it
        self.loaded = False
        self.late = False  # somebody has waited for it in vain
        self.names: tuple[str, ...] = ()  # what it claimed, where it failed
        self.losses: tuple[str, ...] = ()
        self.error: PluginError | None = None

    def __str__(self) -> str:
        return f"{self.claim.distribution} {self.claim.version}"

    def info(self) -> PluginInfo:
        """It as plain data."""
        return PluginInfo(self.claim.distribution, self.claim.version, self.claim.name, self.losses, self.error)


class Plugins:
    """All plugins that the environment lets in.

    Parameters
    ----------
    registry : Registry
        Where their losses go.
    """

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._strict = switch("LOSSREG_STRICT_PLUGINS")
        self._plugins = [Plugin(claim) for claim in claims(os.environ.get("LOSSREG_PLUGINS", ""))]
        self._owners = {plugin.key: plugin for plugin in reversed(self._plugins)}
        self.start_anew()

    def start_anew(self) -> None:
        """Forget other threads, which a forked child does not have."""
        self._changed = Condition()
        self._waiting: dict[int, Plugin] = {}
        for plugin in self._plugins:
            plugin.thread = plugin.thread if plugin.thread == get_ident() else None

    def load(self, wanted: str | None = None) -> None:
        """Load plugins until one has brought a loss of the wanted name; all of them if there is none."""
        for plugin in sorted(self._plugins, key=lambda plugin: plugin.key != wanted):
            if wanted and self._registry.find(wanted):
                return
            self._load(plugin)

    def _load(self, plugin: Plugin) -> None:
        if not self._begin(plugin):
            return
        try:
            added = Registry(str(plugin), self._registry)
            failure = _run(plugin, added)
            if failure is None:
                claimed = added.keys()
                for key in claimed:
                    self._load(self._owners.get(key, plugin))
                failure = self._settle(plugin, added)
            if failure is not None:
                self._fail(plugin, added, failure)
        finally:
            with self._changed:
                plugin.thread = None
                self._changed.notify_all()

    def _begin(self, plugin: Plugin) -> bool:
        """Whether this thread is to load a plugin, which no other does then."""
        me = get_ident()
        with self._changed:
            self._waiting[me] = plugin
            try:
                end = time.monotonic() + PATIENCE
                while self._elsewhere(plugin) and not self._waits_for(plugin, me):
                    plugin.late = plugin.late or time.monotonic() > end
                    if plugin.late:
                        return False
                    self._changed.wait(GLANCE)
            finally:
                del self._waiting[me]
            if plugin.loaded or plugin.thread is not None or _importing(plugin.claim.module):
                return False
            plugin.thread = me
            return True

    @staticmethod
    def _elsewhere(plugin: Plugin) -> bool:
        """Whether another thread is loading a plugin, or importing its module."""
        if plugin.loaded or plugin.thread == get_ident() or _importing(plugin.claim.module):
            return False
        return plugin.thread is not None or _importing(plugin.claim.module, here=False)

    def _waits_for(self, plugin: Plugin | None, thread: int) -> bool:
        """Whether the thread that loads a plugin waits for one that this thread loads."""
        met = set[int | None]()
        while plugin and plugin.thread not in met:
            if plugin.thread == thread:
                return True
            met.add(plugin.thread)
            plugin = self._waiting.get(plugin.thread) if plugin.thread is not None else None
        return False

    def _settle(self, plugin: Plugin, added: Registry) -> ParameterError | None:
        try:
            self._registry.merge(added)
        except ParameterError as error:  # another took a name meanwhile
            return error
        plugin.losses = tuple(sorted(entry.info.name for entry in added))
        plugin.loaded = True
        return None

    def _fail(self, plugin: Plugin, added: Registry, failure: BaseException) -> None:
        why = reason(failure)
        if isinstance(failure, LossregError):
            why = why.partition(": ")[2] or why  # a sentence of its own
        claim = plugin.claim
        where = f" (entry point {claim.name} = {claim.value})" if claim.value else ""
        plugin.names = added.keys()
        message = f"the plugin {plugin}{where} could not be loaded: {why}"
        plugin.error = PluginError(message, distribution=claim.distribution, version=claim.version)
        plugin.error.__cause__ = failure
        plugin.loaded = True
        if self._strict:
            raise plugin.error
        warnings.warn(f"{plugin.error}; its losses are missing", PluginWarning, stacklevel=2)

    def owner_error(self, key: str) -> PluginError | None:
        """The error of a broken plugin that would have brought this loss."""
        owners = (plugin for plugin in self._plugins if plugin.error and (plugin.key == key or key in plugin.names))
        return next((plugin.error for plugin in owners), None)

    def missing(self) -> str:
        """Why losses may be missing; empty where none are."""
        broken = ", ".join(str(plugin) for plugin in self._plugins if plugin.error)
        late = ", ".join(str(plugin) for plugin in self._plugins if not plugin.loaded)
        notes = [
            f"these plugins could not be loaded: {broken}; lossreg.plugins() says why" if broken else "",
            f"these plugins are still being imported: {late}; ask again when that is done" if late else "",
        ]
        return f" ({'; '.join(filter(None, notes))})" if broken or late else ""

    def infos(self) -> list[PluginInfo]:
        """What became of each."""
        return [plugin.info() for plugin in self._plugins]


def _run(plugin: Plugin, added: Registry) -> BaseException | None:
    """Import a plugin and let it add its losses; what went wrong, whatever it is, unless somebody wants us to stop."""
    try:
        call_hook(plugin.claim, added)
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:
        return error
    return None


def call_hook(claim: Claim, registry: Registry) -> None:
    """Import what an entry point names, let pluggy check it, and let it add its losses."""
    plugin = claim.load()
    if hasattr(plugin, "lossreg_impl"):  # the hook itself
        plugin = SimpleNamespace(lossreg_register=plugin)
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(Hooks)
    manager.register(plugin)
    manager.check_pending()
    if not manager.get_hookcallers(plugin):
        raise PluginError(f"{claim.value} has no function lossreg_register(registry) marked with @lossreg.hookimpl")
    manager.hook.lossreg_register(registry=registry)


def _importing(name: str, here: bool = True) -> bool:
    """Whether a module is being imported with code of it on this thread's stack, or else one of its packages by another.

    A module that is half imported has no hook yet, and to import it a second time is to wait for the first.
    """
    parts = name.split(".")
    names = [name] if here else [".".join(parts[: i + 1]) for i in range(len(parts))]
    found = [module for each in names if isinstance(module := sys.modules.get(each), ModuleType)]
    spaces = [object.__getattribute__(module, "__dict__") for module in found]  # a lazy one stays lazy
    unfinished = [space for space in spaces if getattr(space.get("__spec__"), "_initializing", False)]
    if not unfinished:
        return False
    frame, running = sys._getframe(), set[int]()
    while frame.f_back:
        frame = frame.f_back
        running.add(id(frame.f_globals))
    by_us = [id(space) in running for space in unfinished]
    return any(by_us) if here else not all(by_us)
