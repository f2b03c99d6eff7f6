#!/usr/bin/env bash
# The second derivative of a `torch.autograd.Function` with a right `jvp` is 0, without a word, where both derivatives are taken in
# forward mode: `torch.func.jacfwd(jacfwd(f))` of x**3 at 2 gives 0, and so do two nested `torch.func.jvp`. The three other orders of
# modes give 12, so `torch.func.hessian` (forward over reverse) is right, and no check of the function in one mode sees it.
# Seen with torch 2.15.0 on Python 3.11. Guessed before: nested forward mode differentiates what `jvp` computes, as JAX's does.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.15.0 numpy==2.4.6
"$folder/venv/bin/python" -W ignore - <<'PYTHON'
import torch
from torch.func import hessian, jacfwd, jacrev

print("torch", torch.__version__)


class Cube(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x):
        return x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs)
        ctx.save_for_forward(*inputs)

    @staticmethod
    def backward(ctx, above):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * above

    @staticmethod
    def jvp(ctx, along):
        (x,) = ctx.saved_tensors
        return 3 * x**2 * along


x = torch.tensor(2.0, dtype=torch.float64)
assert torch.autograd.gradcheck(Cube.apply, x.clone().requires_grad_(), check_forward_ad=True)
orders = {
    "forward over forward": jacfwd(jacfwd(Cube.apply)),
    "forward over reverse": hessian(Cube.apply),
    "reverse over forward": jacrev(jacfwd(Cube.apply)),
    "reverse over reverse": jacrev(jacrev(Cube.apply)),
    "forward over forward of x**3 itself": jacfwd(jacfwd(lambda x: x**3)),
}
seen = {name: second(x).item() for name, second in orders.items()}
for name, value in seen.items():
    print(f"{name:36} {value:g}")
if list(seen.values()) != [0.0, 12.0, 12.0, 12.0, 12.0]:
    raise SystemExit("no longer so")
PYTHON
