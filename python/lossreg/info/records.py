"""What there is to know about a loss, a parameter and a plugin, as plain data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lossreg.errors import PluginError
from lossreg.info.domains import Domain, Start
from lossreg.shown import number

if TYPE_CHECKING:
    from lossreg.kinds import ParamValue

__all__ = ["LossInfo", "ParamInfo", "PluginInfo"]

INNER_AXES = {"column-wise": 1, "row-wise": 1, "set-wise": 1, "sequence": 2}


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """A parameter of a loss.

    Attributes
    ----------
    name : str
        Its name.
    kind : {"switch", "number", "integer", "axes", "per-class", "thresholds", "choice", "text"}
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
    special : tuple of float
        Values at which the formula has a case or a limit of its own.
    choices : tuple of str
        The words that it can be.
    doc : str
        What it does.
    """

    name: str
    kind: str
    default: ParamValue
    low: float | None = None
    low_open: bool = False
    high: float | None = None
    high_open: bool = False
    optional: bool = False
    scalar: bool = False
    special: tuple[float, ...] = ()
    choices: tuple[str, ...] = ()
    doc: str = ""

    @property
    def bounds(self) -> str:
        """The bounds in words, such as ``"> 0 and <= 1"``; empty where there are none."""
        low = "" if self.low in (None, float("-inf")) else f"{'>' if self.low_open else '>='} {number(self.low)}"
        high = "" if self.high in (None, float("inf")) else f"{'<' if self.high_open else '<='} {number(self.high)}"
        return " and ".join(filter(None, (low, high)))


@dataclass(frozen=True, slots=True)
class LossInfo:
    """What there is to know about a loss.

    Attributes
    ----------
    name : str
        Its canonical name.
    family : {"pointwise", "column-wise", "row-wise", "set-wise", "sequence", "adversarial"}
        Which data it takes.
    summary, use_when, formula : str
        What it measures, what it does to training and so when to use it, and its formula as NumPy text.
    params : tuple of ParamInfo
        Its parameters, in order.
    sides : tuple of str
        The names of its array arguments, in order: ``("y_true", "y_pred")``, or those of an adversarial loss.
    coupled : bool
        Whether the loss of a score depends on all others, as where it is seen relative to the mean of the other side: parts of
        the data do not tell that of the whole, so there are no states, and weighted sums of losses are without it.
    columns : tuple of str
        Where an element is predicted by or compared with several numbers: the names of those that predict it, in the
        order of the last axis of ``y_pred``, which has no such axis for one number.
    target_columns : tuple of str
        The names of the numbers of its target, in the order of the last axis of ``y_true``; none where it is one number.
    target_domains : tuple of Domain
        What each number of its target may be, where these differ; none where `target` says it of all.
    target, prediction : Domain
        What targets and predictions may be. They may depend on parameters: those of ``loss.info`` are right for the
        parameters of the loss, those of ``describe(name)`` for the defaults.
    raw_switch : str or None
        The parameter that says whether predictions are raw scores, such as ``"from_logits"``.
    kinks : str
        Which derivative is returned where there is none.
    convex : bool or None
        Whether it is convex in the raw score; None where its author does not say.
    hessians : dict
        The kinds of second derivative that it has, and whether each is guaranteed to be at least 0.
    link : str
        The name of the link between raw scores and the scale of the target.
    start : Start
        How the start value is found.
    relations : dict
        Other losses by name, and how this one is related to each.
    source : str
        The paper or book.
    aliases : tuple of str
        Its other names.
    provider : str
        Who brought it: ``"lossreg"``, a distribution and its version, or ``"lossreg.register"``.
    notes : tuple of str
        What else there is to know of losses of others: which parts of a formula are computed in a stable form, which
        derivatives are made of differences.

    Examples
    --------
    >>> import lossreg
    >>> info = lossreg.describe("quantile_loss")
    >>> info.name, info.family, info.link, info.provider
    ('pinball', 'pointwise', 'identity', 'lossreg')
    >>> info.params[0].name, info.params[0].bounds
    ('quantile', '> 0 and < 1')
    >>> info.target, str(info.target)
    (<Domain.REAL: 'real'>, 'any number')
    >>> lossreg.get("tweedie", power=2.0).info.target.words
    'numbers above 0'
    """

    name: str
    family: str
    summary: str = ""
    use_when: str = ""
    formula: str = ""
    params: tuple[ParamInfo, ...] = ()
    sides: tuple[str, ...] = ("y_true", "y_pred")
    coupled: bool = False
    columns: tuple[str, ...] = ()
    target_columns: tuple[str, ...] = ()
    target_domains: tuple[Domain, ...] = ()
    target: Domain = Domain.REAL
    prediction: Domain = Domain.REAL
    raw_switch: str | None = None
    kinks: str = ""
    convex: bool | None = None
    hessians: Mapping[str, bool] = field(default_factory=dict, hash=False)
    link: str = "identity"
    start: Start = Start.SEARCH
    relations: Mapping[str, str] = field(default_factory=dict, hash=False)
    source: str = ""
    aliases: tuple[str, ...] = ()
    provider: str = ""
    notes: tuple[str, ...] = ()

    @property
    def target_words(self) -> str:
        """What targets may be, in words."""
        each = zip(self.target_columns, self.target_domains, strict=False)  # none where one domain is that of all
        return ", ".join(f"{name} {domain}" for name, domain in each) or str(self.target)

    @property
    def inner_axes(self) -> int:
        """How many axes of predictions have one loss together: the last, or those that the parameter ``axis`` says."""
        return 0 if len(self.columns) == 1 else INNER_AXES.get(self.family, 0)


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
