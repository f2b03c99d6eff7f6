#!/usr/bin/env bash
# The focal objective of imbalance-xgboost adds 1e-9 inside its logarithm. For an example that is right already, from a logit of
# about 21 on, that makes the logarithm positive: the gradient points away from the label, some thousand times the true size, and
# the Hessian is negative.
# Seen with imbalance-xgboost 0.8.1 over xgboost-cpu 3.2.0. Guessed before: the 1e-9 costs digits only where they are tiny.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 xgboost-cpu==3.2.0
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps imbalance-xgboost==0.8.1
cd "$folder/venv/lib/"python3*/site-packages/imxgboost  # its __init__ wants the `xgboost` distribution, its objective does not
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from importlib.metadata import version

sys.path.insert(0, ".")
import numpy as np
import xgboost
from focal_loss import Focal_Binary_Loss

print("imbalance-xgboost", version("imbalance-xgboost"), "xgboost-cpu", version("xgboost-cpu"))
raw = np.array([-30.0, -1.0, 0.0, 1.0, 15.0, 25.0, 30.0])
data = xgboost.DMatrix(np.zeros((raw.size, 1)), label=np.ones(raw.size))
gamma = 2
grad, hess = Focal_Binary_Loss(gamma).focal_binary_object(raw, data)

wrong, loss = 1 / (1 + np.exp(raw)), np.logaddexp(0, -raw)  # 1 - p and -log p of the positive class
right = 1 / (1 + np.exp(-raw))
true_grad = -(wrong**gamma) * (gamma * right * loss + wrong)
for row in zip(raw, grad, true_grad, hess):
    print("logit %6.1f  gradient %10.3e  true %10.3e  Hessian %10.3e" % row)

assert np.allclose(grad[1:4], true_grad[1:4], rtol=1e-6), "moderate scores were right"
assert (true_grad < 0).all()
assert (grad[raw >= 25] > 0).all() and (hess[raw >= 25] < 0).all(), "easy examples are right now"
assert (grad[raw >= 25] / -true_grad[raw >= 25] > 10).all()
PYTHON
