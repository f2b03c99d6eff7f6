"""How the constant raw score with the least loss is found."""

from __future__ import annotations

from typing import Self

from lossreg.info.worded import Worded

__all__ = ["Start"]


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

    MEAN = "mean", "where the link maps the mean of the targets"
    MEDIAN = "median", "the median of the targets"
    QUANTILE = "quantile", "the quantile of the targets"
    HALF_LOGIT = "half-logit", "half the log-odds of the positive labels"
    CLASS_PROBABILITIES = "class probabilities", "the logarithms of the mean probabilities of the classes"
    SEARCH = "search", "a search that begins where the link maps the mean of the targets"
    NONE = "none", "none, for there are no targets"

    def __new__(cls, value: str, words: str = "") -> Self:
        """Make a member of its text and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member
