"""Losses that a formula defines: the text, with numbers for its parameters, is run by the native engine.

Their class is known by its definition, plain data, which is what a pickle holds.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar, NamedTuple, cast

from lossreg import _native, loss
from lossreg.authoring import declaration
from lossreg.authoring.defined_loss import DefinedLoss, kind_of
from lossreg.authoring.fields import field_of
from lossreg.errors import LossregError, ParameterError
from lossreg.info import Domain, LossInfo, ParamInfo, Start
from lossreg.naming import DEFINED
from lossreg.shown import reason

__all__ = ["OF_ROWS", "Definition", "FormulaLoss"]

# The parameters of every formula of rows, which are the engine's.
OF_ROWS = (
    ParamInfo("from_logits", "switch", True, doc="Whether predictions are logits; if not, they are probabilities."),
    ParamInfo("axis", "integer", -1, doc="The axis of the classes."),
)


class Definition(NamedTuple):
    """All that a formula loss is."""

    name: str
    text: str
    params: tuple[ParamInfo, ...]
    target: str | tuple[str, ...]
    prediction: str
    link: str
    summary: str
    source: str
    compiled: bool = True
    columns: tuple[str, ...] = ("y_pred",)
    target_columns: tuple[str, ...] = ("y_true",)

    @property
    def of_rows(self) -> bool:
        """Whether it is about rows of classes, which alone have this link."""
        return self.link == "softmax"

    @property
    def of_columns(self) -> bool:
        """Whether its target or its prediction is more than one number."""
        return len(self.columns) > 1 or len(self.target_columns) > 1

    @property
    def targets(self) -> tuple[Domain, ...]:
        """What targets may be, or each number of one."""
        return tuple(map(Domain, (self.target,) if isinstance(self.target, str) else self.target))

    def plain(self) -> dict[str, Any]:
        """It as plain data."""
        return self._asdict() | {"params": [asdict(param) for param in self.params]}


class FormulaLoss(DefinedLoss):
    """A loss that `lossreg.define` made of a formula."""

    target: ClassVar[Any]
    prediction: ClassVar[Any]

    _definition: ClassVar[Definition]
    _compiled: ClassVar[_native.Formula]

    @classmethod
    def of(cls, definition: Definition) -> type[FormulaLoss]:
        """The class of a definition."""
        return kind_of(definition, lambda: _kind(definition))

    @classmethod
    def describe(cls, aliases: tuple[str, ...] = (), provider: str = "") -> LossInfo:
        """Tell what there is to know about the loss, as `lossreg.describe` does."""
        stable, twin, kinks = cls._compiled.explained({field.name: field.default for field in cls._fields})
        notes = [f"computed in a stable form: {form}" for form in stable]
        if twin is not None:
            notes = [f"the formula of {twin}, whose compiled code runs"]
        own = cls._definition
        several, targets = own.of_columns, own.targets
        return LossInfo(
            name=own.name,
            family="row-wise" if own.of_rows else "column-wise" if several else "pointwise",
            summary=own.summary,
            formula=own.text,
            params=own.params,
            columns=own.columns if several else (),
            target_columns=own.target_columns if len(own.target_columns) > 1 else (),
            target_domains=targets if len(targets) > 1 else (),
            target=Domain(cls.target),
            prediction=Domain(cls.prediction),
            raw_switch=OF_ROWS[0].name if own.of_rows else None,
            hessians={"exact": False, "unit": True},
            link=own.link,
            start=Start.SEARCH,
            kinks=kinks,
            source=own.source,
            aliases=aliases,
            provider=provider,
            notes=tuple(notes),
        )

    @classmethod
    def mentions(cls, column: str) -> bool:
        """Whether the formula has a column, by its name or in ``r``."""
        own = cls._compiled.mentions
        return own(column) or (column in ("y_true", "y_pred") and own("r"))

    def _facts(self) -> dict[str, Any]:
        facts = {"hessians": super()._facts()["hessians"]}
        of_probabilities = self._definition.of_rows and not self.params[OF_ROWS[0].name]
        return facts | {"prediction": Domain.UNNORMALIZED} if of_probabilities else facts

    def config(self) -> dict[str, object]:
        """Return plain data for `lossreg.get`: name and parameters, and of a loss that is not registered its formula."""
        return super().config() if loss.registered(type(self)) else self._portable()

    def _portable(self) -> dict[str, Any]:
        return {"name": DEFINED, "params": {"definition": self._definition.plain(), "params": self._changed()}}

    def __reduce__(self) -> tuple[Any, ...]:
        return loss.reduced(self) or (remade, (self._definition.plain(), self._changed()))


def _kind(definition: Definition) -> type[FormulaLoss]:
    names = [param.name for param in definition.params if not definition.of_rows or param not in OF_ROWS]
    targets, prediction = definition.targets, Domain(definition.prediction)
    compiled = _native.Formula(
        definition.name,
        definition.text,
        names,
        [*definition.columns],
        [*definition.target_columns],
        [*targets],
        prediction,
        definition.compiled,
    )
    members: dict[str, Any] = {
        "name": definition.name,
        "__doc__": definition.summary or None,
        "__module__": __name__,
        "target": targets[0] if len(targets) == 1 else Domain.REAL,
        "prediction": prediction,
        "_definition": definition,
        "_fields": tuple(map(field_of, definition.params)),
        "_compiled": compiled,
    }
    return cast("type[FormulaLoss]", declaration.LossType(definition.name, (FormulaLoss,), members))


def remade(definition: dict[str, Any], params: dict[str, Any]) -> FormulaLoss:
    """Make a loss again, from its pickle, or from the same as JSON, which has no tuples."""
    try:
        infos = tuple(ParamInfo(**_with_tuples(facts)) for facts in definition["params"])
        kind = FormulaLoss.of(Definition(**(_with_tuples(definition) | {"params": infos})))
        return kind(**params)
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        if isinstance(error, LossregError):
            raise
        raise ParameterError(f"this is no definition of a loss as config() returns it: {reason(error)}") from error


def _with_tuples(facts: dict[str, Any]) -> dict[str, Any]:
    return {fact: tuple(found) if isinstance(found, list) else found for fact, found in facts.items()}
