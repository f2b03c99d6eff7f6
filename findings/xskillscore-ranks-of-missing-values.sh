#!/usr/bin/env bash
# Whether xskillscore's spearman_r skips missing values depends on whether bottleneck, an extra for speed, is installed. Without it skipna=True gives NaN for a
# series of 50 pairs of which one is missing, where the other 49 have a correlation of 0.63, and with it 0.63: a map of such series loses each place that
# has a gap in time. pearson_r skips them in either case. And weights come after the ranks: pairs of weight 0 move the ranks of the others, so that 25 pairs
# with a weight and 25 without have 0.626 where the 25 alone have 0.610. Leave out missing pairs and those of weight 0 before.
# Seen with xskillscore 0.0.29, bottleneck 1.6.0, scipy 1.17.1; xskillscore/core/np_deterministic.py, where SciPy's rankdata stands in for bottleneck's nanrankdata.
# The docstring of skipna promises that missing values are skipped. Guessed before: one answer, that of the pairs that are there.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 statsmodels==0.15.0 dask==2026.8.0 xarray==2026.9.0 \
    xskillscore==0.0.29
cat > "$folder/ranked.py" <<'PYTHON'
import importlib.util
from importlib.metadata import version

import numpy as np
import xarray as xr
import xskillscore as xs
from scipy.stats import spearmanr

quick = importlib.util.find_spec("bottleneck") is not None
print("xskillscore", version("xskillscore"), "with bottleneck " + version("bottleneck") if quick else "without bottleneck")
rng = np.random.default_rng(0)
observed = rng.normal(size=50)
forecast = observed + rng.normal(size=50)
gap = forecast.copy()
gap[3] = np.nan
there = ~np.isnan(gap)
o, f, g = (xr.DataArray(x, dims="time") for x in (observed, forecast, gap))
found = float(xs.spearman_r(o, g, dim="time", skipna=True))
print(f"one of 50 missing: spearman_r {found:.3f}, SciPy's of the others {spearmanr(observed[there], gap[there])[0]:.3f}; pearson_r {float(xs.pearson_r(o, g, dim='time', skipna=True)):.3f}")
if np.isnan(found) == quick:
    raise SystemExit("bottleneck does not decide now")
half = xr.DataArray(np.where(np.arange(50) < 25, 1.0, 0.0), dims="time")
weighed, alone = float(xs.spearman_r(o, f, dim="time", weights=half)), spearmanr(observed[:25], forecast[:25])[0]
print(f"25 of 50 with weight 0: spearman_r {weighed:.3f}, of the other 25 alone {alone:.3f}; pearson_r {float(xs.pearson_r(o, f, dim='time', weights=half)):.3f} and {np.corrcoef(observed[:25], forecast[:25])[0, 1]:.3f}")
if abs(weighed - alone) < 1e-6:
    raise SystemExit("weights of 0 leave out now")
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/ranked.py"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check bottleneck==1.6.0
"$folder/venv/bin/python" -W ignore "$folder/ranked.py"
