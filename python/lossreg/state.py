"""What a state answers about itself: bytes, pickles, text. Its sums are native.

The bytes begin with a mark and the version of what follows: the reduction, the loss as data, the sums, and a checksum over all of
it. They hold names and numbers, no code. The answers are joined to the native class, as those of losses are.
"""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any
from zlib import crc32

from lossreg import _native
from lossreg._native import State
from lossreg.errors import LossregError, ParameterError
from lossreg.shown import escaped

if TYPE_CHECKING:
    from lossreg.loss import Loss

    Native = _native.State
else:
    Native = object

__all__ = ["State"]

MARK = b"lossreg.state"
VERSION = 1
HEAD = struct.Struct("<BBI")  # version, reduction, length of the loss
CHECK = struct.Struct("<I")
REDUCTIONS = ("sum", "mean", "weighted_mean")


class Answers(Native):
    """The members that are joined to `State`."""

    __slots__ = ()

    def to_bytes(self) -> bytes:
        """Return the state as bytes, for `from_bytes` on this or another machine.

        They hold the name and the parameters of the loss, not its code: one written in Python must be registered where they are
        read, or be given there. A pickle has the loss as its own pickle does.

        Returns
        -------
        bytes
            At most 2 kB besides the loss; equal sums have equal bytes.

        Examples
        --------
        >>> import lossreg
        >>> state = lossreg.get("huber").state().update([1.0], [3.0])
        >>> lossreg.State.from_bytes(state.to_bytes()) == state
        True
        """
        try:
            loss = _text(self.loss).encode()
        except TypeError as error:
            message = (
                f"{self.loss!r} has a parameter that is no plain data, so its states have no bytes; pickle the state"
            )
            raise ParameterError(message, loss=self.loss.name) from error
        head = HEAD.pack(VERSION, REDUCTIONS.index(self.reduction), len(loss))
        whole = MARK + head + loss + self._packed()
        return whole + CHECK.pack(crc32(whole))

    @staticmethod
    def from_bytes(data: bytes | bytearray | memoryview, *, loss: Loss | None = None) -> State:
        """Make a state again from what `to_bytes` returned.

        Parameters
        ----------
        data : bytes, bytearray or memoryview
            The bytes.
        loss : Loss, optional
            The loss, where `lossreg.get` does not know it; its name and parameters must be those in the bytes.

        Returns
        -------
        State
            The state.

        Raises
        ------
        ParameterError
            If the bytes are no state, or damaged, or of a version or a loss that is not known here; it is a ``ValueError``.

        Examples
        --------
        >>> import lossreg
        >>> lossreg.State.from_bytes(b"something else")
        Traceback (most recent call last):
        lossreg.errors.ParameterError: data is no state of lossreg: it does not begin with b'lossreg.state'
        """
        if not isinstance(data, bytes | bytearray | memoryview):
            raise TypeError(f"data is of type {type(data).__name__}; wanted the bytes that State.to_bytes returned")
        reduction, text, packed = _parts(bytes(data))
        state = State._unpacked(_loss_of(text, loss), reduction, packed)
        if state is None:
            raise _refused("holds sums that no data have")
        return state

    def __reduce__(self) -> tuple[Any, ...]:
        return remade, (self.loss, self.reduction, self._packed())

    def __repr__(self) -> str:
        return f"State({self.loss!r}, {self.reduction!r}, count={self.count})"


def remade(loss: Loss, reduction: str, packed: bytes) -> State:
    """Make a state again, from its pickle."""
    state = State._unpacked(loss, reduction, packed)
    if state is None:
        raise _refused("holds sums that no data have")
    return state


def _refused(why: str) -> ParameterError:
    return ParameterError(f"data {why}", parameter="data")


def _parts(data: bytes) -> tuple[str, str, bytes]:
    """The reduction, the text of the loss and the sums, where nothing is missing, changed or unknown."""
    if not data.startswith(MARK):
        raise _refused(f"is no state of lossreg: it does not begin with {MARK!r}")
    body = memoryview(data)[len(MARK) : -CHECK.size]
    if len(body) < HEAD.size:
        raise _refused(f"is cut off: {len(data)} bytes are too few for a state")
    version, reduction, length = HEAD.unpack_from(body)
    if version != VERSION:
        raise _refused(
            f"is a state of version {version}, and this lossreg reads version {VERSION}; update the older of the two"
        )
    if CHECK.unpack_from(data, len(data) - CHECK.size) != (crc32(data[: -CHECK.size]),):
        raise _refused("is damaged: its checksum is not that of its bytes")
    loss, packed = bytes(body[HEAD.size : HEAD.size + length]), bytes(body[HEAD.size + length :])
    if reduction >= len(REDUCTIONS):
        raise _refused(f"holds a reduction of the number {reduction}, which there is not")
    return REDUCTIONS[reduction], loss.decode(errors="replace"), packed


def _text(loss: Loss) -> str:
    return json.dumps(loss._portable(), separators=(",", ":"))


def _loss_of(text: str, given: Loss | None) -> Loss:
    """The loss that a text means, or that which was given and has this text."""
    if given is not None:
        if _text(given) != text:
            raise ParameterError(f"data holds a state of {escaped(text)}, and loss is {given!r}", parameter="loss")
        return given
    from lossreg.registry import get

    try:
        return get(json.loads(text))
    except (LossregError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = error.args[0] if error.args else error
        raise _refused(
            f"holds a state of a loss that is not known here ({reason}); register it, or give it as loss="
        ) from error


def _join() -> None:
    for name, member in vars(Answers).items():
        if name not in ("__slots__", "__module__", "__doc__") and hasattr(member, "__get__"):
            function = member.__func__ if isinstance(member, staticmethod) else member
            function.__qualname__ = f"State.{name}"
            setattr(State, name, member)


_join()
