#!/usr/bin/env bash
# statsmodels' OrderedModel adds 1e-20 to each probability before the logarithm: beyond 46 scales from its interval an observation costs
# 46.05 however far it is off, and has no slope. So a row that is far off, such as one with a misplaced decimal point, does not pull at all,
# and of two sets of parameters the likelihood cannot tell which is worse; at 50 its slope is 2 % of what it is to be. Its
# Logit, the same likelihood for two classes, goes on and keeps its slope.
# Seen with statsmodels 0.15.0 on NumPy 2.4.6. Guessed before: -log P to the last digits, as Logit has it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 pandas==3.1.1 statsmodels==0.15.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import numpy as np
import statsmodels
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel

print("statsmodels", statsmodels.__version__)
scores = np.array([0.0, 20.0, 40.0, 50.0, 100.0])
y = np.array([1, 0, 0, 0, 0])  # all but the first are far above their class
ordered = OrderedModel(y, scores[:, None], distr="logit")
binary = Logit(y, scores[:, None])
# a slope of 1 and a threshold of 0: P(y = 0) = sigmoid(-score)
lost = -ordered.loglikeobs(np.array([1.0, 0.0]))
slope = -ordered.score_obs(np.array([1.0, 0.0]))[:, 0]
other = -binary.loglikeobs(np.array([1.0]))
other_slope = -binary.score_obs(np.array([1.0]))[:, 0]
true = np.logaddexp(0, np.where(y == 0, scores, -scores))
for row in zip(scores, lost, slope, other, other_slope, strict=True):
    print("score {:5.0f}: OrderedModel {:8.3f} with slope {:8.3f}, Logit {:8.3f} with slope {:8.3f}".format(*row))

assert np.allclose(other, true) and np.allclose(other_slope[1:], scores[1:])
assert np.allclose(lost[:2], true[:2]) and np.isclose(slope[1], 20, rtol=1e-4)
if not (np.allclose(lost[4:], -np.log(1e-20)) and np.all(np.abs(slope[4:]) < 1e-3)):
    raise SystemExit("hopeless observations cost what they are to cost now")
assert slope[3] < 0.1 * scores[3]
PYTHON
