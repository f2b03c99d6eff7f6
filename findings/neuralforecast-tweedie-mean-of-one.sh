#!/usr/bin/env bash
# NeuralForecast's Tweedie distribution, made for sparse series, has no mean below 1 and no zeros. tweedie_scale_decouple takes the softplus of the
# logarithm of the mean and clamps it above 0, with and without a scale: a series whose mean is 0.2 is forecast as 1.00 at the least, five times too
# much, and the gradient of its loss vanishes there while the loss is not at its minimum. Poisson and NegativeBinomial of the same class reach 0.2.
# And a sample is never 0, because 1e-5 is added to the number of claims before it is compared with 0: where a seventh of the probability lies at 0,
# what comes are numbers like 1e-30, none of which equals it. The variance fails with an AttributeError.
# Seen with neuralforecast 3.3.0, torch 2.15.0; neuralforecast/losses/pytorch.py, tweedie_scale_decouple, `torch.clamp(log_mu, 1e-9, 37)`, and
# Tweedie.sample. Only the losses are loaded: forecasting itself needs Ray and Lightning. Guessed before: the exponential of any real number, as the
# distribution's own `log_mu: constraints.real` says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check numpy==2.4.6 safetensors==0.8.0 torch==2.15.0
"$folder/venv/bin/pip" install --no-compile --quiet --disable-pip-version-check --no-deps neuralforecast==3.3.0
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import sys
from importlib.metadata import files, version
from types import ModuleType

import torch

package = ModuleType("neuralforecast")  # its own __init__ imports all models
package.__path__ = [str(next(file for file in files("neuralforecast") if str(file) == "neuralforecast/__init__.py").locate().parent)]
sys.modules["neuralforecast"] = package
from neuralforecast.losses.pytorch import DistributionLoss

print("neuralforecast", version("neuralforecast"), "torch", torch.__version__)
torch.manual_seed(0)
demand = torch.distributions.Poisson(0.2).sample((1, 5000, 1))
print(f"mean of the series {demand.mean():.3f}")


def fitted(name, scaled, **kind):
    """The distribution of the constant outputs with the least loss, found by gradient descent."""
    loss = DistributionLoss(distribution=name, return_params=False, **kind)
    outputs = torch.zeros(1, 1, loss.outputsize_multiplier, requires_grad=True)
    scale = {"loc": demand.mean().reshape(1, 1, 1), "scale": demand.std().reshape(1, 1, 1)} if scaled else {}
    steps = torch.optim.Adam([outputs], lr=0.05)

    def distribution():
        return loss.get_distribution(distr_args=loss.scale_decouple(output=loss.domain_map(outputs.expand(1, demand.shape[1], -1)), **scale))

    for _ in range(600):
        steps.zero_grad()
        (-distribution().log_prob(demand)).mean().backward()
        steps.step()
    return distribution()


for name, kind in (("Poisson", {}), ("NegativeBinomial", {}), ("Tweedie", {"rho": 1.5})):
    for scaled in (False, True):
        found = fitted(name, scaled, **kind)
        samples = found.sample((20,))
        mean, zeros = float(found.mean.mean()), float((samples == 0).float().mean())
        print(f"{name:17} {'with' if scaled else 'without'} the scale of the series: mean {mean:.3f}, zeros among samples {zeros:.3f}, below 1e-6 {(samples < 1e-6).float().mean():.3f}")
        if name != "Tweedie":
            assert abs(mean - float(demand.mean())) < 0.05 and zeros > 0.5
        elif mean < 0.99 or zeros > 0:
            raise SystemExit("Tweedie's mean is below 1, or its samples are 0, now")
PYTHON
