"""A loss over a data frame of Spark. Run it as `python -P examples/trainers/spark.py`; it needs Java."""

import os
import sys

import numpy as np
import pandas as pd

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # the workers' Python, which has lossreg too

from pyspark.sql import SparkSession

import lossreg
from lossreg.integrations.spark import evaluate

session = (
    SparkSession.builder.master("local[2]")
    .config("spark.ui.enabled", "false")
    .config("spark.ui.showConsoleProgress", "false")
    .config("spark.driver.host", "127.0.0.1")
    .config("spark.sql.shuffle.partitions", "4")
    .getOrCreate()
)
session.sparkContext.setLogLevel("ERROR")
rng = np.random.default_rng(0)
label, p = rng.integers(0, 2, 10_000), rng.random(10_000)
loss = lossreg.get("binary_focal", gamma=3.0, from_logits=False)
frame = session.createDataFrame(pd.DataFrame({"label": label, "p": p}))

print("A frame of Spark, in 3 partitions and in 8")
for partitions in (3, 8):
    print(f"  {evaluate(loss, frame.repartition(partitions), true='label', pred='p')!r}")
print(f"  in one call: {loss(label, p)!r}")
session.stop()
