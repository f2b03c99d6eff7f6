"""What there is to know about a loss, a parameter and a plugin, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from lossreg.errors import PluginError

__all__ = ["LossInfo", "ParamInfo", "PluginInfo"]


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """A parameter of a loss.

    Attributes
    ----------
    name : str
        Its name.
    kind : {"switch", "number", "integer", "per-class", "text"}
        What it is.
    default : object
        What it is if nothing is said.
    low, high : float or None
        Its bounds; None where there is none.
    low_open, high_open : bool
        Whether the bound itself is excluded.
    optional : bool
        Whether it can be None.
    scalar : bool
        Whether one number can stand for a list of them.
    doc : str
        What it does.
    """

    name: str
    kind: str
    default: Any
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False
    optional: bool = False
    scalar: bool = False
    doc: str = ""

    @property
    def bounds(self) -> str:
        """The bounds in words, such as ``"> 0 and <= 1"``; empty where there are none."""
        low = "" if self.low in (None, float("-inf")) else f"{'>' if self.low_open else '>='} {self.low:g}"
        high = "" if self.high in (None, float("inf")) else f"{'<' if self.high_open else '<='} {self.high:g}"
        return " and ".join(filter(None, (low, high)))


@dataclass(frozen=True, slots=True)
class LossInfo:
    """What there is to know about a loss.

    Attributes
    ----------
    name : str
        Its canonical name.
    family : {"pointwise", "row-wise", "adversarial"}
        Which data it takes.
    summary, formula : str
        One line on what it measures, and its formula as NumPy text.
    params : tuple of ParamInfo
        Its parameters, in order.
    target, prediction : str
        The domains: what targets and predictions may be.
    kinks : str
        Which derivative is returned where there is none.
    convex : bool or None
        Whether it is convex in the raw score; None where its author does not say.
    hessians : dict
        The kinds of second derivative that it has, and whether each is guaranteed to be at least 0.
    link : str
        The name of the link between raw scores and the scale of the target.
    source : str
        The paper or book.
    aliases : tuple of str
        Its other names.
    provider : str
        Who brought it: ``"lossreg"``, a distribution and its version, or ``"lossreg.register"``.

    Examples
    --------
    >>> import lossreg
    >>> info = lossreg.describe("quantile_loss")
    >>> info.name, info.family, info.link, info.provider
    ('pinball', 'pointwise', 'identity', 'lossreg')
    >>> info.params[0].name, info.params[0].bounds
    ('quantile', '> 0 and < 1')
    """

    name: str
    family: str
    summary: str = ""
    formula: str = ""
    params: tuple[ParamInfo, ...] = ()
    target: str = "any number"
    prediction: str = "any number"
    kinks: str = ""
    convex: bool | None = None
    hessians: Mapping[str, bool] = field(default_factory=dict, hash=False)
    link: str = "identity"
    source: str = ""
    aliases: tuple[str, ...] = ()
    provider: str = ""


@dataclass(frozen=True, slots=True)
class PluginInfo:
    """A plugin, as `lossreg.plugins` lists them.

    Attributes
    ----------
    name, version : str
        Of the distribution.
    entry_point : str
        The name of its entry point in the group ``lossreg``.
    losses : tuple of str
        The canonical names it registered, sorted; none if it is broken.
    error : PluginError or None
        Why it could not be loaded.
    """

    name: str
    version: str
    entry_point: str
    losses: tuple[str, ...] = ()
    error: PluginError | None = None
