"""Facts with words of their own: what a target or a prediction may be, and how a start value is found.

NaN is in every domain: it is no mistake of the caller's, and it gives NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from lossreg.errors import ParameterError
from lossreg.shown import shown

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["Domain", "Start"]

Test = Callable[[Any], Any]


def _nowhere(x: Any) -> Any:
    return np.zeros(np.shape(x), dtype=bool)


def _disordered(x: Any) -> Any:
    """Of rows of four numbers, which of the last two is less than that of the first two."""
    outside = _nowhere(x)
    if x.ndim and x.shape[-1] == 4:
        outside[..., 2:] = x[..., 2:] < x[..., :2]
    return outside


def _unbounded(x: Any) -> Any:
    """Of rows of two numbers, which is no bound of a time."""
    outside = _nowhere(x)
    if x.ndim and x.shape[-1] == 2:
        lower, upper = x[..., 0], x[..., 1]
        outside[..., 0] = (lower < 0) | np.isposinf(lower)
        outside[..., 1] = (upper <= 0) | (upper < lower)
    return outside


class Worded(StrEnum):
    """An enum of texts whose members have words; ``str`` of a member gives them."""

    words: str

    def __str__(self) -> str:
        return self.words

    def __format__(self, spec: str) -> str:
        return format(self.words, spec)


class Domain(Worded):
    """What a target or a prediction may be.

    A member is the text that declares it (``target = "soft label"`` in a `PythonLoss`), and ``str`` of it reads as
    words.

    Attributes
    ----------
    words : str
        What is in it.
    is_label : bool
        Whether it is that of a binary label, in which -1 stands for 0.
    has_class_indices : bool
        Whether a row's target may be the index of its class.
    has_rows : bool
        Whether a row's target may be a row of probabilities.

    Examples
    --------
    >>> from lossreg.info import Domain
    >>> Domain.SOFT_LABEL.words
    'labels 0 and 1, -1 and 1, or anything from 0 to 1'
    >>> Domain("soft label").is_label
    True
    >>> Domain.POSITIVE.excludes([-1.0, 0.0, 2.0]).tolist()
    [True, True, False]
    """

    _outside: Test

    REAL = "real", "any number", _nowhere
    RAW = "raw", "raw scores, which are any numbers", _nowhere
    NON_NEGATIVE = "non-negative", "numbers of at least 0", lambda x: x < 0
    POSITIVE = "positive", "numbers above 0", lambda x: x <= 0
    ABOVE_MINUS_ONE = "above -1", "numbers above -1", lambda x: x <= -1
    LABEL = "label", "labels 0 and 1, or -1 and 1", lambda x: (x != 0) & (np.abs(x) != 1)
    SOFT_LABEL = (
        "soft label",
        "labels 0 and 1, -1 and 1, or anything from 0 to 1",
        lambda x: (x > 1) | ((x < 0) & (x != -1)),
    )
    PROBABILITY = "probability", "probabilities from 0 to 1", lambda x: (x < 0) | (x > 1)
    UNNORMALIZED = (
        "unnormalized",
        "numbers of at least 0, of which each row is divided by its sum",
        lambda x: (x < 0) | np.isinf(x),
    )
    CLASS_INDEX = "class index", "class indices", lambda x: (x < 0) | (x != np.floor(x))
    CLASS_INDEX_OR_PROBABILITY = (
        "class index or probability",
        "class indices, or probabilities from 0 to 1",
        lambda x: x < 0,
    )
    BOX = "box", "boxes x1, y1, x2, y2 with x1 <= x2 and y1 <= y2", _disordered
    INTERVAL = (
        "interval",
        "a lower bound of at least 0 and below infinity, and an upper one above 0 that is no less",
        _unbounded,
    )
    TIME = "time", "times of events, negative where there was none until then", _nowhere
    NONE = "none", "none: the sides are known by their arguments", _nowhere

    def __new__(cls, value: str, words: str = "", outside: Test = _nowhere) -> Self:
        """Make a member of its text, its words and the test of what lies outside."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words, member._outside = words, outside
        return member

    @classmethod
    def _missing_(cls, value: object) -> Domain:
        raise ParameterError(
            f"no domain is called {shown(value)}; there are {', '.join(repr(one.value) for one in cls)}"
        )

    @property
    def is_label(self) -> bool:
        """Whether it is that of a binary label."""
        return self in (Domain.LABEL, Domain.SOFT_LABEL)

    @property
    def has_class_indices(self) -> bool:
        """Whether a row's target may be the index of its class."""
        return self in (Domain.CLASS_INDEX, Domain.CLASS_INDEX_OR_PROBABILITY)

    @property
    def has_rows(self) -> bool:
        """Whether a row's target may be a row of probabilities."""
        return self in (Domain.PROBABILITY, Domain.CLASS_INDEX_OR_PROBABILITY)

    def excludes(self, values: ArrayLike) -> NDArray[np.bool_]:
        """Tell which values lie outside. NaN never does."""
        given: NDArray[Any] = np.asarray(values)
        with np.errstate(invalid="ignore"):
            outside: NDArray[np.bool_] = np.asarray(self._outside(given), dtype=bool) & ~np.isnan(given)
        return outside


class Start(Worded):
    """How the start value of a loss is found; ``str`` of a member reads as words.

    The closed forms are those of the default parameters; where others move the value, a search goes on from there.

    Attributes
    ----------
    words : str
        The way.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.describe("pinball").start.words
    'the quantile of the targets'
    """

    MEAN = "target-mean", "where the link maps the mean of the targets"
    MEDIAN = "target-median", "the median of the targets"
    QUANTILE = "target-quantile", "the quantile of the targets"
    HALF_LOGIT = "half-logit", "half the log-odds of the positive labels"
    CLASS_PROBABILITIES = "class-probabilities", "the logarithms of the mean probabilities of the classes"
    SEARCH = "search", "a search that begins where the link maps the mean of the targets"
    NONE = "none", "none"

    def __new__(cls, value: str, words: str = "") -> Self:
        """Make a member of its text and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member
