"""Losses and compiled code of other libraries, without the interpreter between them.

A `Kernel` makes a loss of compiled functions, whatever they were compiled by; `lossreg.get_include` tells where the C header is that
says what such functions are.

XLA, the compiler of JAX, calls losses: it calls `xla_handler`'s function with its buffers and the name of a loss; `xla_name` is
how it comes to know the loss.
"""

from __future__ import annotations

import ctypes
import math
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossreg._native import xla_handler, xla_name
from lossreg.authoring.fields import parameter, parameters
from lossreg.errors import ParameterError
from lossreg.info import Domain, ParamInfo
from lossreg.shown import shown

__all__ = [
    "ELEMENTS_F32",
    "ELEMENTS_F64",
    "ROWS_F32",
    "ROWS_F64",
    "Kernel",
    "get_include",
    "xla_handler",
    "xla_name",
]

_DOUBLES, _SINGLES = ctypes.POINTER(ctypes.c_double), ctypes.POINTER(ctypes.c_float)
_HEAD = (ctypes.c_int32, ctypes.c_void_p, _DOUBLES, ctypes.c_size_t)

# The types of functions, as ctypes has them: decorators for functions written in Python, and types of those in a library.
ELEMENTS_F64 = ctypes.CFUNCTYPE(*_HEAD, *(_DOUBLES,) * 5)
ELEMENTS_F32 = ctypes.CFUNCTYPE(*_HEAD, *(_SINGLES,) * 5)
ROWS_F64 = ctypes.CFUNCTYPE(*_HEAD, ctypes.c_size_t, ctypes.c_void_p, *(_DOUBLES,) * 4)
ROWS_F32 = ctypes.CFUNCTYPE(*_HEAD, ctypes.c_size_t, ctypes.c_void_p, *(_SINGLES,) * 4)


def get_include() -> str:
    """Return the folder for a C compiler's ``-I``, in which ``lossreg/kernel.h`` is.

    Returns
    -------
    str
        The folder, within the installed package.

    Examples
    --------
    >>> import lossreg
    >>> from pathlib import Path
    >>> (Path(lossreg.get_include()) / "lossreg" / "kernel.h").exists()
    True
    """
    return str(Path(__file__).parent / "include")


CAPSULE = b"lossreg.kernel.v1"
VERSION = 1
LOW_OPEN, HIGH_OPEN, SWITCH = 1, 2, 4
HAS_GRAD, HAS_HESS, CONVEX, LIGHT = 1, 2, 4, 8


