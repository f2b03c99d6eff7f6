#!/usr/bin/env bash
# The mean or the median of a column of decimals, such as errors in money, has no more digits than the column in some engines. pyarrow's mean of 0.01 and
# 0.02 is 0.02, and so is that of pandas over it, also by groups; of whole numbers as decimals 1, 2, 4 it is 2 for 2.33. DuckDB's median and
# quantile_cont, and DataFusion's median, are 0.01 for 0.015, and DuckDB's mad is 0 for 0.005: they cut off. polars, DuckDB's and DataFusion's
# avg, DataFusion's percentile_cont and pyarrow's quantile have the digits. So a mean absolute error or a start at the median is off by up to a whole
# step. Cast to float64 first.
# Seen with pyarrow 26.0.1, pandas 3.1.1, polars 2.1.0, duckdb 2.0.1, datafusion 55.0.0. pyarrow's documentation says of its mean that a decimal keeps
# its scale. Guessed before: a float, or more digits, as SQL has for AVG.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 \
    duckdb==2.0.1 datafusion==55.0.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from decimal import Decimal
from importlib.metadata import version

import datafusion
import duckdb
import pandas
import polars
import pyarrow
import pyarrow.compute

print(*(f"{name} {version(name)}" for name in ("pyarrow", "pandas", "polars", "duckdb", "datafusion")))


def found(numbers, scale):
    """Means and medians of one column of decimals."""
    t = pyarrow.table({"x": pyarrow.array([Decimal(each) for each in numbers], pyarrow.decimal128(9, scale))})
    column, frame = pandas.Series(pandas.arrays.ArrowExtensionArray(t["x"])), polars.from_arrow(t)
    context = datafusion.SessionContext()
    context.from_arrow(t, "t")
    base = duckdb.connect()
    base.register("t", t)

    def fusion(expression):
        return context.sql(f"SELECT {expression} AS x FROM t").to_pylist()[0]["x"]

    def duck(expression):
        return base.execute(f"SELECT {expression} FROM t").fetchone()[0]

    means = {
        "pyarrow": pyarrow.compute.mean(t["x"]).as_py(),
        "pandas over pyarrow": column.mean(),
        "pandas by groups": column.groupby([0] * len(column)).mean()[0],
        "polars": frame["x"].mean(),
        "duckdb avg": duck("avg(x)"),
        "datafusion avg": fusion("avg(x)"),
    }
    medians = {
        "pyarrow quantile": pyarrow.compute.quantile(t["x"], 0.5)[0].as_py(),
        "polars": frame["x"].median(),
        "duckdb median": duck("median(x)"),
        "duckdb quantile_cont": duck("quantile_cont(x, 0.5)"),
        "datafusion median": fusion("median(x)"),
        "datafusion percentile_cont": fusion("percentile_cont(0.5) WITHIN GROUP (ORDER BY x)"),
    }
    print(numbers, {"means": {k: str(v) for k, v in means.items()}, "medians": {k: str(v) for k, v in medians.items()}, "duckdb mad": str(duck("mad(x)"))})
    return means, medians, duck("mad(x)")


ROUNDED = {"pyarrow", "pandas over pyarrow", "pandas by groups"}
CUT = {"duckdb median", "duckdb quantile_cont", "datafusion median"}
means, medians, deviation = found(["0.01", "0.02"], 2)
for name, value in means.items():
    if abs(float(value) - (0.02 if name in ROUNDED else 0.015)) > 1e-12:
        raise SystemExit(f"the mean of decimals in {name} has other digits now")
for name, value in medians.items():
    if abs(float(value) - (0.01 if name in CUT else 0.015)) > 1e-12:
        raise SystemExit(f"the median of decimals in {name} has other digits now")
assert deviation == 0
means, _, _ = found(["1", "2", "4"], 0)
assert all(float(value) == 2 if name in ROUNDED else abs(float(value) - 7 / 3) < 1e-3 for name, value in means.items())
PYTHON
