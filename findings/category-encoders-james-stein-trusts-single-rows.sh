#!/usr/bin/env bash
# category_encoders' JamesSteinEncoder is upside down as it is by default. It is to give less weight to a category's mean the less sure that is, by its
# squared standard error, says the docstring, and takes the variance within the category, whatever its count, and 0 for one row. So a
# category that was seen once is encoded as its own target, all of it, and one of 50 rows is drawn half way to the mean of all: with 200 categories, half of
# either kind, the error of the rare ones is that of no shrinkage, twelve times that of TargetEncoder, MEstimateEncoder and the overall mean. Pooled keeps 94 %
# of both. model="beta", which the docstring names where another one fails, keeps 1 % of a category of 50 rows: it adds the count of all rows to the
# category's own. Take MEstimateEncoder.
# Seen with category-encoders 2.11.2; category_encoders/james_stein.py, _train_independent and _train_beta. Only where each row has a category of its own all are
# set to the mean. Guessed before: a mean of one row counts least.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 scikit-learn==1.9.1 statsmodels==0.15.0 \
    patsy==1.0.3 category-encoders==2.11.2
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import category_encoders
import numpy as np
import pandas as pd
from category_encoders import JamesSteinEncoder, MEstimateEncoder, TargetEncoder

print("category-encoders", category_encoders.__version__)
rng = np.random.default_rng(0)
effects = rng.normal(size=200)
rare = np.arange(200) < 100
codes = np.repeat(np.arange(200), np.where(rare, 1, 50))
target = pd.Series(effects[codes] + 3 * rng.normal(size=len(codes)))
rows = pd.DataFrame({"category": [f"c{code}" for code in codes]})
means, overall = target.groupby(codes).mean().to_numpy(), target.mean()
print(f"error of the means themselves: of one row {np.mean((means - effects)[rare] ** 2):.2f}, of 50 {np.mean((means - effects)[~rare] ** 2):.2f}; of the overall mean {np.mean((overall - effects) ** 2):.2f}")
kept = {}
for name, encoder in (
    ("JamesSteinEncoder()", JamesSteinEncoder()),
    ('JamesSteinEncoder(model="pooled")', JamesSteinEncoder(model="pooled")),
    ('JamesSteinEncoder(model="beta")', JamesSteinEncoder(model="beta")),
    ("TargetEncoder()", TargetEncoder()),
    ("MEstimateEncoder(m=9)", MEstimateEncoder(m=9)),
):
    encoded = pd.Series(encoder.fit_transform(rows, target)["category"].to_numpy()).groupby(codes).first().to_numpy()
    kept[name] = [np.polyfit((means - overall)[which], (encoded - overall)[which], 1)[0] for which in (rare, ~rare)]
    errors = [np.mean((encoded - effects)[which] ** 2) for which in (rare, ~rare)]
    print(f"{name:34} keeps of a mean of one row {kept[name][0]:.2f}, of 50 rows {kept[name][1]:.2f}; errors {errors[0]:.2f} and {errors[1]:.2f}")
first = kept["JamesSteinEncoder()"]
if first[0] < 0.999 or first[1] > 0.7:
    raise SystemExit("it is more careful with single rows now")
if kept['JamesSteinEncoder(model="beta")'][1] > 0.05:
    raise SystemExit("beta keeps more now")
assert all(kept[name][0] < kept[name][1] for name in ("TargetEncoder()", "MEstimateEncoder(m=9)"))
PYTHON
