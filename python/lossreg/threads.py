"""How many threads a call may use: the setting of the process, and a block in which it is another."""

from __future__ import annotations

from threading import Lock
from types import TracebackType
from typing import ClassVar

from lossreg import _native

__all__ = ["get_num_threads", "num_threads", "register_with_threadpoolctl", "set_num_threads"]

_lock = Lock()
_registered = False


def get_num_threads() -> int:
    """How many threads a call uses when its ``n_threads`` is None.

    Returns
    -------
    int
        The last `set_num_threads`, else ``LOSSREG_NUM_THREADS``, ``RAYON_NUM_THREADS``, ``OMP_NUM_THREADS``, else
        the CPUs that this process may use.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.get_num_threads() >= 1
    True
    """
    return _native.get_num_threads()


def set_num_threads(n: int | None) -> None:
    """Set how many threads a call uses when its ``n_threads`` is None, for all Python threads of this process.

    Parameters
    ----------
    n : int or None
        At least 1; None goes back to what the environment and the machine say.

    Raises
    ------
    ParameterError
        If `n` is below 1.

    Examples
    --------
    >>> import lossreg
    >>> lossreg.set_num_threads(1)
    >>> lossreg.get_num_threads()
    1
    >>> lossreg.set_num_threads(None)
    """
    _native.set_num_threads(n)


class num_threads:  # noqa: N801  (used like a function)
    """A ``with`` block in which calls use `n` threads; afterwards the number is what it was before.

    The number belongs to the process. Where blocks of several Python threads overlap, the one entered last and not yet
    left counts, and when all are left the number is that of before the first.

    Parameters
    ----------
    n : int
        At least 1.

    Examples
    --------
    >>> import lossreg
    >>> with lossreg.num_threads(1):
    ...     lossreg.get_num_threads()
    1
    """

    _lock = Lock()
    _open: ClassVar[list[tuple[num_threads, int]]] = []
    _outside = 0

    def __init__(self, n: int) -> None:
        self._n = n

    def __enter__(self) -> None:
        with self._lock:
            outside = _native.get_num_threads()
            _native.set_num_threads(self._n)
            if not self._open:
                num_threads._outside = outside
            self._open.append((self, self._n))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            mine = max(i for i, (block, _) in enumerate(self._open) if block is self)
            del self._open[mine]
            _native.set_num_threads(self._open[-1][1] if self._open else self._outside)


def register_with_threadpoolctl() -> None:
    """Let ``threadpoolctl.threadpool_limits`` set, and ``threadpool_info`` show, how many threads lossreg uses.

    One call a process is enough. It is no part of ``import lossreg``, which would have to import threadpoolctl; joblib's
    worker processes need it not, since they set ``OMP_NUM_THREADS``.

    Raises
    ------
    ImportError
        If threadpoolctl is not installed.

    Examples
    --------
    >>> import lossreg
    >>> from threadpoolctl import threadpool_limits
    >>> lossreg.threads.register_with_threadpoolctl()
    >>> with threadpool_limits(1):
    ...     lossreg.get_num_threads()
    1
    """
    global _registered  # noqa: PLW0603  (once a process)
    try:
        from threadpoolctl import LibController, register
    except ImportError as error:
        raise ImportError("threadpoolctl is not installed; pip install threadpoolctl") from error

    class LossregController(LibController):  # type: ignore[misc]  # threadpoolctl has no types
        user_api = internal_api = "lossreg"
        filename_prefixes = ("_native",)
        check_symbols = ("lossreg_get_num_threads", "lossreg_set_num_threads")

        def get_num_threads(self) -> int:
            return int(self.dynlib.lossreg_get_num_threads())

        def set_num_threads(self, num_threads: int) -> None:
            self.dynlib.lossreg_set_num_threads(num_threads)

        def get_version(self) -> str | None:
            from importlib.metadata import PackageNotFoundError, version

            try:
                return version("lossreg")
            except PackageNotFoundError:  # not installed, but run from its folder
                return None

    with _lock:
        if not _registered:
            register(LossregController)
            _registered = True
