#!/usr/bin/env bash
# The mean of torchsurv's Cox loss, which is what it gives unless told otherwise, is the sum divided by the number of different times at which there
# was an event, not by the number of events or of patients. So times that are rounded from days to years, which leaves the sum nearly as it is, make
# the loss, its gradient and with them the step of an optimizer 19 times as large (4.6 and 86.8 for 280 events), and of two batches of the same size
# the one with more ties counts more. Without ties it is divided by the events. Both methods for ties divide so.
# Seen with torchsurv 0.2.0, torch 2.15.0; torchsurv/loss/cox.py, neg_partial_log_likelihood, `pll_tensor.nanmean()` of a term for each time; the
# docstring's example says of the sum "log likelihoods across patients". Guessed before: divided by the events, as in pycox and XGBoost, or by the
# patients.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 torch==2.15.0 torchsurv==0.2.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
import torch
from torchsurv.loss.cox import neg_partial_log_likelihood

print("torchsurv", version("torchsurv"), "torch", torch.__version__)
rng = np.random.default_rng(0)
hazards = rng.normal(size=400)
times = rng.exponential(np.exp(-hazards))
events, hazards = torch.tensor(rng.random(400) < 0.7), torch.tensor(hazards)
for unit in (0.0, 0.1, 1.0):
    rounded = torch.tensor(np.ceil(times / unit) * unit if unit else times)
    different = len(torch.unique(rounded[events]))
    for method in ("efron", "breslow"):
        total, mean = (
            float(neg_partial_log_likelihood(hazards, events, rounded, ties_method=method, reduction=reduction)) for reduction in ("sum", "mean")
        )
        print(f"times up to {unit or 'the last digit'}, {method}: sum {total:.1f}  mean {mean:.2f}  divided by {total / mean:.1f}; {int(events.sum())} events at {different} times")
        if abs(total / mean - different) > 0.01:
            raise SystemExit("the mean is of something else than times now")
PYTHON
