"""What the installed distributions say of their plugins, however broken one of them is.

`importlib.metadata.entry_points` gives nothing at all where a single file of a single distribution cannot be read, so
each distribution is asked by itself, and only those that name the group ``lossreg`` are looked at any closer.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from importlib import metadata
from importlib.metadata import Distribution, EntryPoint
from pathlib import PurePath
from typing import Any, NamedTuple

from lossreg.errors import ParameterError, PluginError
from lossreg.shown import escaped, reason

__all__ = ["GROUP", "Claim", "claims", "normal", "switch"]

GROUP = "lossreg"
UNKNOWN = "of unknown version"


class Claim(NamedTuple):
    """An entry point: its distribution, that one's version, its name and value as messages show them."""

    distribution: str
    version: str
    name: str
    value: str
    fault: PluginError | None = None  # what is wrong before anything is imported

    def load(self) -> Any:
        """Import what it names."""
        if self.fault:
            raise self.fault
        return EntryPoint(self.name, self.value, GROUP).load()

    @property
    def module(self) -> str:
        """The module that is imported for it."""
        return self.value.partition(":")[0].strip()


def claims(setting: str) -> list[Claim]:
    """Every entry point of the group that ``LOSSREG_PLUGINS`` lets in, by distribution and name."""
    admitted = selection(setting)
    if admitted is None:
        return []
    found = [claim for claim in _all() if admitted(claim.distribution, claim.name)]
    return sorted(found, key=lambda claim: (normal(claim.distribution), claim.name))


def _all() -> Iterator[Claim]:
    met: set[str] = set()
    distributions = iter(metadata.distributions())
    while True:
        try:
            distribution = next(distributions)
        except StopIteration:
            return
        except Exception as error:  # a finder of somebody's
            fault = PluginError(f"not all installed distributions could be listed: {reason(error)}")
            yield Claim("installed distributions", UNKNOWN, "", "", fault)
            return
        if not _lines(distribution):
            continue
        name = _told(distribution, "Name")
        if normal(name) not in met:
            met |= {normal(name)} - {""}
            yield from _claims_of(_first(name, distribution), name)


def _lines(distribution: Distribution) -> list[str]:
    """The lines of the group, none of which need be right."""
    try:
        text = distribution.read_text("entry_points.txt") or ""
    except Exception:  # a file of whoever; ours or not cannot be told
        return []
    section, lines = "", []
    for line in map(str.strip, text.splitlines()):
        if line.startswith("["):
            section = line.strip("[] ")
        elif section == GROUP and line and not line.startswith("#"):
            lines.append(line)
    return lines


def _claims_of(distribution: Distribution, called: str) -> Iterator[Claim]:
    version = _told(distribution, "Version") or UNKNOWN
    for line in _lines(distribution):
        name, equals, value = (part.strip() for part in line.partition("="))
        fault = None
        if not (equals and name and EntryPoint.pattern.match(value)):
            fault = PluginError(
                f"its entry_points.txt has the line {escaped(line)!r} in [{GROUP}]; wanted name = module or "
                "name = module:object"
            )
        yield Claim(escaped(called or value.partition(":")[0]), escaped(version), escaped(name), escaped(value), fault)


def _told(distribution: Distribution, what: str) -> str:
    """The name or the version in the metadata, or for want of them in the name of the folder; else nothing."""
    try:
        said = distribution.metadata
        told = said[what] if what in said else None  # noqa: SIM401  (it has no get to type checkers; without a look, newer Pythons warn)
    except Exception:
        told = None
    if isinstance(told, str) and told.strip():
        return told.strip()
    folder = PurePath(str(getattr(distribution, "_path", ""))).name
    match = re.fullmatch(r"(?P<Name>[^-]+)-(?P<Version>[^-]+)\.dist-info", folder)
    return match[what] if match else ""


def _first(name: str, distribution: Distribution) -> Distribution:
    """The distribution of this name that comes first on the path and hides the others, as an import would have it."""
    try:
        return metadata.distribution(name) if name else distribution
    except Exception:
        return distribution


def selection(setting: str) -> Callable[..., bool] | None:
    """Which distributions and entry points ``LOSSREG_PLUGINS`` lets in; None where it lets in none at all."""
    items = [item.strip() for item in setting.split(",") if item.strip()]
    if [item.lower() for item in items] == ["off"]:
        return None
    without = {normal(item[1:]) for item in items if item.startswith("-")}
    only = {normal(item) for item in items if not item.startswith("-")}
    if without and only:
        raise ParameterError(f"LOSSREG_PLUGINS={setting!r} mixes names to load and -names to leave out; give one kind")

    def admits(*names: str) -> bool:
        given = {normal(name) for name in names}
        return not given & without and (not only or bool(given & only))

    return admits


def switch(variable: str) -> bool:
    """Whether a variable of the environment is on."""
    setting = os.environ.get(variable, "").strip().lower()
    if setting in ("", "0", "off", "false", "no"):
        return False
    if setting in ("1", "on", "true", "yes"):
        return True
    raise ParameterError(f"{variable}={os.environ[variable]!r}; wanted 1, on, true, yes, or 0, off, false, no")


def normal(name: str) -> str:
    """A distribution's or entry point's name in the form in which names are compared (PEP 503, with underscores)."""
    return re.sub(r"[-_.]+", "_", name.strip()).lower()
