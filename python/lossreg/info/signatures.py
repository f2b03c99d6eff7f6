"""Signatures of losses, as `inspect` and those who build on it read them."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature, signature
from typing import Any

from lossreg.info.records import LossInfo
from lossreg.parsing import undisturbed

__all__ = ["of_call", "of_parameters"]


def of_call(method: Callable[..., Any], sides: tuple[str, ...]) -> Signature:
    """The signature of an evaluating method, its arrays under the names that a loss gives them."""
    _, *parameters = undisturbed(signature, method).parameters.values()
    arrays = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in sides]
    rest = [one for one in parameters if one.default is not Parameter.empty]
    if len(sides) == 1:  # a second array by position would be taken for another side
        rest = [one.replace(kind=Parameter.KEYWORD_ONLY) for one in rest]
    return Signature([*arrays, *rest])


def of_parameters(info: LossInfo, returns: Any = Signature.empty) -> Signature:
    """The signature of what makes a loss of its parameters."""
    parameters = [Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default) for one in info.params]
    return Signature(parameters, return_annotation=returns)
