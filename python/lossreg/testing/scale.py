"""Do predictions have the scale that a loss takes? Probabilities given as logits raise no error: they are small scores.

It is a check that one calls, and no warning of every call: what tells the scales apart is how well each fits, which costs as
much as the loss itself, and scores that happen to lie between 0 and 1 are no mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import lossreg

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from lossreg.typing import LossLike

__all__ = ["check_scale"]


def check_scale(
    loss: LossLike,
    y_true: ArrayLike,
    y_pred: ArrayLike,
    sample_weight: ArrayLike | None = None,
    *,
    where: ArrayLike | None = None,
) -> None:
    """Tell predictions of another scale: probabilities given to a loss of logits, means to one of their logarithms.

    Call it once where a model is joined to a loss. Losses without a switch for the scale, such as ``from_logits``, pass, and
    so do those that take probabilities or means: these are checked in every call, so that scores below 0 are errors.

    Parameters
    ----------
    loss : Loss
        The loss, or what `lossreg.get` takes.
    y_true, y_pred, sample_weight, where : array_like
        The arguments of the loss; a few hundred elements will do.

    Raises
    ------
    DomainError
        If the predictions could be of the other scale, and fit the targets better there.

    Notes
    -----
    A score can be any number, so that no rule tells a probability from a score for sure. Predictions are taken for those
    of the other scale if every one of them could be one and the loss is lower with the switch turned: a likelihood is,
    on average, the lowest for probabilities or means that are right. Scores of both signs are no probabilities, and pass.

    Examples
    --------
    >>> from lossreg.testing import check_scale
    >>> check_scale("bce", [1, 0, 1], [2.2, -2.2, 1.4])
    >>> check_scale("bce(from_logits=False)", [1, 0, 1], [0.9, 0.1, 0.8])
    >>> check_scale("bce", [1, 0, 1], [0.9, 0.1, 0.8])
    Traceback (most recent call last):
    lossreg.errors.DomainError: y_pred looks like probabilities from 0 to 1; binary_cross_entropy() takes raw scores, which are any numbers. Its loss is 0.485550 as they are taken and 0.144622 with from_logits=False; write that, or give it the scores
    """
    loss = lossreg.get(loss)
    switch = loss.info.raw_switch
    if switch is None or not loss.params[switch]:
        return
    turned = loss.replace(**{switch: False})
    taken = loss(y_true, y_pred, sample_weight, where=where)
    try:
        other = turned(y_true, y_pred, sample_weight, where=where)
    except lossreg.DomainError:
        return
    if other < taken:
        raise lossreg.DomainError(
            f"y_pred looks like {turned.info.prediction}; {loss!r} takes {loss.info.prediction}. Its loss is {taken:.6f} "
            f"as they are taken and {other:.6f} with {switch}=False; write that, or give it the scores",
            argument="y_pred",
        )
