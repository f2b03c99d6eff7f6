#!/usr/bin/env bash
# A data frame that Spark makes of a table of pyarrow ends at the table's first empty chunk that has rows before it: of chunks of 10, 0 and 30
# rows 10 arrive, without a word, whether rows are counted or collected. Chunks without rows at the beginning or at the end lose nothing, nor
# does the same table through pandas, nor an empty batch among those that a function of mapInArrow yields. Needs Java.
# Seen with pyspark 4.3.0, pyarrow 26.0.1, pandas 3.1.1. Guessed before: chunks are joined, or batches, and empty ones make no difference.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pyspark==4.3.0 pyarrow==26.0.1 pandas==3.1.1
PYSPARK_PYTHON="$folder/venv/bin/python" "$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import pandas as pd
import pyarrow as pa
import pyspark
from pyspark.sql import SparkSession

print("pyspark", pyspark.__version__, "pyarrow", pa.__version__, "pandas", pd.__version__)
session = (
    SparkSession.builder.master("local[1]")
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .config("spark.driver.host", "127.0.0.1")
    .getOrCreate()
)


def chunked(lengths):
    """A table of 40 rows in chunks of these lengths."""
    whole = pa.table({"x": pa.array(range(40), pa.int64())})
    starts = [sum(lengths[:place]) for place in range(len(lengths))]
    return pa.concat_tables([whole.slice(start, length) for start, length in zip(starts, lengths, strict=True)])


def yielded(batches):
    """All rows with an empty batch in their midst."""
    for batch in chunked([10, 0, 30])["x"].chunks:
        yield pa.RecordBatch.from_arrays([batch], ["x"])


seen = {}
for lengths in ([40], [15, 25], [10, 0, 30], [0, 40], [40, 0]):
    table = chunked(lengths)
    assert table.num_rows == 40 and [len(chunk) for chunk in table["x"].chunks] == lengths
    frame = session.createDataFrame(table)
    seen[str(lengths)] = frame.count()
    assert len(frame.collect()) == seen[str(lengths)]
seen["through pandas"] = session.createDataFrame(chunked([10, 0, 30]).to_pandas()).count()
seen["by mapInArrow"] = session.range(1, numPartitions=1).mapInArrow(yielded, "x long").count()
for what, rows in seen.items():
    print(f"{what}: {rows} rows of 40")
assert seen.pop("[10, 0, 30]") == 10
assert set(seen.values()) == {40}
session.stop()
PYTHON
