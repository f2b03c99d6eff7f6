#!/usr/bin/env bash
# The metric "var" of Spark's RegressionEvaluator, explained variance, is the mean square of predictions less the mean of the labels: it has the unit of
# the labels squared, knows nothing of which row is which, and larger is better, says the evaluator. The perfect prediction has 4.1, ten times the
# perfect one 8399, noise of a deviation of 50 some 2500. So CrossValidator and TrainValidationSplit choose with it the model whose predictions lie
# farthest from the mean: of ridge penalties on features of mere noise the one of 0, where rmse, r2 and mae choose the largest. scikit-learn's
# explained_variance_score is 1 minus the share of the residuals' variance. Take "r2". Needs Java.
# Seen with pyspark 4.3.0. The formula stands in the documentation of RegressionMetrics, not in that of the evaluator. Guessed before: at most 1, for
# what is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 pandas==3.1.1 pyarrow==26.0.1 pyspark==4.3.0
PYSPARK_PYTHON="$folder/venv/bin/python" "$folder/venv/bin/python" -W ignore - 2>"$folder/log" <<'PYTHON' || { cat "$folder/log" >&2; exit 1; }
import numpy as np
import pandas as pd
import pyspark
from pyspark.ml.evaluation import RegressionEvaluator
from pyspark.ml.feature import VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import SparkSession

print("pyspark", pyspark.__version__)
settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.sql.shuffle.partitions": "1"}
session = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
METRICS = ("var", "r2", "rmse", "mae")
rng = np.random.default_rng(0)
y = rng.normal(10, 2, 300)
found = {}
for name, p in {"perfect": y, "ten times too much": 10 * y, "noise": rng.normal(0, 50, 300), "the mean": np.full(300, y.mean())}.items():
    rows = session.createDataFrame(pd.DataFrame({"label": y, "prediction": p}))
    found[name] = {metric: RegressionEvaluator(metricName=metric).evaluate(rows) for metric in METRICS}
    print(f"{name:18}", {metric: round(value, 2) for metric, value in found[name].items()})
    if not np.isclose(found[name]["var"], np.mean((p - y.mean()) ** 2), atol=1e-9):
        raise SystemExit("var is another number now")
print("larger is better:", {metric: RegressionEvaluator(metricName=metric).isLargerBetter() for metric in METRICS})
if not RegressionEvaluator(metricName="var").isLargerBetter():
    raise SystemExit("larger is worse now")

columns = [f"x{i}" for i in range(20)]
noise = pd.DataFrame(rng.normal(size=(120, 20)), columns=columns).assign(label=rng.normal(10, 2, 120))
rows = VectorAssembler(inputCols=columns, outputCol="features").transform(session.createDataFrame(noise))
ridge = LinearRegression()
chosen = {}
for metric in METRICS:
    grid = ParamGridBuilder().addGrid(ridge.regParam, [0.0, 1.0, 100.0]).build()
    search = CrossValidator(estimator=ridge, estimatorParamMaps=grid, evaluator=RegressionEvaluator(metricName=metric), numFolds=4, seed=0)
    chosen[metric] = search.fit(rows).bestModel.getRegParam()
print("penalty that cross-validation on noise chooses:", chosen)
session.stop()
assert chosen["var"] == 0 and all(chosen[metric] == 100 for metric in METRICS[1:])
PYTHON
