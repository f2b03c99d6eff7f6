"""The words in which an argument is refused: what came, what was wanted, and what to write instead."""

from __future__ import annotations

import numbers
from datetime import date, time, timedelta
from typing import Any

import numpy as np

from lossreg.errors import DtypeError

__all__ = ["CLASSES", "TEXTS", "article", "bad_dtype", "kind", "nulls", "of_numbers", "said", "shortened", "unreadable"]

WANTED = "wanted bool, an integer or a float of at most 64 bits"
CHARS = "?bBhHiIlLqQefd"  # of the dtypes that the engine reads; other libraries' have others
LONGEST = 120  # characters of a foreign name or message that an error of ours repeats

CLASSES = "numpy.unique({name}, return_inverse=True)[1] numbers classes"
TEXTS = f"numpy.asarray({{name}}, dtype=float) reads numbers in text, {CLASSES}"
FIXES = {
    # A dtype's kind → what to write instead.
    "S": TEXTS,
    "U": TEXTS,
    "T": TEXTS,
    "c": "pass {name}.real, or its absolute value",
    "f": "pass {name}.astype(float)",
}
FIELDS = "pass one of its fields, such as {name}[{field!r}]"

NUMBERS = (int, float, np.bool_, np.integer, np.floating)


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text, or the beginning of a long one, on one line."""
    line = " ".join(text[: 4 * longest].split())
    return line if len(line) <= longest else f"{line[:longest]}…"


def kind(value: Any) -> str:
    """The type of an object by its full name; no code of the type's own is asked."""
    cls = type(value)
    name = type.__dict__["__name__"].__get__(cls)
    try:
        module = type.__dict__["__module__"].__get__(cls)
    except AttributeError:
        module = None
    plain = not isinstance(module, str) or module in ("builtins", "__main__")
    return shortened(name if plain else f"{module}.{name}")


def said(error: BaseException) -> str:
    """What an exception says; some cannot even say that."""
    try:
        text = str(error)
    except Exception:
        text = ""
    return shortened(text) or type(error).__name__


def unreadable(value: Any, name: str, error: BaseException) -> DtypeError:
    """The error for an object whose own code failed."""
    return DtypeError(f"{name} of type {kind(value)} is no array of numbers: {said(error)}")


def no_array(value: Any, name: str) -> DtypeError:
    """The error for what has no numbers at all, as the estimator that scikit-learn hands to a scorer."""
    came = "None" if value is None else article(kind(value))
    fix = "; for scoring=, take lossreg.integrations.sklearn.scorer(loss)" if hasattr(type(value), "get_params") else ""
    return DtypeError(f"{name} is {came}; wanted an array of numbers{fix}")


def nulls(name: str, count: int, index: int | None = None) -> DtypeError:
    """The error for missing values, of which the first is at an index, or in a row of a matrix."""
    what = f"{count} nulls" if count != 1 else "1 null"
    first = "" if index is None else f", at index {index}" if count == 1 else f", the first at index {index}"
    return DtypeError(f"{name} has {what}{first}; drop or fill them, or pass values for them and where=", index=index)


def bad_dtype(name: str, dtype: Any, fix: str = "") -> DtypeError:
    """The error for a dtype that is no number."""
    if not fix and isinstance(dtype, np.dtype):
        small = dtype.kind == "V" and dtype.name[:4] != "void" and not dtype.names  # of ml_dtypes
        fix = FIELDS if dtype.names else FIXES.get("f" if small else dtype.kind, "")
        fix = fix.format(name=name, field=dtype.names and dtype.names[0])
    return DtypeError(f"{name} has dtype {shortened(str(dtype))}; {WANTED}{'; ' if fix else ''}{fix}")


def of_numbers(array: np.ndarray[Any, Any], name: str) -> np.ndarray[Any, Any]:
    """The array, if its dtype is one that the engine reads."""
    dtype = array.dtype
    if dtype.kind == "O":
        raise _bad_objects(array, name)
    if dtype.char not in CHARS and dtype.name != "bfloat16":  # whose name takes longer than all else
        raise bad_dtype(name, dtype)
    return array


def _is_number(value: Any) -> bool:
    """Whether this is a number that an array can hold without objects."""
    return isinstance(value, NUMBERS) and not isinstance(value, timedelta)


def _bad_objects(array: np.ndarray[Any, Any], name: str) -> DtypeError:
    """The error for an array of objects: the first that does not belong there, or that all are numbers."""
    for place, element in enumerate(array.flat):
        if _is_number(element) and not (isinstance(element, int) and not -(2**63) <= element < 2**64):
            continue
        index = tuple(map(int, np.unravel_index(place, array.shape)))
        at = f" at index {index[0] if len(index) == 1 else index}" if index else ""
        return DtypeError(f"{name} has dtype object and holds {_element(element)}{at}; {WANTED}{_fix(element, name)}")
    bools = all(isinstance(element, bool | np.bool_) for element in array.flat)
    what, dtype = ("bools", "bool") if bools else ("numbers", "float")
    return bad_dtype(name, array.dtype, f"all that it holds are {what}: pass numpy.asarray({name}, dtype={dtype})")


def _element(element: Any) -> str:
    return "an integer of more than 64 bits" if _is_number(element) else article(kind(element))


def _fix(element: Any, name: str) -> str:
    if element is None or kind(element).endswith((".NAType", ".NaTType", ".MaskedConstant")):
        return "; drop or fill what is missing, or pass a value for it and where="
    if isinstance(element, numbers.Number) and not isinstance(element, complex):
        return f"; numpy.asarray({name}, dtype=float) rounds to float64"
    if isinstance(element, list | tuple | np.ndarray):
        return "; rows must be of equal length, and numpy.stack joins arrays"
    if isinstance(element, str):
        return f"; {TEXTS.format(name=name)}"
    if isinstance(element, date | time | timedelta):
        return "; say in which unit dates are numbers"
    return ""


def article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
