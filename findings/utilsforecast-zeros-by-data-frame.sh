#!/usr/bin/env bash
# What utilsforecast makes of a zero or a gap depends on the kind of the data frame. mape divides by NaN where a target is 0. Nixtla's libraries take
# either kind: pandas leaves NaN out of a mean, so that errors at times without sales, however large, cost nothing; polars does not, and the MAPE of the
# whole series is NaN. The same for a target that is NaN in mae, mse, smape and nd; where polars has a null instead both leave it out. So one table,
# converted, has another best model, or none: a NaN compares as no smaller. Use wape or mase for series with zeros, and nulls for gaps.
# Seen with utilsforecast 0.2.17, pandas 3.1.1, polars 2.1.0; utilsforecast/losses.py, _zero_to_nan. The docstrings say nothing of either. Guessed
# before: one answer, or infinity at a zero.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 pandas==3.1.1 polars==2.1.0 pyarrow==26.0.1 \
    utilsforecast==0.2.17
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import math
from importlib.metadata import version

import pandas
import polars
from utilsforecast import losses

print(*(f"{name} {version(name)}" for name in ("utilsforecast", "pandas", "polars")))


def found(library, loss, targets):
    table = library.DataFrame({"unique_id": ["shop"] * 4, "ds": [1, 2, 3, 4], "y": targets, "model": [500.0, 11.0, 22.0, 33.0]})
    return float(getattr(losses, loss)(table, models=["model"])["model"].to_list()[0])


for name, first in {"a zero": 0.0, "NaN": math.nan, "a null": None}.items():
    for loss in ("mape", "smape", "wape", "nd", "mae", "mse"):
        both = [found(library, loss, [first, 10.0, 20.0, 30.0]) for library in (pandas, polars)]
        print(f"{name:6} where 500 were predicted, {loss:5}: pandas {both[0]:.4f}  polars {both[1]:.4f}")
        apart = name == "NaN" or (name, loss) == ("a zero", "mape")
        if math.isnan(both[1]) != apart or math.isnan(both[0]):
            raise SystemExit("zeros or gaps are otherwise now")
        assert apart or math.isclose(*both)
assert math.isclose(found(pandas, "mape", [0.0, 10.0, 20.0, 30.0]), 0.1)
PYTHON
