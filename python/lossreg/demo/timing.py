"""How long a pass takes: value and gradient of a training's predictions, by lossreg and by plain NumPy in turn.

The training set alone is so small that a pass over it measures the call. So its targets and predictions are repeated to
about a million elements; the time over the set itself is kept beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np

from lossreg.demo.plain import PLAIN

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    import lossreg

ELEMENTS = 1_000_000
ROUNDS = 9
SHORTEST = 2e-3  # a round repeats the pass until it has taken so many seconds


@dataclass(frozen=True)
class Timing:
    """Seconds for one pass."""

    elements: int
    seconds: float
    plain_seconds: float
    own_elements: int
    own_seconds: float
    own_plain_seconds: float

    @property
    def rate(self) -> float:
        """Elements per second."""
        return self.elements / self.seconds

    @property
    def ratio(self) -> float:
        """How many times as long plain NumPy takes."""
        return self.plain_seconds / self.seconds


def compare(loss: lossreg.Loss, *arguments: NDArray[Any], elements: int = ELEMENTS, rounds: int = ROUNDS) -> Timing:
    """Time the loss and its plain counterpart over the arguments, repeated and as they are."""
    times = -(-elements // arguments[-1].size)
    repeated = [np.concatenate([argument] * times) for argument in arguments]
    seconds, plain_seconds = _race(loss, repeated, rounds)
    own_seconds, own_plain_seconds = _race(loss, arguments, rounds)
    return Timing(repeated[-1].size, seconds, plain_seconds, arguments[-1].size, own_seconds, own_plain_seconds)


def _race(loss: lossreg.Loss, arguments: Any, rounds: int) -> tuple[float, float]:
    """The least seconds of both (the rest is what else the machine did), in turn so that a busy moment hits both."""
    plain, params = PLAIN[loss.name], {name: loss.params[name] for name in _parameters(loss.name)}
    passes = [lambda: loss.value_and_grad(*arguments), lambda: plain(*arguments, **params)]
    repeats = [max(1, round(SHORTEST / max(_seconds(call, 1), 1e-7))) for call in passes]
    laps = [[_seconds(call, n) for call, n in zip(passes, repeats, strict=True)] for _ in range(rounds)]
    seconds, plain_seconds = np.min(laps, axis=0)
    return float(seconds), float(plain_seconds)


def _parameters(name: str) -> list[str]:
    """The parameters that the plain counterpart has."""
    code = PLAIN[name].__code__
    count = code.co_argcount
    return list(code.co_varnames[count - len(PLAIN[name].__defaults__ or ()) : count])


def _seconds(call: Callable[[], object], repeats: int) -> float:
    start = perf_counter()
    for _ in range(repeats):
        call()
    return (perf_counter() - start) / repeats
