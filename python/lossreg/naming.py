"""What a loss may be called."""

from __future__ import annotations

import re
from keyword import iskeyword

from lossreg.errors import ParameterError

__all__ = ["COMBINED", "DEFINED", "check_name"]

# What data call that which makes a loss of others, or of a formula: no loss is called so.
COMBINED, DEFINED = "combine", "define"

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST = 100


def check_name(key: object) -> None:
    """Refuse what is no name of a loss."""
    is_name = isinstance(key, str) and len(key) <= LONGEST and NAME.fullmatch(key) and not iskeyword(key)
    if not is_name or key in (COMBINED, DEFINED):
        from lossreg.shown import shown

        why = f", which lossreg.{key} has in data" if is_name else ""
        raise ParameterError(
            "a loss is called by an identifier in lower case, of the letters a to z, digits and single underscores "
            f"between words, at most {LONGEST} in all, such as 'log_cosh', not {shown(key)}{why}"
        )
