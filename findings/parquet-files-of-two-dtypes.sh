#!/usr/bin/env bash
# A folder of two Parquet files whose column is int32 in the first and float64 in the second: four answers from five readers. pyarrow
# and pandas refuse 2.5, polars refuses the dtype, DuckDB makes 2.5 into 2 without a word, and Dask promises int32, keeps 2.5 and gives
# each partition its own dtype. With float32 first, pyarrow rounds 0.1 to it, which it calls a safe cast. Turned round, polars still refuses
# and all others agree.
# Seen with dask 2026.8.0, duckdb 2.0.1, pandas 3.1.1, polars 2.1.0, pyarrow 26.0.1. Guessed before: DuckDB finds a dtype that holds both or
# refuses, Dask gives what it promises, and a safe cast loses nothing.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 dask==2026.8.0 duckdb==2.0.1 pandas==3.1.1 \
    polars==2.1.0 pyarrow==26.0.1
"$folder/venv/bin/python" -W ignore - "$folder" <<'PYTHON'
import sys
from pathlib import Path

import dask
import dask.dataframe as dd
import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.dataset
import pyarrow.parquet

for library in (dask, duckdb, pd, pl, pa):
    print(library.__name__, library.__version__)

READERS = {
    "pyarrow": lambda path: pa.dataset.dataset(path).to_table()["x"].to_pylist(),
    "pandas": lambda path: pd.read_parquet(path)["x"].tolist(),
    "polars": lambda path: pl.scan_parquet(f"{path}/*.parquet").collect()["x"].to_list(),
    "DuckDB": lambda path: [row[0] for row in duckdb.sql(f"select x from '{path}/*.parquet'").fetchall()],
    "Dask": lambda path: dd.read_parquet(path)["x"].compute().tolist(),
}


def written(name, *columns):
    """A folder with a file for each column."""
    path = Path(sys.argv[1]) / name
    path.mkdir()
    for number, column in enumerate(columns):
        pa.parquet.write_table(pa.table({"x": column}), path / f"{number}.parquet")
    return str(path)


def answers(path):
    """What each reader makes of a folder: the numbers, or its error."""
    found = {}
    for name, read in READERS.items():
        try:
            found[name] = read(path)
        except Exception as error:
            found[name] = type(error).__name__
    return found


whole, half, tenth = pa.array([1], pa.int32()), pa.array([2.5]), pa.array([0.1])
single = pa.array([0.1], pa.float32())
seen = {
    "int32, float64": answers(written("a", whole, half)),
    "float64, int32": answers(written("b", half, whole)),
    "float32, float64": answers(written("c", single, tenth)),
}
for what, found in seen.items():
    print(what, found)
promised = dd.read_parquet(f"{sys.argv[1]}/a")["x"]
print("Dask promises", promised.dtype, "and gives", [str(part.dtype) for part in dask.compute(*promised.to_delayed())])

assert seen["int32, float64"] == {
    "pyarrow": "ArrowInvalid",
    "pandas": "ArrowInvalid",
    "polars": "SchemaError",
    "DuckDB": [1, 2],
    "Dask": [1.0, 2.5],
}
others = {name: [2.5, 1.0] for name in READERS if name != "polars"}
assert seen["float64, int32"] == {**others, "polars": "SchemaError"}
rounded = single[0].as_py()
assert seen["float32, float64"]["pyarrow"] == [rounded, rounded] != [rounded, 0.1]
assert promised.dtype == "int32"
assert [str(part.dtype) for part in dask.compute(*promised.to_delayed())] == ["int32", "float64"]
PYTHON
