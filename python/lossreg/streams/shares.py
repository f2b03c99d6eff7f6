"""Files in shares, which threads read and compute each by themselves: what they come to is added in the order of the rows."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, islice, takewhile
from threading import Event, Lock
from typing import TYPE_CHECKING

from lossreg.streams.parts import Part
from lossreg.streams.pieces import Shape, fold
from lossreg.streams.sources import Files, Share
from lossreg.threads import get_num_threads, num_threads

if TYPE_CHECKING:
    from lossreg._native import State

__all__ = ["fold_files"]

MOST = 16  # threads, each of which holds blocks in memory
WAITING = 2  # shares for each thread, begun before the first of them is added


def fold_files(state: State, files: Files, sides: Sequence[str], report: Callable[[int], None] | None = None) -> State:
    """Update a state with the rows of files, as `fold` does with blocks; several threads if the files can be divided.

    Parameters
    ----------
    state : State
        What is updated.
    files : Files
        The files.
    sides : sequence of str
        The names of the loss's arguments, in order.
    report : callable, optional
        Called after each block with how many elements it had, never twice at a time.

    Returns
    -------
    State
        The state.
    """
    threads = min(get_num_threads(), MOST)
    shares = files.shares(threads)
    first = [*islice(shares, 2)]
    if len(first) < 2:
        return fold(state, files.blocks(), sides, report)
    stopped, lock = Event(), Lock()

    def told(elements: int) -> None:
        if report:
            with lock:
                report(elements)

    def part(share: Share) -> Part:
        blocks = takewhile(lambda _: not stopped.is_set(), share.blocks())
        shapes: dict[str, Shape] = {}
        return Part(fold(state.loss.state(state.reduction), blocks, sides, told, shapes, share.before), shapes)

    total = part(Share(0, tuple))
    coming: deque[Future[Part]] = deque()
    pool = ThreadPoolExecutor(threads, "lossreg-files")
    try:
        with num_threads(1):
            for share in chain(first, shares):
                coming.append(pool.submit(part, share))
                if len(coming) > WAITING * threads:
                    total += coming.popleft().result()
            for one in coming:
                total += one.result()
    finally:  # also after an error, or an interrupt
        stopped.set()
        pool.shutdown(cancel_futures=True)
    return state.merge(total.state)
