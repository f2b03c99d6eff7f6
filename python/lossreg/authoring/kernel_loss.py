"""`lossreg.from_kernel`: a compiled kernel of another package, run by the native engine like a loss of its own.

The package hands over a PyCapsule with a struct of ``lossreg/kernel.h``; `lossreg.get_include` tells where that is.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from importlib import import_module
from operator import attrgetter
from pickle import PicklingError
from types import ModuleType
from typing import Any, ClassVar, cast

from lossreg import _native, loss
from lossreg.authoring import declaration
from lossreg.authoring.defined_loss import DefinedLoss, kind_of
from lossreg.authoring.derivatives import Ways, full_hessian
from lossreg.authoring.fields import field_of
from lossreg.authoring.python_loss import PythonLoss
from lossreg.errors import ParameterError, PluginError
from lossreg.info import Domain, LossInfo, ParamInfo
from lossreg.links import Link
from lossreg.naming import check_name
from lossreg.shown import reason, shown

__all__ = ["KernelLoss", "from_kernel"]

METHOD = "__lossreg_kernel__"


def from_kernel(obj: object) -> KernelLoss:
    """Make a loss of a compiled kernel of another package.

    The kernel computes unreduced losses and derivatives, in blocks, from several threads and without the interpreter lock;
    weights, masks, reductions, sums, dtypes, checks and errors are lossreg's. A derivative that it does not compute is
    made of what it does, by differences; ``info.notes`` says so.

    Parameters
    ----------
    obj : object
        What hands the kernel over: an object, class or module whose ``__lossreg_kernel__()`` returns a PyCapsule named
        ``"lossreg.kernel.v1"`` with a struct of ``lossreg/kernel.h``. `lossreg.ffi.Kernel` makes such an object from
        the addresses of functions, such as those of numba's ``@cfunc``.

    Returns
    -------
    Loss
        The loss with its default parameters; ``loss.replace(...)`` has others. It is known by name after
        `lossreg.register`. It is pickled as the place that `obj` is imported from, where a module holds it.

    Raises
    ------
    ParameterError
        If `obj` has no such method.
    PluginError
        If the method raises, or what it returns is no capsule of this name, version and size, or the struct describes
        no loss.

    See Also
    --------
    lossreg.get_include : Where the C header is.
    lossreg.ffi.Kernel : The way from functions to a kernel without a line of C.

    Examples
    --------
    Here the functions are made by ctypes from Python; those of numba, C, Cython and Rust are handed over in the same way.

    >>> import ctypes
    >>> import lossreg
    >>> @lossreg.ffi.ELEMENTS_F64
    ... def cubic(data, params, count, y_true, y_pred, value, grad, hess):
    ...     for i in range(count):
    ...         r = y_pred[i] - y_true[i]
    ...         if value:
    ...             value[i] = params[0] * abs(r) ** 3
    ...         if grad:
    ...             grad[i] = params[0] * 3 * r * abs(r)
    ...     return 0
    >>> kernel = lossreg.ffi.Kernel("cubic_error", elements=cubic, hess=False, params={"scale": (1.0, "> 0")})
    >>> loss = lossreg.from_kernel(kernel)
    >>> loss.replace(scale=0.5).value_and_grad([0.0, 1.0], [2.0, 1.0], n_threads=1)
    (2.0, array([3., 0.]))
    """
    method = getattr(obj, METHOD, None)
    if not callable(method):
        near = "; lossreg.ffi.Kernel makes one from the addresses of functions" if method is None else ""
        raise ParameterError(f"wanted an object with a method {METHOD}(), which {shown(obj)} has not{near}")
    whose = f"{METHOD}() of {shown(obj)}"
    try:
        capsule = method()
    except Exception as error:
        raise PluginError(f"{whose} raised {reason(error)}") from error
    kernel = _native.Kernel(capsule, whose)
    return kind_of(kernel.key, lambda: _kind(kernel, obj, whose))()


class KernelLoss(DefinedLoss):
    """A loss that `lossreg.from_kernel` made of a compiled kernel."""

    _compiled: ClassVar[_native.Kernel]
    _info: ClassVar[LossInfo]
    _owner: ClassVar[Any]  # what handed the kernel over: it is kept, and its place is what a pickle holds

    full_hessian = full_hessian

    @classmethod
    def describe(cls, aliases: tuple[str, ...] = (), provider: str = "") -> LossInfo:
        """Tell what there is to know about the loss, as `lossreg.describe` does."""
        return replace(cls._info, aliases=aliases, provider=provider)

    def _facts(self) -> dict[str, Any]:
        return {}  # no parameter changes what is declared

    def __reduce__(self) -> tuple[Any, ...]:
        return loss.reduced(self) or (remade, (self.name, _place(self.name, self._owner), self._changed()))

    def __copy__(self) -> KernelLoss:
        return self

    def __deepcopy__(self, memo: Any) -> KernelLoss:
        return self


class Completed(KernelLoss):
    """One of a kernel without a derivative, which is made of what it computes, in Python: the value stays the engine's."""

    family: ClassVar[str]
    target: ClassVar[Domain]
    prediction: ClassVar[Domain]

    _computed: ClassVar[dict[str, bool]]
    _numeric: ClassVar[Ways]
    _base: ClassVar[type[PythonLoss]] = PythonLoss  # by which the native module sees what a subclass leaves out

    @classmethod
    def describe(cls, aliases: tuple[str, ...] = (), provider: str = "") -> LossInfo:
        """Tell what there is to know about the loss, as `lossreg.describe` does."""
        info, ways = super().describe(aliases, provider), Ways.of(cls)
        exact = {} if ways.second is None else {"exact": False}
        return replace(info, notes=(*info.notes, *ways.notes), hessians=exact | dict(info.hessians))

    def per_element(self, y_true: Any, y_pred: Any) -> Any:
        """Return the unreduced loss."""
        return self.value(y_true, y_pred, reduction="none")

    def per_element_grad(self, y_true: Any, y_pred: Any) -> Any:
        """Return the unreduced first derivative."""
        if self._has("grad"):
            return self.grad(y_true, y_pred, reduction="none")
        return Ways.of(type(self)).gradient(self, y_true, y_pred)

    def per_element_hess(self, y_true: Any, y_pred: Any) -> Any:
        """Return the unreduced second derivative."""
        if self._has("hess"):
            return self.hess(y_true, y_pred, reduction="none")
        return Ways.of(type(self)).hessian(self, y_true, y_pred)

    @classmethod
    def _has(cls, what: str) -> bool:
        return cls._computed[what]

    def _without(self, what: str) -> str:
        return "its compiled kernel does not compute it"


