"""What gradient boosters share: a loss checked against its task, a finite start, and derivatives that trees can be grown from.

A booster adds trees to raw scores. For each round it asks for the first and the second derivative with respect to the raw
score of each row, divides the one's sum by the other's in each leaf, and knows nothing else of the loss. So it trains with
any loss, and badly with any mistake:

==================  ====================================================================================================
the sum             Derivatives are those of the weighted sum. A mean would shrink them by the number of rows, and with
                    them all that is compared with sums of second derivatives, such as ``min_child_weight``.
weights             They are multiplied in exactly once, here: no booster does it for a callable.
the start           Trees begin at the best constant. It is infinite for a single class; that is clipped.
the curvature       Zero finds no split, a negative one steps uphill, one that fades in the tails steps too far.
==================  ====================================================================================================
"""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

import lossreg
from lossreg.info import LossInfo
from lossreg.integrations import lists
from lossreg.integrations.buffers import Memory, as_array, at_least_0, finite
from lossreg.integrations.builtin import BuiltIn, built_in
from lossreg.integrations.classes import rows_of
from lossreg.integrations.rows import known, require_rows
from lossreg.integrations.training import best_constant, curvature, trainable, zeros
from lossreg.typing import LossLike

__all__ = ["BoosterLoss", "as_array"]

Array = NDArray[Any]
FLOOR = 1e-16  # of second derivatives


