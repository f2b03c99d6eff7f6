"""Weighted sums of losses of the same arguments, which are losses themselves.

A sum is flat and holds each loss once. What all its losses have in common it has too: arguments, classes, the parameters of
one value. Losses of elements may stand beside those of rows or of sets and count with their means over each: so the mean of
the sum is the sum of the means. Where losses differ so much that no arguments suit all of them, there is no such sum.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np

from lossreg._native import Loss
from lossreg.errors import ParameterError
from lossreg.info import Domain, LossInfo, Start
from lossreg.info.catalogue import BUILT_IN
from lossreg.info.formulas import with_values
from lossreg.links import Link
from lossreg.naming import COMBINED
from lossreg.shown import shown

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossreg.kinds import ParamValue

__all__ = ["Combination", "Term"]

# What every row has to be read by; each loss of a sum that has the parameter has one value of it.
AGREED = ("axis", "ignore_index")
SHARED = ("sides", "columns", "target_columns", "target_domains")
# Families beside which losses of elements may stand.
WIDE = ("row-wise", "set-wise")


class Term(NamedTuple):
    """A loss of a sum and its weight."""

    loss: Loss
    weight: float


class Combination(Loss):
    """A weighted sum of losses.

    `lossreg.combine` and arithmetic on losses make it. Its value and its derivatives are those of its losses, times their
    weights, added up for each element; masks, weights of elements and reductions follow, as in any loss. Beside losses of
    rows or sets, a loss of elements counts with its mean over each row or set, so that reduced means are added up.

    Attributes
    ----------
    terms : tuple of Term
        Its losses and their weights, each loss once.

    Examples
    --------
    >>> import lossreg
    >>> loss = 0.5 * lossreg.get("huber") + 2 * lossreg.get("squared_error")
    >>> loss
    0.5*huber() + 2.0*squared_error()
    >>> loss.terms[1].weight
    2.0
    >>> loss([0.0, 0.0], [1.0, 3.0])
    10.75
    >>> both = lossreg.get("0.5*dice + bce")  # an overlap and a mean over elements
    >>> both([1, 0, 1], [2.0, -1.0, 0.5])
    0.4062461409797334
    """

    terms: tuple[Term, ...]

    def __new__(cls, terms: Iterable[tuple[Loss, float]]) -> Combination:
        flat = _flat(terms)
        _check(flat)
        # In one order whatever the user's, so that equal sums have equal bits.
        ordered = sorted(((term.weight, term.loss) for term in flat), key=lambda term: repr(term[1]))
        made = cast(Combination, Loss.__new__(cls, None, None, None, ordered))
        object.__setattr__(made, "terms", flat)
        return made

    # What it is

    @property
    def name(self) -> str:
        """The sum as a text that `lossreg.get` reads."""
        return self._text(lambda loss: repr(loss).removesuffix("()"))

    @property
    def params(self) -> dict[str, ParamValue]:
        """The parameters of which all losses that have them have one value, or but one list of numbers for each class."""
        values: dict[str, list[ParamValue]] = {}
        for loss, _ in self.terms:
            for name, value in loss.params.items():
                values.setdefault(name, []).append(value)
        for name, each in values.items():
            values[name] = [value for value in each if isinstance(value, list | tuple)] or each
        return {name: each[0] for name, each in values.items() if each.count(each[0]) == len(each)}

    def _text(self, text_of: Callable[[Loss], str]) -> str:
        text = ""
        for loss, weight in self.terms:
            sign = (" - " if text else "-") if math.copysign(1, weight) < 0 else (" + " if text else "")
            factor = "" if abs(weight) == 1 and (text or sign or len(self.terms) > 1) else f"{abs(weight)!r}*"
            text += f"{sign}{factor}{text_of(loss)}"
        return text

    def _described(self) -> LossInfo:
        infos = [term.loss.info for term in self.terms]
        first = _widest(infos)
        upwards = all(term.weight >= 0 for term in self.terms)
        shared, switch = self.params, first.raw_switch
        return LossInfo(
            name=self.name,
            family=first.family,
            summary=f"The sum {self.name}.",
            formula=self._text(
                lambda loss: (
                    f"{'mean' if loss.info.family != first.family else ''}({with_values(loss.info.formula, loss.params)})"
                )
            ),
            params=tuple(
                {param.name: param for info in infos for param in info.params if param.name in shared}.values()
            ),
            sides=first.sides,
            columns=first.columns,
            target_columns=first.target_columns,
            target_domains=first.target_domains,
            target=reduce(_common, (info.target for info in infos)),
            prediction=reduce(_common, (info.prediction for info in infos)),
            raw_switch=switch if all(info.raw_switch == switch for info in infos) and switch in shared else None,
            kinks="; ".join(f"{info.name}: {info.kinks}" for info in infos if info.kinks),
            convex=True if upwards and all(info.convex for info in infos) else None,
            hessians=self._hessians(infos, upwards),
            link=first.link if all(info.link == first.link for info in infos) else "identity",
            start=Start.NONE if first.start is Start.NONE else Start.SEARCH,
            source="; ".join(dict.fromkeys(info.source for info in infos if info.source)),
            provider=BUILT_IN if all(info.provider for info in infos) else "",
        )

    def _hessians(self, infos: list[LossInfo], upwards: bool) -> dict[str, bool]:
        """The kinds that all have; what lies above a loss lies below it where the weight is negative."""
        kinds = [{**info.hessians, "unit": True} for info in infos]
        common = [kind for kind in kinds[0] if all(kind in of for of in kinds) and (upwards or kind != "majorizer")]
        return {kind: kind == "unit" or (upwards and all(of[kind] for of in kinds)) for kind in common}

    def _facts(self) -> dict[str, Any]:
        return {}

    @property
    def link(self) -> Link:
        """The link that all losses of the sum have, else the identity."""
        links = [term.loss.link for term in self.terms]
        if all(link == links[0] for link in links):
            return links[0]
        axis: Any = self.params.get("axis", -1)
        return Link("identity", axis)

    # How it is made again

    def replace(self, **params: object) -> Combination:
        """Return the sum of the same losses with other parameters, each given to all that have it.

        Parameters
        ----------
        **params
            Parameters, each of at least one of the losses.

        Returns
        -------
        Combination
            The sum.

        Raises
        ------
        ParameterError
            If no loss of the sum has such a parameter, or one cannot take the value.

        Examples
        --------
        >>> import lossreg
        >>> loss = lossreg.get("huber + smooth_l1 + 2*pseudo_huber")
        >>> loss.replace(delta=3.0)
        huber(delta=3.0) + smooth_l1() + 2.0*pseudo_huber(delta=3.0)
        """
        for name, value in params.items():
            if not any(name in term.loss.params for term in self.terms):
                message = f"no loss of {self.name} has a parameter {shown(name)}"
                raise ParameterError(message, loss=self.name, parameter=name, value=value)
        return Combination(
            (loss.replace(**{name: value for name, value in params.items() if name in loss.params}), weight)
            for loss, weight in self.terms
        )

    def config(self) -> dict[str, object]:
        """Return the losses and their weights as plain data for `lossreg.get`."""
        return self._data(lambda loss: loss.config())

    def _portable(self) -> dict[str, Any]:
        return self._data(lambda loss: loss._portable())

    def _data(self, of: Callable[[Loss], dict[str, Any]]) -> dict[str, Any]:
        return {"name": COMBINED, "params": {"losses": [[of(loss), weight] for loss, weight in self.terms]}}

    def __repr__(self) -> str:
        return self._text(repr)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Combination):
            return NotImplemented
        return frozenset(self.terms) == frozenset(other.terms)

    def __hash__(self) -> int:
        return hash(frozenset(self.terms))

    def __reduce__(self) -> tuple[Any, ...]:
        return Combination, (tuple((loss, weight) for loss, weight in self.terms),)


def _flat(terms: Iterable[tuple[Loss, float]]) -> tuple[Term, ...]:
    """The losses of all sums among the terms, each once."""
    weights: dict[Loss, list[float]] = {}
    for loss, weight in terms:
        factor = _weight(loss, weight)
        for one, own in loss.terms if isinstance(loss, Combination) else (Term(loss, 1.0),):
            weights.setdefault(one, []).append(factor * own)
    if not weights:
        raise ParameterError("a combination of no losses is no loss; name at least one")
    return tuple(Term(loss, _weight(loss, _total(each))) for loss, each in weights.items())


def _total(weights: list[float]) -> float:
    """The sum of weights; infinite where it is beyond the largest number."""
    if len(weights) == 1:
        return weights[0]
    try:
        return math.fsum(weights)
    except OverflowError:  # maybe on the way only
        room = 2.0 ** len(weights).bit_length()
        return math.fsum(weight / room for weight in weights) * room


def _weight(loss: Loss, weight: object) -> float:
    is_number = isinstance(weight, Real) and not isinstance(weight, bool | np.bool_)
    try:
        number = float(cast(Real, weight)) if is_number else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        message = f"the weight of {loss!r} is {shown(weight)}; wanted a finite number"
        raise ParameterError(message, parameter="weight", value=weight)
    return number


# Which arguments suit all

# What lies within what.
WITHIN = {
    Domain.RAW: (Domain.REAL,),
    Domain.ABOVE_MINUS_ONE: (Domain.REAL,),
    Domain.NON_NEGATIVE: (Domain.ABOVE_MINUS_ONE,),
    Domain.UNNORMALIZED: (Domain.NON_NEGATIVE,),
    Domain.POSITIVE: (Domain.NON_NEGATIVE,),
    Domain.SOFT_LABEL: (Domain.REAL,),
    Domain.LABEL: (Domain.SOFT_LABEL,),
    Domain.PROBABILITY: (Domain.SOFT_LABEL, Domain.UNNORMALIZED, Domain.CLASS_INDEX_OR_PROBABILITY),
    Domain.CLASS_INDEX_OR_PROBABILITY: (Domain.REAL,),
    Domain.CLASS_INDEX: (Domain.CLASS_INDEX_OR_PROBABILITY,),
}
# Two of which neither lies within the other, and what lies within both.
COMMON = {
    frozenset((Domain.SOFT_LABEL, Domain.NON_NEGATIVE)): Domain.PROBABILITY,
    frozenset((Domain.SOFT_LABEL, Domain.ABOVE_MINUS_ONE)): Domain.PROBABILITY,
}


def _around(domain: Domain) -> set[Domain]:
    """All that a domain lies within, and itself."""
    return {domain}.union(*(_around(wider) for wider in WITHIN.get(domain, ())))


def _meet(a: Domain, b: Domain) -> Domain | None:
    """What lies within two domains; None where nothing that has a name does."""
    if b in _around(a):
        return a
    return b if a in _around(b) else COMMON.get(frozenset((a, b)))


def _common(a: Domain, b: Domain) -> Domain:
    """What lies within two domains of losses that make a sum."""
    return cast(Domain, _meet(a, b))


def _widest(infos: list[LossInfo]) -> LossInfo:
    """One of those that have as many elements together as any other has."""
    return next((info for info in infos if info.family != "pointwise"), infos[0])


def _goes_beside(info: LossInfo, other: LossInfo) -> bool:
    """Whether both have losses of the same things, or one of them of elements of these."""
    families = {info.family, other.family}
    one = len(families) == 1 or ("pointwise" in families and not families.isdisjoint(WIDE))
    for each, beside in ((info, other), (other, info)):  # an index for each score of a row is no target of rows
        one &= not (each.family == "pointwise" and each.target.has_class_indices and beside.family == "row-wise")
    return one and all(getattr(info, fact) == getattr(other, fact) for fact in SHARED)


def _check(terms: tuple[Term, ...]) -> None:
    """Refuse losses that no arguments suit."""
    for loss, _ in terms:
        if loss.info.coupled:
            raise ParameterError(
                f"{loss!r} sees each score relative to all of the other side, weights and all, and has no unreduced loss to be "
                f"added up; add the numbers that it gives, and its gradients likewise"
            )
    about = _widest([term.loss.info for term in terms])
    first, *others = sorted((term.loss for term in terms), key=lambda loss: loss.info.family != about.family)
    target, prediction = about.target, about.prediction
    for loss in others:
        info = loss.info
        if not _goes_beside(info, about):
            takes = (
                f"{one!r} is {of.family} and takes {', '.join((*of.sides, *of.columns, *of.target_columns))}"
                for one, of in ((first, about), (loss, info))
            )
            raise ParameterError(
                f"{' and '.join(takes)}: only losses of one family and the same arguments are added up, and those of "
                f"elements beside rows or sets{_by_hand(first, loss)}"
            )
        narrower = _meet(target, info.target), _meet(prediction, info.prediction)
        for what, common in zip(("target", "prediction"), narrower, strict=True):
            if common is None:
                said = " and ".join(f"those of {one!r} are {getattr(one.info, what)}" for one in (first, loss))
                raise ParameterError(f"no {what}s suit both losses: {said}{_switch(first, loss, what)}")
        target, prediction = cast(tuple[Domain, Domain], narrower)
    for name in AGREED:
        values = {term.loss: term.loss.params[name] for term in terms if name in term.loss.params}
        if len(set(map(repr, values.values()))) > 1:
            came = ", ".join(repr(loss) for loss in values)
            raise ParameterError(f"{name} must be the same in all losses of a sum, not as in {came}", parameter=name)
    lengths = {
        len(value): loss for loss, _ in terms for value in loss.params.values() if isinstance(value, tuple | list)
    }
    if about.family == "row-wise" and len(lengths) > 1:
        came = " and ".join(f"{length} in {loss!r}" for length, loss in sorted(lengths.items()))
        raise ParameterError(f"lists with a number for each class must be of one length, not of {came}")


def _by_hand(first: Loss, other: Loss) -> str:
    """What to write in place of a sum of two losses that take the same arrays and have losses of different things."""
    sides = first.info.sides
    if sides != other.info.sides or first.info.columns != other.info.columns:
        return ""
    given = f"({', '.join(sides)})"
    return f"; add the numbers, {first!r}{given} + {other!r}{given}, and what value_and_grad gives likewise"


def _switch(first: Loss, other: Loss, what: str) -> str:
    """The parameter by which predictions become the same, if there is one."""
    switch = first.info.raw_switch
    if what == "prediction" and switch and switch == other.info.raw_switch:
        return f"; give both one {switch}="
    return ""
