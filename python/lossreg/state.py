"""How states are written, and read again: as bytes, and in pickles.

The bytes begin with a mark and the version of what follows: the reduction, the loss as data, the sums, and a checksum over all of
it. They hold names and numbers, no code.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from typing import Any
from zlib import crc32

from lossreg.errors import LossregError, ParameterError
from lossreg.shown import escaped

__all__ = ["from_bytes", "sealed", "to_bytes", "unsealed"]

MARK = b"lossreg.state"
VERSION = 1
HEAD = struct.Struct("<BBI")  # version, reduction, length of the loss
CHECK = struct.Struct("<I")
REDUCTIONS = ("sum", "mean", "weighted_mean")


def to_bytes(loss: Any, reduction: str, sums: bytes) -> bytes:
    """The bytes of a state of a loss."""
    text = _text(loss).encode()
    whole = MARK + HEAD.pack(VERSION, REDUCTIONS.index(reduction), len(text)) + text + sums
    return whole + CHECK.pack(crc32(whole))


def from_bytes(data: Any, loss: Any, get: Callable[[Any], Any]) -> tuple[Any, str, bytes]:
    """The loss, the reduction and the sums of the state that bytes are of; `get` knows the losses that are not given."""
    reduction, text, sums = _parts(_whole(data, "State.to_bytes returned"))
    return _loss_of(text, loss, get), reduction, sums


def sealed(reduction: str, sums: bytes) -> bytes:
    """What a pickle holds besides the loss: its bytes could be those of another reduction's, which has sums of the same form."""
    whole = bytes([REDUCTIONS.index(reduction)]) + sums
    return whole + CHECK.pack(crc32(whole))


def unsealed(reduction: str, data: Any) -> bytes:
    """The sums of a state of this reduction that a pickle holds."""
    whole = _whole(data, "State.__reduce__ returned last")
    sums = whole[1 : -CHECK.size]
    if sealed(reduction, sums) != whole:
        raise _refused(
            f"holds no sums of a state with reduction={reduction!r}: it is damaged, or a pickle of another version of lossreg, "
            "which reads it; State.to_bytes says its version"
        )
    return sums


def _whole(data: Any, wanted: str) -> bytes:
    if not isinstance(data, bytes | bytearray | memoryview):
        raise TypeError(f"data is of type {type(data).__name__}; wanted the bytes that {wanted}")
    return bytes(data)


def _refused(why: str) -> ParameterError:
    return ParameterError(f"data {why}", parameter="data")


def _parts(data: bytes) -> tuple[str, str, bytes]:
    """The reduction, the text of the loss and the sums, where nothing is missing, changed or unknown."""
    if not data.startswith(MARK):
        raise _refused(f"is no state of lossreg: it does not begin with {MARK!r}")
    body = data[len(MARK) : -CHECK.size]
    if len(body) < HEAD.size:
        raise _refused(f"is cut off: {len(data)} bytes are too few for a state")
    version, reduction, length = HEAD.unpack_from(body)
    if version != VERSION:
        raise _refused(
            f"is a state of version {version}, and this lossreg reads version {VERSION}; update the older of the two"
        )
    if CHECK.unpack_from(data, len(data) - CHECK.size) != (crc32(data[: -CHECK.size]),):
        raise _refused("is damaged: its checksum is not that of its bytes")
    if reduction >= len(REDUCTIONS):
        raise _refused(f"holds a reduction of the number {reduction}, which there is not")
    end = HEAD.size + length
    return REDUCTIONS[reduction], body[HEAD.size : end].decode(errors="replace"), body[end:]


def _text(loss: Any) -> str:
    """A loss as text: its name and its parameters."""
    return json.dumps(loss._portable(), separators=(",", ":"))


def _loss_of(text: str, given: Any, get: Callable[[Any], Any]) -> Any:
    """The loss that a text means, or that which was given and has this text."""
    if given is not None:
        if _text(given) != text:
            raise ParameterError(f"data holds a state of {escaped(text)}, and loss is {given!r}", parameter="loss")
        return given
    try:
        return get(json.loads(text))
    except (LossregError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = error.args[0] if error.args else error
        raise _refused(
            f"holds a state of a loss that is not known here ({reason}); register it, or give it as loss="
        ) from error
