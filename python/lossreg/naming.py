"""What a loss may be called."""

from __future__ import annotations

import re
from keyword import iskeyword

from lossreg.errors import ParameterError

__all__ = ["check_name"]

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def check_name(key: object) -> None:
    """Refuse what is no name of a loss."""
    if not isinstance(key, str) or not NAME.fullmatch(key) or iskeyword(key):
        from lossreg.shown import shown

        raise ParameterError(
            "a loss is called by an identifier in lower case, of the letters a to z, digits and single underscores "
            f"between words, such as 'log_cosh', not {shown(key)}"
        )
