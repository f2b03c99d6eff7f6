"""The library that an integration is for: imported, or an error that says what to install."""

from __future__ import annotations

import re
from importlib import import_module
from types import ModuleType

__all__ = ["need"]


def need(name: str, oldest: str, *, extra: str) -> ModuleType:
    """Import a library that has to be installed, and to be new enough.

    Parameters
    ----------
    name : str
        The name that it is imported by.
    oldest : str
        The oldest version that will do, such as ``"2.1"``.
    extra : str
        The extra of lossreg that installs it.

    Returns
    -------
    module
        The library.

    Raises
    ------
    ImportError
        If it is not installed or too old, with the command to write. A library that is there but does not load keeps
        its own error.

    Examples
    --------
    >>> from lossreg.integrations.needs import need
    >>> need("numpy", "1.26", extra="numpy").__name__
    'numpy'
    >>> need("numpy", "99.0", extra="numpy")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ImportError: numpy ... is installed and lossreg needs 99.0 or newer; write: pip install --upgrade 'lossreg[numpy]'
    """
    try:
        module = import_module(name)
    except ModuleNotFoundError as error:
        if error.name != name.partition(".")[0]:
            raise
        message = f"{name} is not installed; lossreg needs {oldest} or newer; write: pip install 'lossreg[{extra}]'"
        raise ImportError(message, name=name) from None
    version = str(getattr(module, "__version__", oldest))
    if numbers(version) < numbers(oldest):
        raise ImportError(
            f"{name} {version} is installed and lossreg needs {oldest} or newer; "
            f"write: pip install --upgrade 'lossreg[{extra}]'",
            name=name,
        )
    return module


def numbers(version: str) -> tuple[int, ...]:
    """The numbers that a version begins with: those of ``"3.2.0rc1"`` are 3, 2 and 0.

    Examples
    --------
    >>> from lossreg.integrations.needs import numbers
    >>> numbers("3.10.2") > numbers("3.9"), numbers("4.0.0.dev1+g12")
    (True, (4, 0, 0))
    """
    parts = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(map(int, parts[0].split("."))) if parts else ()
