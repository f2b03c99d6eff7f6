#!/usr/bin/env bash
# Five readers of CSV, one column of numbers, and no two that agree on how a number may be spelt. pyarrow reads NaN and -nan as nulls,
# which its mean leaves out, but nan(7) as a NaN, which its mean keeps. One +1, one Infinity or one -nan makes the whole column
# text for polars. numpy.genfromtxt reads 1_500 and digits of other scripts, and whatever it cannot read as NaN without a word.
# All of them read 1e400 as infinity.
# Seen with numpy 2.4.6, pandas 3.1.1, polars 2.1.0, pyarrow 26.0.1. Guessed before: they differ in options only, and what strtod
# reads is a number to each.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1
"$folder/venv/bin/python" - <<'PYTHON'
import io
import math

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute
import pyarrow.csv

for library in (np, pd, pl, pa):
    print(library.__name__, library.__version__)


def of_pandas(text):
    column = pd.read_csv(io.StringIO(text))["y"]
    return (float(column[1]), float(column.mean())) if column.dtype == "float64" else "text"


def of_polars(text):
    column = pl.read_csv(io.BytesIO(text.encode()))["y"]
    return (column[1], column.mean()) if column.dtype == pl.Float64 else "text"


def of_pyarrow(text):
    column = pa.csv.read_csv(io.BytesIO(text.encode()))["y"]
    return (column[1].as_py(), pa.compute.mean(column).as_py()) if column.type == pa.float64() else "text"


def of_loadtxt(text):
    column = np.loadtxt(io.StringIO(text), skiprows=1)
    return float(column[1]), float(column.mean())


def of_genfromtxt(text):
    column = np.genfromtxt(io.StringIO(text), skip_header=1)
    return float(column[1]), float(column.mean())


def read(reader, spelling):
    """The number and the mean of it and 1.5, "text", or "error"."""
    try:
        return reader(f"y\n1.5\n{spelling}\n")
    except Exception:
        return "error"


nan, inf = math.nan, math.inf
READERS = (of_pandas, of_polars, of_pyarrow, of_loadtxt, of_genfromtxt)
SEEN = {
    "NaN": ((nan, 1.5), (nan, nan), (None, 1.5), (nan, nan), (nan, nan)),
    "-nan": ((nan, 1.5), "text", (None, 1.5), (nan, nan), (nan, nan)),
    "nan(7)": ("text", "text", (nan, nan), "error", (nan, nan)),
    "Infinity": ((inf, inf), "text", (inf, inf), (inf, inf), (inf, inf)),
    "+1": ((1.0, 1.25), "text", (1.0, 1.25), (1.0, 1.25), (1.0, 1.25)),
    "1_500": ("text", "text", "text", "error", (1500.0, 750.75)),
    "\u0661e5": ("text", "error", "text", "error", (100000.0, 50000.75)),
    "0x10": ("text", "text", "text", "error", (nan, nan)),
    "1e400": ((inf, inf),) * 5,
}
changed = []
for spelling, seen in SEEN.items():
    now = tuple(read(reader, spelling) for reader in READERS)
    print(f"{spelling:9}", *(f"{reader.__name__[3:]} {got}" for reader, got in zip(READERS, now)), sep="  ")
    if repr(now) != repr(seen):
        changed.append(spelling)
if changed:
    raise SystemExit(f"read otherwise now: {', '.join(changed)}")
PYTHON
