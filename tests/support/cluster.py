"""A Dask cluster in this process, of two workers that see half of the rows each, and data on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np


@contextmanager
def two_workers() -> Iterator[Any]:
    """The client of a cluster of two workers, which are threads: processes would each import everything anew."""
    import distributed

    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def halves(*arrays: Any) -> list[Any]:
    """Arrays as Dask's, of two parts."""
    import dask.array

    return [dask.array.from_array(one, chunks=(-(-len(one) // 2), *one.shape[1:])) for one in arrays]


def coarse(X: np.ndarray) -> np.ndarray:
    """Features of so few values that each worker finds the same bins, whichever half it has."""
    return np.round(X).clip(-2, 2)