class BoosterLoss:
    """A loss as a booster trains it: what each library's objective is made of.

    Parameters
    ----------
    loss : Loss, str or dict
        The loss, or what `lossreg.get` takes.
    hessian : str, optional
        The kind of second derivative, one of ``loss.info.hessians``; by default what `curvature` chooses.
    min_hessian : float, default 1e-16
        The least second derivative.

    Examples
    --------
    >>> from lossreg.integrations.booster import BoosterLoss
    >>> boosted = BoosterLoss("huber", min_hessian=0.1)
    >>> boosted
    BoosterLoss('huber()', hessian='majorizer', min_hessian=0.1)
    >>> boosted.start([1.0, 2.0, 9.0])
    2.0
    >>> boosted.derivatives([1.0, 2.0, 9.0], [2.0, 2.0, 2.0], [1.0, 1.0, 3.0])
    (array([ 1.,  0., -3.]), array([1.        , 1.        , 0.42857143]))
    """

    __slots__ = ("_memory", "built_in", "hessian", "loss", "min_hessian")

    trainer: ClassVar[str] = ""  # whose rule of curvature is the default
    table: ClassVar[tuple[BuiltIn, ...]] = ()  # the trainer's own objectives
    centred: ClassVar[bool] = False  # whether the starts of classes have a mean of 0; softmax does not see it
    also: ClassVar[tuple[str, ...]] = ()  # families that the trainer takes besides those with one score a row
    grouped: ClassVar[str] = ""  # what to do where rows are compared and no groups came
    weighs: ClassVar[lists.Weighed | None] = None  # what its weights are of where there are groups, if it says
    limit: ClassVar[float] = 34.538776394910684  # the largest start: the log-odds of 1 − 1e-15

    loss: lossreg.Loss
    built_in: BuiltIn | None  # the trainer's own objective of the same loss
    hessian: Any  # a kind, by its name
    min_hessian: float | None

    def __init__(self, loss: LossLike, hessian: str | None = None, *, min_hessian: float | None = FLOOR) -> None:
        self.loss = trainable(loss, also=self.also)
        self.built_in = built_in(self.table, self.loss)
        kinds = self.loss.info.hessians
        if hessian is not None and hessian not in kinds:
            known = ", ".join(map(repr, kinds))
            raise lossreg.ParameterError(f"hessian is {hessian!r}; {self.loss!r} has {known}")
        self.hessian = hessian or self._default_hessian()
        self.min_hessian = min_hessian
        self._memory = Memory()

    def _default_hessian(self) -> str:
        found = self.built_in
        return curvature(self.loss, self.trainer) if found is None else found.hessian

    @property
    def info(self) -> LossInfo:
        """What there is to know about the loss."""
        return self.loss.info

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the raw scores of a row, where the loss says that there are several."""
        return self.info.columns if len(self.info.columns) > 1 else ()

    @property
    def of_lists(self) -> bool:
        """Whether it is of rows together, such as those of a query."""
        return self.info.family == lists.LISTS

    # Before training

    def check(
        self,
        y_true: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: Array | None = None,
        *,
        outputs: int | None = None,
    ) -> int:
        """Refuse targets and weights that the loss cannot be trained on, and count the raw scores of each row.

        Parameters
        ----------
        y_true : array_like
            Targets, one for each row, or a row of them where there are several outputs or probabilities of classes.
        sample_weight : array_like, optional
            Weights, one for each row.
        groups : numpy.ndarray, optional
            How many rows each list has, for a loss of lists. As many weights as lists are those of lists, as many as rows
            those of rows; what they are where there are as many of both is an error, unless the trainer says it.
        outputs : int, optional
            How many raw scores a row will have, where that is known.

        Returns
        -------
        int
            How many raw scores a row has.

        Raises
        ------
        DomainError
            If a target is outside of the loss's domain, not finite, or no class of that number of classes.
        ShapeError
            If the targets have more axes than two, or another number of columns than there are outputs.

        Examples
        --------
        >>> from lossreg.integrations.booster import BoosterLoss
        >>> BoosterLoss("softmax_cross_entropy").check([[0.2, 0.8], [1.0, 0.0]])
        2
        >>> BoosterLoss("scce").check([0, 3], outputs=3)
        Traceback (most recent call last):
        lossreg.errors.DomainError: y_true holds 3 at index 1; wanted a class index from 0 to 2
        """
        rule = zeros if self.columns else best_constant
        return int(np.size(self._checked(y_true, sample_weight, groups, outputs, rule)[1]))

    def start(
        self,
        y_true: ArrayLike,
        sample_weight: ArrayLike | None = None,
        groups: Array | None = None,
        *,
        outputs: int | None = None,
    ) -> float | Array:
        """Find the constant raw score to start from, which is the best one, at most `limit` far from 0 if that is infinite.

        A trainer that starts its own objective of the loss elsewhere is followed.

        Parameters
        ----------
        y_true, sample_weight, groups, outputs
            As in `check`.

        Returns
        -------
        float or numpy.ndarray
            A number, or one for each of several outputs.

        Examples
        --------
        >>> from lossreg.integrations.booster import BoosterLoss
        >>> BoosterLoss("bce").start([1, 1, 1])
        34.538776394910684
        """
        y, best = self._checked(y_true, sample_weight, groups, outputs, best_constant)
        rule = None if self.built_in is None else self.built_in.start
        if rule is not None:
            best = self._best(y, sample_weight, outputs, partial(rule, self.loss))
        start = np.where(np.isfinite(best), best, np.clip(best, -self.limit, self.limit))
        if rule is None and self.centred and self.info.link == "softmax":
            start = start - np.mean(start)
        return start if np.ndim(start) else float(start)

    def _checked(
        self, y_true: ArrayLike, sample_weight: ArrayLike | None, groups: Array | None, outputs: int | None, found: Any
    ) -> tuple[Array, Any]:
        """The targets as an array, and the constants found, which a loss finds only for targets that are its own."""
        if self.of_lists:  # of which none is better than another
            return lists.check(self.loss, y_true, sample_weight, self._lists(groups), self.weighs), 0.0
        y = as_array(y_true, "y_true")
        finite(known(self.loss, y), "y_true")
        if sample_weight is not None:
            at_least_0(as_array(sample_weight, "sample_weight"), "sample_weight")
        if y.ndim not in (1, 2):
            raise lossreg.ShapeError(
                f"y_true has shape {y.shape}; wanted (rows,) or (rows, outputs)", argument="y_true"
            )
        if self.info.target_columns:
            require_rows(self.loss, y, len(y))
        elif self._has_single_targets and y.ndim == 2 and y.shape[1] != 1:
            takes = (
                f"one number a row, which {' and '.join(self.columns)} are of; fit a model for each column"
                if self.columns
                else "one class index a row; for rows of labels take a pointwise loss, and for rows of probabilities "
                "categorical_cross_entropy"
            )
            raise lossreg.ShapeError(f"y_true has shape {y.shape}, and {self.loss!r} takes {takes}", argument="y_true")
        if y.ndim == 1 and (what := rows_of(self.loss)):
            raise lossreg.ShapeError(
                f"y_true has shape {y.shape}, and {self.loss!r} takes rows of {what}: wanted (rows, outputs)",
                argument="y_true",
            )
        best = self._best(y, sample_weight, outputs, partial(found, self.loss))
        if outputs not in (None, np.size(best)):
            if self.columns:
                raise lossreg.ShapeError(
                    f"{self.loss!r} has {len(self.columns)} raw scores a row, {' and '.join(self.columns)}, not {outputs}"
                )
            raise lossreg.ShapeError(f"y_true has shape {y.shape}, so {np.size(best)} raw scores a row, not {outputs}")
        return y, best

    def _best(self, y: Array, weight: ArrayLike | None, outputs: int | None, rule: Any) -> Any:
        """The start of every output by a rule."""
        if self.info.family == "row-wise":
            return rule(y, weight, n_classes=outputs)
        if self.columns and not self.info.target_columns:
            y = y.reshape(-1)
        if y.ndim == 1 or self.info.target_columns:
            return rule(y, weight)
        return np.array([rule(np.ascontiguousarray(column), weight) for column in y.T])

    # In training

    def derivatives(
        self, y_true: Any, raw: Any, sample_weight: Any = None, groups: Array | None = None
    ) -> tuple[Array, Array]:
        """The first and second derivatives of the weighted sum with respect to each raw score.

        Their memory is used again by the next call of the same thread, unless somebody still holds it.

        Parameters
        ----------
        y_true : array_like
            Targets: one for each row, or in the shape of `raw`, also flattened.
        raw : array_like
            Raw scores: (rows,) or (rows, outputs).
        sample_weight, groups
            As in `check`.

        Returns
        -------
        tuple of numpy.ndarray
            In the shape, the order and the dtype of `raw`.

        Examples
        --------
        >>> from lossreg.integrations.booster import BoosterLoss
        >>> BoosterLoss("half_squared_error").derivatives([1.0, 2.0], [1.5, 4.0], [1.0, 10.0])
        (array([ 0.5, 20. ]), array([ 1., 10.]))
        """
        raw = as_array(raw, "raw")
        y = self._in_shape(y_true, raw)
        if self.built_in is not None and self.built_in.above:
            raw = np.nextafter(raw.astype(np.float64), np.inf)
        out = self._memory.like(raw)
        options: dict[str, Any] = {"hessian": self.hessian, "min_hessian": self.min_hessian}
        if self.of_lists:
            groups = self._lists(groups)
            weight = lists.split(sample_weight, groups, self.weighs)
            grad, hess = lists.derivatives(self.loss, y, raw, weight, groups, out, **options)
        else:
            grad, hess = self.loss.grad_and_hess(y, raw, sample_weight, reduction="none", out=out, **options)
        if grad.size and not (-np.inf < grad.min() and grad.max() < np.inf and hess.max() < np.inf):
            raise self._too_large(raw, grad, hess)
        return grad, hess

    def _too_large(self, raw: Array, grad: Array, hess: Array) -> lossreg.DomainError:
        """The error for raw scores with derivatives that trees cannot be grown from."""
        index = int(np.argmin(np.isfinite(grad) & np.isfinite(hess)))
        row = index if raw.ndim == 1 else tuple(map(int, np.unravel_index(index, raw.shape)))
        return lossreg.DomainError(
            f"{self.loss!r} at the raw score {raw[row]!s} of row {row} has the derivatives {grad[row]!s} and {hess[row]!s}; "
            f"wanted numbers that {grad.dtype} holds: make steps smaller (max_delta_step, the learning rate), scale the targets, or take a loss that is finite for them",
            argument="raw",
            index=row,
            value=float(raw[row]),
        )

    def value(self, y_true: Any, raw: Any, sample_weight: Any = None, groups: Array | None = None) -> float:
        """The weighted mean of the loss: the sum of its values times their weights, divided by the sum of the weights.

        Parameters
        ----------
        y_true, raw, sample_weight, groups
            As in `derivatives`.

        Returns
        -------
        float
            The mean.

        Examples
        --------
        >>> from lossreg.integrations.booster import BoosterLoss
        >>> BoosterLoss("half_squared_error").value([1.0, 2.0], [1.5, 4.0], [1.0, 3.0])
        1.53125
        """
        raw = as_array(raw, "raw")
        reduction: Any = "mean" if sample_weight is None else "weighted_mean"
        y = self._in_shape(y_true, raw)
        if self.of_lists:
            groups = self._lists(groups)
            return lists.value(self.loss, y, raw, lists.split(sample_weight, groups, self.weighs), groups)
        return float(self.loss.value(y, raw, sample_weight, reduction=reduction))

    def _lists(self, groups: Array | None) -> Array:
        if groups is None:
            raise lists.ungrouped(self.loss, self.grouped)
        return groups

    def predict(self, raw: Any) -> Any:
        """Map raw scores to the scale of the target, as `Loss.predict` does."""
        return self.loss.predict(raw)

    def _in_shape(self, y_true: Any, raw: Array) -> Array:
        """Targets in the shape that the loss takes beside the raw scores; boosters hand over flat ones."""
        y = as_array(y_true, "y_true")
        row_wise = self.info.family == "row-wise"
        if row_wise and raw.ndim < 2:
            raise lossreg.ShapeError(
                f"{self.loss!r} has a raw score for each class, and one for each row came; set num_class",
                argument="raw",
            )
        if self.columns:
            if raw.shape[1:] != (len(self.columns),):
                raise lossreg.ShapeError(
                    f"{self.loss!r} has the raw scores {' and '.join(self.columns)} for each row, and raw has shape "
                    f"{raw.shape}; set num_class={len(self.columns)}",
                    argument="raw",
                )
            y = y.reshape(-1) if y.shape == (len(raw), 1) else y
        if self.info.target_columns:
            return require_rows(self.loss, y, len(raw), raw.ndim - bool(self.columns))
        if self.columns:
            return y
        if raw.ndim == 2 and y.ndim == 1 and y.size == raw.size and not (self._of_classes and raw.shape[1] == 1):
            return y.reshape(raw.shape)
        if raw.ndim == 2 and y.ndim == 1 and not row_wise:
            raise lossreg.ShapeError(
                f"{self.loss!r} has one raw score for each target, and {raw.shape[1]} came; "
                "for classes, take a row-wise loss: lossreg.names(family='row-wise')",
                argument="raw",
            )
        return y

    @property
    def _of_classes(self) -> bool:
        return self.info.family == "row-wise" and self.info.target.has_class_indices

    @property
    def _has_single_targets(self) -> bool:
        """Whether several raw scores a row have one target."""
        return self._of_classes or bool(self.columns)

    # What objects have

    def config(self) -> dict[str, Any]:
        """What makes it again, as plain data.

        Examples
        --------
        >>> from lossreg.integrations.booster import BoosterLoss
        >>> BoosterLoss("huber").config()
        {'loss': {'name': 'huber', 'params': {}}, 'hessian': 'majorizer', 'min_hessian': 1e-16}
        """
        return {"loss": self.loss.config(), "hessian": self.hessian, "min_hessian": self.min_hessian}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """Make it again from `config`.

        Examples
        --------
        >>> from lossreg.integrations.booster import BoosterLoss
        >>> BoosterLoss.from_config(BoosterLoss("huber").config()) == BoosterLoss("huber")
        True
        """
        return cls(config["loss"], config["hessian"], min_hessian=config["min_hessian"])

    def __repr__(self) -> str:
        floor = "" if self.min_hessian == FLOOR else f", min_hessian={self.min_hessian!r}"
        return f"{type(self).__name__}({repr(self.loss)!r}, hessian={self.hessian!r}{floor})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BoosterLoss) and self._facts() == other._facts()

    def __hash__(self) -> int:
        return hash(self._facts())

    def _facts(self) -> tuple[Any, ...]:
        return type(self), self.loss, self.hessian, self.min_hessian

    def __reduce__(self) -> tuple[Any, ...]:
        return again, self._facts()


def again(kind: type[BoosterLoss], loss: lossreg.Loss, hessian: str, min_hessian: float | None) -> BoosterLoss:
    """Make one from its pickle."""
    return kind(loss, hessian, min_hessian=min_hessian)
