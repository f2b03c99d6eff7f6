"""The options of formulas, each checked by the annotation that it has in the formula."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Mapping
from numbers import Integral
from typing import Any

import numpy as np

from lossreg import ParameterError
from lossreg.shown import shown

__all__ = ["check_options"]


MOST = sys.float_info.max


def _is_switch(value: Any) -> bool:
    return isinstance(value, bool | np.bool_) or (isinstance(value, Integral) and value in (0, 1))


def _is_number(value: Any) -> bool:
    if isinstance(value, np.generic | np.ndarray) and value.size == 1:
        value = value.item()
    return isinstance(value, int | float) and not isinstance(value, bool) and -MOST <= value <= MOST


def _is_class(value: Any) -> bool:
    return value is None or (_is_number(value) and value == int(value))


WANTED: dict[str, tuple[Callable[[Any], bool], str]] = {
    "bool": (_is_switch, "True or False"),
    "float": (_is_number, "a finite number"),
    "int | None": (_is_class, "a whole number or None"),
}


def check_options(formula: Callable[..., object], options: Mapping[str, Any]) -> None:
    """Refuse what an option cannot be; arrays, axes and what the engine knows are checked where they are used."""
    known = inspect.signature(formula).parameters
    for name, value in options.items():
        fits, wanted = WANTED.get(str(known[name].annotation), (None, ""))
        if fits is not None and not fits(value):
            message = f"{name} is {shown(value)}; wanted {wanted}"
            raise ParameterError(message, parameter=name, value=value)
