#!/usr/bin/env bash
# A prediction that is missing is a perfect one in polars_ds: in query_l1, query_l2, query_r2, query_adj_r2, query_hubor_loss, query_log_cosh, query_smape and
# query_msle its error is left out of the sum, as polars leaves out a null, and its row stays in the divisor, or in the variance that R2 is compared with. A
# model that predicts nothing has an L1 and L2 of 0 and an R2 of 1, and one that abstains on the hard rows has less than it earns. query_mape and
# query_log_loss take the mean of those that are there, and query_roc_auc refuses; a NaN in place of the null makes all of them NaN. Nulls are what a left
# join to a table of predictions and polars' `shift` leave. Drop rows with nulls before.
# Seen with polars_ds 0.13.0, polars 2.1.0; polars_ds/exprs/metrics.py divides sums by the count of the targets, where the docstring of
# query_l1 promises that nulls are not counted. Guessed before: the mean over the rows that have both, or null.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 polars==2.1.0 polars_ds==0.13.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import polars
import polars_ds

print(*(f"{name} {version(name)}" for name in ("polars_ds", "polars")))
METRICS = {"l1": (), "l2": (), "r2": (), "adj_r2": (1,), "hubor_loss": (1.0,), "log_cosh": (), "smape": (), "msle": (), "mape": ()}


def found(name, predictions):
    table = polars.DataFrame({"y": [1.0, 2.0, 3.0, 4.0, 10.0], "p": predictions}, schema={"y": polars.Float64, "p": polars.Float64})
    metric = getattr(polars_ds, "query_" + name)("y", "p", *METRICS[name])
    return table.select(metric).item(), table.drop_nulls().select(metric).item() if any(predictions) else None


for name in METRICS:
    some, without = found(name, [1.5, 2.5, 2.5, None, None])
    nothing, _ = found(name, [None] * 5)
    print(f"{name:10} two of five missing {some:.4f}, the others alone {without:.4f}   all missing {nothing}")
    perfect = 1.0 if "r2" in name else 0.0
    if (name == "mape") != (nothing is None) or (nothing is not None and nothing != perfect):
        raise SystemExit("nothing is no longer perfect")
    assert (name == "mape") == (abs(some - without) < 1e-12)
PYTHON
