#!/usr/bin/env bash
# polars sums a Float32 column by groups in float32, one after the other: of 20 million rows of 0.1 in one group the sum is 2,175,873 where 2,000,000
# is right to the last digit shown, 8.8 % too much; of a million, 0.4 %. The sum of the same column without groups, the window `over` the group and
# the mean by groups of the very same rows are right to rounding, so that sum and mean times count differ. The streaming engine and SQL group alike;
# groups of a sorted key are summed right. A loss per group of float32 columns, or a weighted mean as (w * x).sum() / w.sum(), is off by as much.
# pyarrow, DuckDB and pandas are right.
# Seen with polars 2.1.0, pyarrow 26.0.1, duckdb 2.0.1, pandas 2.3.3. Known of cum_sum (github.com/pola-rs/polars/issues/27662, open); sums by groups
# were once compensated (github.com/pola-rs/polars/pull/24774). Guessed before: one sum of one column, as `sum` has it since issue 10553.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 polars==2.1.0 pyarrow==26.0.1 duckdb==2.0.1 pandas==2.3.3
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

print("polars", pl.__version__, "pyarrow", pa.__version__, "duckdb", duckdb.__version__, "pandas", pd.__version__)
x = pl.col("x")


def sums(rows):
    """The relative error of each way to the sum of a column in one group."""
    values, key = np.full(rows, 0.1, dtype=np.float32), np.zeros(rows, dtype=np.int8)
    frame, rows_of = pl.DataFrame({"x": values, "key": key}), pa.table({"x": values, "key": key})
    found = {
        "group_by, sum": frame.group_by("key").agg(x.sum())["x"][0],
        "group_by, sum, streaming": frame.lazy().group_by("key").agg(x.sum()).collect(engine="streaming")["x"][0],
        "SQL, GROUP BY": pl.SQLContext(frame=frame).execute("SELECT sum(x) AS x FROM frame GROUP BY key", eager=True)["x"][0],
        "group_by, mean times the rows": frame.group_by("key").agg(x.mean())["x"][0] * rows,
        "group_by of the sorted key, sum": frame.sort("key").group_by("key").agg(x.sum())["x"][0],
        "sum over the group": frame.select(x.sum().over("key"))["x"][0],
        "sum without groups": frame.select(x.sum()).item(),
        "pyarrow by groups": rows_of.group_by("key").aggregate([("x", "sum")])["x_sum"][0].as_py(),
        "DuckDB by groups": duckdb.sql("SELECT sum(x) FROM rows_of GROUP BY key").fetchall()[0][0],
        "pandas by groups": float(pd.Series(values).groupby(key).sum().iloc[0]),
    }
    true = float(values.sum(dtype=np.float64))
    return {name: float(value) / true - 1 for name, value in found.items()}


for rows in (1_000_000, 20_000_000):
    found = sums(rows)
    print(f"{rows:,} rows of 0.1 in one group, relative errors:", *(f"    {name:32} {error:+.1e}" for name, error in found.items()), sep="\n")
    for name in ("group_by, sum", "group_by, sum, streaming"):
        if abs(found.pop(name)) < 1e-4:
            raise SystemExit(f"polars' {name} keeps its digits now")
    found.pop("SQL, GROUP BY")
    assert all(abs(error) < 1e-5 for error in found.values()), found
PYTHON
