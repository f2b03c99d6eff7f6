"""A Dask cluster in this process, of two workers that see half of the rows each, and data on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def two_workers() -> Iterator[Any]:
    """The client of a cluster of two workers, which are threads: processes would each import everything anew.

    What a worker holds stays there: LightGBM trains other trees where one worker has taken both halves of the rows.
    """
    import dask
    import distributed

    with (
        dask.config.set({"distributed.scheduler.work-stealing": False}),
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def halves(client: Any, *arrays: np.ndarray, at: int | None = None) -> list[Any]:
    """Arrays as Dask's, of two parts, cut `at` a row or in the middle: the first worker holds the first of each."""
    import dask
    import dask.array

    workers = sorted(client.scheduler_info()["workers"])

    def held(array: np.ndarray) -> Any:
        """This array, a part of it with each worker."""
        parts = [
            dask.array.from_delayed(
                dask.delayed(client.scatter(part, workers=[worker], hash=False)), part.shape, part.dtype
            )
            for worker, part in zip(workers, np.array_split(array, 2 if at is None else [at]), strict=True)
        ]
        return dask.array.concatenate(parts)

    return [held(array) for array in arrays]


def coarse(X: np.ndarray) -> np.ndarray:
    """Features of so few values that each worker finds the same bins, whichever half it has."""
    return np.round(X).clip(-2, 2)
