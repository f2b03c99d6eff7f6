"""A loss over data in parts, by Dask. Run it as `python -P examples/trainers/dask.py`.

-P keeps Python from importing this very file as `dask`.
"""

import tempfile

import dask
import dask.array as da
import dask.dataframe as dd
import numpy as np
import pandas as pd

import lossreg
from lossreg.integrations.dask import evaluate, gradient

rng = np.random.default_rng(0)
y = rng.poisson(3.0, 100_000)
raw = rng.normal(1.0, 0.5, 100_000)
poisson = lossreg.get("poisson")

print("A Parquet folder, in 7 partitions and in 50")
with tempfile.TemporaryDirectory() as folder:
    for partitions in (7, 50):
        dd.from_pandas(pd.DataFrame({"y": y, "raw": raw}), npartitions=partitions).to_parquet(folder, overwrite=True)
        print(f"  {evaluate(poisson, dd.read_parquet(folder), true='y', pred='raw')!r}")
print(f"  in one call: {poisson(y, raw)!r}")

print("Arrays of unequal chunks")
target, score = da.from_array(y, chunks=(1, 9_999, 90_000)), da.from_array(raw, chunks=30_000)
slope = gradient(poisson, target, score)
value, first = dask.compute(evaluate(poisson, target, score, compute=False), slope[:3])
print(f"  {value == poisson(y, raw)}, gradient {np.array_equal(first, poisson.grad(y, raw)[:3])}")

print("A partition with a bad label")
try:
    evaluate(poisson, da.where(da.arange(100_000, chunks=30_000) == 65_000, -1, target), score)
except lossreg.DomainError as error:
    print(f"  {error.argument} {error.index} {error.value}")
