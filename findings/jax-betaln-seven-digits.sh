#!/usr/bin/env bash
# JAX's betaln in float64 has seven digits. As soon as one of its arguments is 8 or more its error is up to 1e-6 where gammaln, digamma and others of the same
# module are right to 1e-12, and SciPy's betaln is everywhere: at 8 the function has a step of 1e-6, and its slope an error of 5e-7. At 100 and beyond it is
# 1e-9 and less. With it go the log densities of the beta and beta-binomial distributions in jax.scipy.stats with a shape of 8 or more, all rows alike, and so
# a log likelihood of 1000 rows by 0.0004. So x64 does not show small differences of models, and a check against SciPy to 1e-8 fails. Take gammaln(a) +
# gammaln(b) - gammaln(a + b), which is right to 1e-12 at such sizes.
# Seen with jax 0.10.2, scipy 1.17.1. Guessed before: some digits less than SciPy's fifteen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 scipy==1.17.1 mpmath==1.3.0 jax==0.10.2 jaxlib==0.10.2
JAX_PLATFORMS=cpu JAX_ENABLE_X64=1 "$folder/venv/bin/python" -W ignore - <<'PYTHON'
from importlib.metadata import version

import jax
import mpmath
import numpy as np
import scipy.special
import scipy.stats
from jax.scipy.special import betaln, gammaln

print(*(f"{name} {version(name)}" for name in ("jax", "scipy")))
mpmath.mp.dps = 30
assert betaln(1.0, 2.0).dtype == "float64"


def error(value, a, b):
    return float(abs(mpmath.mpf(float(value)) - mpmath.log(mpmath.beta(a, b))))


for b in (1.0, 3.0, 20.0):
    for a in (7.5, 7.999999, 8.0, 10.0, 30.0, 100.0, 1000.0):
        ours, its = error(betaln(a, b), a, b), error(scipy.special.betaln(a, b), a, b)
        gammas = error(gammaln(a) + gammaln(b) - gammaln(a + b), a, b)
        slope = abs(float(jax.grad(betaln)(a, b)) - float(mpmath.digamma(a) - mpmath.digamma(a + b)))
        print(f"betaln({a:.7g}, {b:g}): error {ours:.0e}, of its slope {slope:.0e}, of three gammaln {gammas:.0e}, of SciPy's {its:.0e}")
        assert its < 1e-11 and gammas < 2e-12
        if (ours < 1e-12) != (max(a, b) < 8 or a == 1000):
            raise SystemExit("other digits now")
        assert a != 8 or ours > 5e-8
shares = np.linspace(0.1, 0.9, 9)
for name, apart in {
    "beta(12, 3)": jax.scipy.stats.beta.logpdf(shares, 12.0, 3.0) - scipy.stats.beta.logpdf(shares, 12.0, 3.0),
    "beta(7, 3)": jax.scipy.stats.beta.logpdf(shares, 7.0, 3.0) - scipy.stats.beta.logpdf(shares, 7.0, 3.0),
    "betabinom(60, 12, 3)": jax.scipy.stats.betabinom.logpmf(np.arange(61), 60, 12.0, 3.0) - scipy.stats.betabinom.logpmf(np.arange(61), 60, 12.0, 3.0),
}.items():
    print(f"{name:20} log densities differ from SciPy's by up to {float(abs(apart).max()):.0e}")
    assert (float(abs(apart).max()) < 1e-12) == (name == "beta(7, 3)")
PYTHON
