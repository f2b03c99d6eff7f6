#!/usr/bin/env bash
# skglm's WeightedQuadratic with all weights 1 is Quadratic, but not for its FISTA solver: the Lipschitz constant it states is the
# norm of a vector, X.T @ sqrt(weights), instead of a matrix, and is 0 for centred features up to rounding. The objective then
# grows to 1e173 in three steps and ends as coefficients of exactly 0 with a stopping criterion of 0.0: a solution, it says.
# On a sparse matrix WeightedQuadratic does not compile at all.
# Seen with skglm 0.5 over numba 0.68.1. Guessed before: the same coefficients as Quadratic.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 scikit-learn==1.6.1 numba==0.68.1 skglm==0.5
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import numpy as np
from numba.core.errors import TypingError
from scipy.sparse import csc_matrix
from sklearn.datasets import load_diabetes
from skglm.datafits import Quadratic, WeightedQuadratic
from skglm.penalties import L1
from skglm.solvers import FISTA, AndersonCD

print("skglm", version("skglm"), "numba", version("numba"))
X, y = load_diabetes(return_X_y=True)
X, y = np.asfortranarray((X - X.mean(axis=0)) / X.std(axis=0)), (y - y.mean()) / y.std()
ones = np.ones(len(y))

plain, history, stop = FISTA(max_iter=500).solve(X, y, Quadratic(), L1(0.01))
print("Quadratic          ", plain[:4].round(3), f"objective {history[0]:.3g} {history[1]:.3g} ... {history[-1]:.3g}, stopped at {stop:.1e}")
weighted, history, stop = FISTA(max_iter=500).solve(X, y, WeightedQuadratic(ones), L1(0.01))
print("WeightedQuadratic  ", weighted[:4].round(3), f"objective {history[0]:.3g} {history[1]:.3g} ... {history[-1]:.3g}, stopped at {stop:.1e}")
assert np.abs(plain).max() > 0.3
if np.any(weighted) or history.max() < 1e50 or stop != 0:
    raise SystemExit("FISTA solves WeightedQuadratic now")
coordinates = AndersonCD(fit_intercept=False).solve(X, y, WeightedQuadratic(ones), L1(0.01))[0]
assert np.allclose(coordinates, plain, atol=1e-3), "by coordinates it is right"
try:
    AndersonCD(fit_intercept=False).solve(csc_matrix(X), y, WeightedQuadratic(ones), L1(0.01))
except TypingError as error:
    print("on a sparse matrix:", next(line for line in str(error).splitlines() if "Cannot resolve" in line)[:80])
else:
    raise SystemExit("WeightedQuadratic compiles for sparse matrices now")
PYTHON