def _kind(kernel: _native.Kernel, owner: Any, whose: str) -> type[KernelLoss]:
    said = kernel.described()
    name = said["name"]
    try:
        info = _info(said)
        fields = tuple(map(field_of, info.params))
        for field in fields:
            field.checked(name, field.default)
    except ParameterError as error:
        raise PluginError(f"{whose} returned a kernel {shown(name)} that describes no loss: {error}") from error
    members: dict[str, Any] = {
        "name": name,
        "__doc__": info.summary or None,
        "__module__": __name__,
        "_fields": fields,
        "_compiled": kernel,
        "_info": info,
        "_owner": owner,
    }
    computed = {"grad": said["has_grad"], "hess": said["has_hess"]}
    base = KernelLoss
    if not all(computed.values()):
        base = Completed
        members |= {"family": info.family, "target": info.target, "prediction": info.prediction, "_computed": computed}
    return cast("type[KernelLoss]", declaration.LossType(name, (base,), members))


def _info(said: Mapping[str, Any]) -> LossInfo:
    """What a kernel says of itself, checked."""
    check_name(said["name"])
    link = Link(said["link"] or "identity")
    if link.name == "softmax" and not said["row_wise"]:
        raise ParameterError("link is 'softmax', which is one of rows; wanted 'identity', 'logit' or 'log'")
    params = tuple(map(_param, said["params"]))
    names = [param.name for param in params]
    if twice := [one for one in names if names.count(one) > 1]:
        raise ParameterError(f"it has a parameter {twice[0]} twice")
    return LossInfo(
        name=said["name"],
        family="row-wise" if said["row_wise"] else "pointwise",
        summary=said["summary"],
        formula=said["formula"],
        params=params,
        target=Domain(said["target"]),
        prediction=Domain(said["prediction"]),
        hessians=({"exact": said["convex"]} if said["has_hess"] else {}) | {"unit": True},
        link=link.name,
        convex=said["convex"] or None,
        source=said["source"],
        notes=("a compiled kernel",),
    )


def _param(said: Mapping[str, Any]) -> ParamInfo:
    name, default = said["name"], said["default"]
    if not name.isidentifier() or name.startswith("_") or hasattr(KernelLoss, name):
        raise ParameterError(
            f"the parameter {shown(name)} needs another name: an identifier that losses have no use for"
        )
    if said["switch"]:
        if default not in (0.0, 1.0):
            raise ParameterError(f"the switch {name} has the default {default}; wanted 0 or 1")
        return ParamInfo(name, "switch", default=bool(default), doc=said["doc"])
    (low, low_open), (high, high_open) = said["low"], said["high"]
    if not low <= high:
        raise ParameterError(f"the parameter {name} has the bounds {low} and {high}; wanted a low and a high one")
    bounds = {
        "low": None if low == float("-inf") else low,
        "low_open": low_open,
        "high": None if high == float("inf") else high,
        "high_open": high_open,
    }
    return ParamInfo(name, "number", default=default, doc=said["doc"], **bounds)


def _place(name: str, owner: Any) -> str:
    """Where an object is imported from: a module, or ``module:attribute``."""
    if isinstance(owner, ModuleType) and sys.modules.get(owner.__name__) is owner:
        return owner.__name__
    module = sys.modules.get(getattr(owner, "__module__", None) or "")
    held = [getattr(owner, "__qualname__", None), *(key for key, one in vars(module or object).items() if one is owner)]
    for path in filter(None, held):
        try:
            if attrgetter(path)(module) is owner:
                return f"{getattr(module, '__name__', '')}:{path}"
        except AttributeError:
            continue
    raise PicklingError(
        f"{shown(owner)}, which the kernel of the loss {name} comes from, cannot be imported, so that pickle cannot name it: "
        "give it a name at the top level of its module, or bring the loss by a plugin, whose losses are pickled by name"
    )


def remade(name: str, place: str, params: dict[str, Any]) -> KernelLoss:
    """Make a loss again, from its pickle."""
    module, _, path = place.partition(":")
    try:
        owner: Any = import_module(module)
        owner = attrgetter(path)(owner) if path else owner
    except (ImportError, AttributeError) as error:
        raise PluginError(
            f"the loss {name} was pickled with a kernel of {place}, which cannot be imported here: {reason(error)}"
        ) from error
    return cast(KernelLoss, from_kernel(owner).replace(**params))
