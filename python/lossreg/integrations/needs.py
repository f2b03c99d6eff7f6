"""What an integration needs: the library, not older than it is known to work with."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any

__all__ = ["need"]


def need(module: str, oldest: str, *, extra: str, package: str = "") -> Any:
    """Import the library of an integration.

    Parameters
    ----------
    module : str
        Its module.
    oldest : str
        The oldest version that the integration works with.
    extra : str
        The extra of lossreg that brings it.
    package : str, optional
        Its name where it is installed from, if that is another.

    Returns
    -------
    module
        The module.

    Raises
    ------
    ImportError
        If it is missing or older; the message says what to install.
    """
    package = package or module
    try:
        found = import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module.split(".", maxsplit=1)[0]:
            raise
        raise ImportError(
            f"lossreg.integrations.{extra} needs {package}, which is not installed; "
            f"pip install 'lossreg[{extra}]' or pip install '{package}>={oldest}'"
        ) from error
    try:
        installed = version(package)
    except PackageNotFoundError:
        installed = str(getattr(found, "__version__", oldest))
    if numbers(installed) < numbers(oldest):
        raise ImportError(
            f"lossreg.integrations.{extra} needs {package} {oldest} or newer; {installed} is installed; "
            f"pip install '{package}>={oldest}'"
        )
    return found


def numbers(text: str) -> tuple[int, ...]:
    """The leading numbers of a version, for comparing."""
    return tuple(int(part) for part in re.findall(r"\d+", re.split(r"[a-z+]", text)[0]))