class _Param(ctypes.Structure):
    """``lossreg_param_v1``."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("doc", ctypes.c_char_p),
        ("initial", ctypes.c_double),
        ("low", ctypes.c_double),
        ("high", ctypes.c_double),
        ("flags", ctypes.c_uint64),
    )


TEXTS = ("name", "summary", "formula", "source", "target", "prediction", "link")
FUNCTIONS = ("elements_f64", "elements_f32", "rows_f64", "rows_f32")


class _Struct(ctypes.Structure):
    """``lossreg_kernel_v1``."""

    _fields_ = (
        ("version", ctypes.c_uint32),
        ("struct_size", ctypes.c_uint32),
        *((text, ctypes.c_char_p) for text in TEXTS),
        ("flags", ctypes.c_uint64),
        ("n_params", ctypes.c_size_t),
        ("params", ctypes.POINTER(_Param)),
        ("data", ctypes.c_void_p),
        *((function, ctypes.c_void_p) for function in FUNCTIONS),
        ("message", ctypes.c_void_p),
    )


# What ctypes has for functions, and for pointers.
_POINTERS = (ELEMENTS_F64.__mro__[1], ctypes.c_void_p)

# A function of its own: other libraries change the signature of the one that `ctypes.pythonapi` shares.
NEW_CAPSULE = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p)(
    ("PyCapsule_New", ctypes.pythonapi)
)
# Structs that capsules point to: they stay as long as the process, as compiled code does.
_KEPT: list[Any] = []


class Kernel:
    """A kernel for `lossreg.from_kernel`, from compiled functions.

    A function is given as its address, as a pointer of ctypes, or as what numba's ``@cfunc`` makes. What it gets and writes is
    said in ``lossreg/kernel.h``.

    Parameters
    ----------
    name : str
        The name of the loss, in snake_case.
    elements, elements_f32 : function, optional
        The loss of elements, in float64 and in float32. Without the latter, float32 arrays are computed in float64.
    rows, rows_f32 : function, optional
        The loss of rows of classes, likewise.
    grad, hess : bool, default True
        Whether the functions compute first and second derivatives.
    params : mapping, optional
        The parameters, as `lossreg.define` takes them: defaults, or pairs such as ``(1.0, "> 0")``.
    target, prediction : str or lossreg.info.Domain, default "real"
        What the arguments may be.
    link : str, default "identity"
        From raw scores to the scale of the target.
    convex : bool, default False
        Whether the loss is convex in the predictions.
    light : bool, default False
        Whether an element takes no more than some additions and products.
    summary, formula, source : str, default ""
        For people.

    Examples
    --------
    >>> import ctypes
    >>> import lossreg
    >>> library = ctypes.CDLL("libmine.so")  # doctest: +SKIP
    >>> kernel = lossreg.ffi.Kernel("my_loss", elements=library.my_loss)  # doctest: +SKIP
    >>> lossreg.from_kernel(kernel)([0.0], [1.0])  # doctest: +SKIP
    0.5
    """

    def __init__(
        self,
        name: str,
        *,
        elements: Any = None,
        elements_f32: Any = None,
        rows: Any = None,
        rows_f32: Any = None,
        grad: bool = True,
        hess: bool = True,
        params: Mapping[str, Any] | None = None,
        target: str | Domain = "real",
        prediction: str | Domain = "real",
        link: str = "identity",
        convex: bool = False,
        light: bool = False,
        summary: str = "",
        formula: str = "",
        source: str = "",
    ) -> None:
        self.name = name
        # A module that holds it under a name is where pickles find it.
        self.__module__ = sys._getframe(1).f_globals.get("__name__", "")
        flags = zip((HAS_GRAD, HAS_HESS, CONVEX, LIGHT), (grad, hess, convex, light), strict=True)
        given = {"elements_f64": elements, "elements_f32": elements_f32, "rows_f64": rows, "rows_f32": rows_f32}
        texts = (
            name,
            summary,
            formula,
            source,
            getattr(target, "value", target),
            getattr(prediction, "value", prediction),
        )
        given_params = parameters(name, {} if params is None else params)
        infos = [parameter(f"{name}: the parameter {key}", key, one) for key, one in given_params]
        listed = (_Param * max(1, len(infos)))(*(_param(name, info) for info in infos))
        struct = _Struct(
            version=VERSION,
            struct_size=ctypes.sizeof(_Struct),
            **{key: _text(name, key, text) for key, text in zip(TEXTS, (*texts, link), strict=True)},
            flags=sum(flag for flag, is_set in flags if is_set),
            n_params=len(infos),
            params=ctypes.cast(listed, ctypes.POINTER(_Param)),
            **{key: _address(name, function) for key, function in given.items()},
        )
        _KEPT.append((struct, listed, given))
        self._capsule = NEW_CAPSULE(ctypes.addressof(struct), CAPSULE, None)

    def __lossreg_kernel__(self) -> Any:
        """Hand the kernel over."""
        return self._capsule

    def __repr__(self) -> str:
        return f"<lossreg.ffi.Kernel {self.name}>"


def _text(name: str, what: str, text: object) -> bytes:
    if not isinstance(text, str) or "\0" in text:
        raise ParameterError(f"{shown(name)}: {what} is a text, not {shown(text)}")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ParameterError(f"{shown(name)}: {what} is {shown(text)}, which has half a character") from error


def _param(name: str, info: ParamInfo) -> _Param:
    if info.optional:
        raise ParameterError(
            f"{name}: the parameter {info.name} has no number for a default, and kernels have numbers only"
        )
    low, high = (end if end is not None else bound for end, bound in ((info.low, -math.inf), (info.high, math.inf)))
    facts = ((info.low_open, LOW_OPEN), (info.high_open, HIGH_OPEN), (info.kind == "switch", SWITCH))
    flags = sum(flag for is_set, flag in facts if is_set)
    default: Any = info.default
    texts = (
        _text(name, what, text)
        for what, text in (("a parameter's name", info.name), (f"the doc of {shown(info.name)}", info.doc))
    )
    return _Param(*texts, float(default), low, high, flags)


def _address(name: str, function: Any) -> int | None:
    """Where a function is: of an address, what numba makes, or a pointer of ctypes."""
    if function is None:
        return None
    pointer = isinstance(function, _POINTERS)
    address = ctypes.cast(function, ctypes.c_void_p).value if pointer else getattr(function, "address", function)
    if not isinstance(address, int) or isinstance(address, bool) or not address:
        wanted = "an address, a pointer of ctypes, or what numba.cfunc makes"
        raise ParameterError(f"{shown(name)}: {shown(function)} is no compiled function; wanted {wanted}")
    return address
