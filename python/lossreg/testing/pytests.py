"""The laws as tests of pytest, in one line of a test file.

It is a function that a test file imports, and no plugin that pytest would load in every project of an environment.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lossreg.errors import ParameterError
from lossreg.shown import shown
from lossreg.testing.laws import check_law, laws_of

__all__ = ["law_tests"]


def law_tests(*losses: object, exact: bool = False, **objective: object) -> Callable[..., None]:
    """Make tests of losses, one for every law: what a test file assigns to a name that begins with ``test``.

    Parameters
    ----------
    *losses : Loss, class of losses, str or callable
        The losses: each as `lossreg.get` takes it, a class of them, or an objective of a booster. A text is looked up when its tests run.
    exact : bool, default False
        As for `check_loss`.
    **objective
        ``target``, ``n_classes`` and ``hessian``, for objectives, as for `check_loss`.

    Returns
    -------
    callable
        A parametrized test, such as ``test_laws[my_loss-weighted]``.

    Raises
    ------
    ParameterError
        If no loss is given.

    Examples
    --------
    A whole test file:

    >>> from lossreg.testing import law_tests
    >>> test_laws = law_tests("huber", "huber(delta=0.1)")
    """
    import pytest

    if not losses:
        raise ParameterError("law_tests wants losses, such as law_tests('my_loss', 'my_loss(scale=2)')")
    cases = [
        pytest.param(loss, law, id=f"{_called(loss)}-{law}") for loss in losses for law in laws_of(loss, objective)
    ]

    def test_laws(loss: Any, law: str) -> None:
        check_law(loss, law, exact=exact, **objective)

    made: Callable[..., None] = pytest.mark.parametrize(("loss", "law"), cases)(test_laws)
    return made


def _called(loss: Any) -> str:
    """What a loss is called in the name of a test."""
    return loss if isinstance(loss, str) else getattr(loss, "__qualname__", None) or shown(loss)
