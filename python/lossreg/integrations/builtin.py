"""Objectives that are built into a booster, beside the losses of ours that they are: data for each booster's table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import lossreg
from lossreg.integrations.settings import PREFIX

__all__ = ["BuiltIn", "built_in", "refuse_foreign", "refuse_misplaced"]

StartRule = Callable[..., Any]  # of the loss, the targets and the weights


@dataclass(frozen=True)
class BuiltIn:
    """An objective of a booster, and the loss that it is.

    Attributes
    ----------
    objective : str
        Its name for the booster.
    loss : str
        The loss, as text for `lossreg.get`.
    params : dict
        The booster's parameters of that objective → those of the loss.
    hessian : str
        What the booster takes for the second derivative, as a kind of lossreg's.
    also : tuple of str
        Other names of the booster's for the same loss.
    settings : dict
        What the booster sets beside that objective, unless it is told otherwise.
    start : function, optional
        What the booster starts from, where it is not the best constant.
    refits : bool
        Whether the booster replaces the values of leaves by a statistic of their rows.
    above : bool
        Whether it takes the slope above a kink for that at the kink.
    link : str, optional
        Its link, where that is not the loss's.
    metrics : tuple of str
        The booster's metrics that know targets of several numbers, where the loss has such.
    """

    objective: str
    loss: str
    params: Mapping[str, str] = field(default_factory=dict)
    hessian: str = "exact"
    also: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    start: StartRule | None = None
    refits: bool = False
    above: bool = False
    link: str = ""
    metrics: tuple[str, ...] = ()

    def is_of(self, loss: lossreg.Loss) -> bool:
        """Whether it is this loss, with these parameters."""
        own = lossreg.get(self.loss)
        if own.name != loss.name:  # another loss may have a parameter of that name, with other bounds
            return False
        return bool(own.replace(**{ours: loss.params[ours] for ours in self.params.values()}) == loss)

    def its(self, loss: lossreg.Loss) -> dict[str, Any]:
        """The booster's parameters of the objective, with the values that the loss has."""
        return {theirs: loss.params[ours] for theirs, ours in self.params.items()}


def built_in(table: Iterable[BuiltIn], loss: lossreg.Loss) -> BuiltIn | None:
    """The objective of a booster's table that is this loss; None if it has none."""
    return next((one for one in table if one.is_of(loss)), None)


def refuse_foreign(loss: lossreg.Loss, found: BuiltIn | None, given: Any, mine: Any) -> None:
    """Refuse a built-in objective beside a loss that is another one.

    Parameters
    ----------
    loss : Loss
        The loss.
    found : BuiltIn or None
        The booster's objective that is this loss.
    given : str or None
        The objective that came.
    mine : str or None
        The objective whose name is set for the sake of its link, which may stand there too.
    """
    if given is None or given == mine or (found is not None and given in (found.objective, *found.also)):
        return
    same = f"it is {found.objective!r}" if found else "it is none of the booster's own"
    raise lossreg.ParameterError(
        f"objective is {given!r} beside {loss!r}, which is another loss: {same}; leave objective out, as loss says what is trained",
        parameter="objective",
        value=given,
    )


def refuse_misplaced(loss: lossreg.Loss, settings: Mapping[str, Any], own: Collection[str] = ()) -> None:
    """Refuse parameters of the loss among those of a booster, which ignores what it does not know.

    Parameters
    ----------
    loss : Loss
        The loss.
    settings : dict
        The booster's parameters that were given.
    own : collection of str
        The names that the booster reads itself.

    Examples
    --------
    >>> import lossreg
    >>> from lossreg.integrations.builtin import refuse_misplaced
    >>> refuse_misplaced(lossreg.get("pinball"), {"quantile": 0.9})
    Traceback (most recent call last):
    lossreg.errors.ParameterError: quantile is 0.9 beside pinball(), whose parameter it is; pass it with the loss: lossreg.get('pinball', quantile=0.9)
    """
    for name in settings.keys() - set(own):
        its = name.removeprefix(PREFIX)
        if its in loss.params and settings[name] != loss.params[its]:
            raise lossreg.ParameterError(
                f"{name} is {settings[name]!r} beside {loss!r}, whose parameter it is; "
                f"pass it with the loss: lossreg.get({loss.name!r}, {its}={settings[name]!r})",
                parameter=name,
                value=settings[name],
            )
