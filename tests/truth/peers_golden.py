"""What PyTorch's and optax's losses give for some arguments: ``python tests/truth/peers_golden.py torch`` (or ``optax``) writes it.

Each library is needed only where its file is written. `tests/compat/test_peers.py` compares lossreg's functions with it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
Case = tuple[str, Any, Any, dict[str, Any]]
CLASSES = 4


def rounded(array: Any) -> Any:
    """Numbers that are short as text."""
    return np.round(array, 3)


def of_torch() -> Iterator[Case]:
    """Calls of ``torch.nn.functional``: the name, the predictions, the targets, the options."""
    rng = np.random.default_rng(0)
    for shape in ((5,), (3, 2), (2, 2, 2)):
        x, y, w = rounded(rng.normal(size=shape) * 2), rounded(rng.normal(size=shape)), rounded(rng.random(shape) + 0.1)
        p, labels = rounded(rng.random(shape)), rng.integers(0, 2, shape).astype(float)
        p.flat[0], p.flat[1] = 0.0, 1.0
        rates, counts = rounded(np.abs(x)), rng.poisson(2, shape).astype(float)
        q = np.full(shape, 0.5)
        for reduction in ({}, {"reduction": "sum"}, {"reduction": "none"}):
            for name in ("mse_loss", "l1_loss", "huber_loss"):
                yield name, x, y, {**reduction}
                yield name, x, y, {"weight": w, **reduction}
            yield "huber_loss", x, y, {"delta": 0.7, **reduction}
            for beta in (0.0, 0.5):
                yield "smooth_l1_loss", x, y, {"beta": beta, **reduction}
            for target in (labels, rounded(rng.random(shape))):
                for options in ({}, {"weight": w}, {"weight": w[..., :1]}):
                    yield "binary_cross_entropy", p, target, {**options, **reduction}
                    yield "binary_cross_entropy_with_logits", x, target, {**options, **reduction}
                for weight in (w[(0,) * (w.ndim - 1)], np.array(3.0)):
                    yield "binary_cross_entropy_with_logits", x, target, {"pos_weight": weight, **reduction}
            yield "soft_margin_loss", x, labels * 2 - 1, {**reduction}
            for full in (False, True):
                yield "poisson_nll_loss", x, counts, {"full": full, **reduction}
                yield "poisson_nll_loss", rates, counts, {"log_input": False, "full": full, **reduction}
            yield "kl_div", x - 3, q, {**reduction}
            yield "kl_div", x - 3, np.log(q), {"log_target": True, **reduction}
        yield "kl_div", x - 3, q, {"reduction": "batchmean"}
    for shape in ((CLASSES,), (3, CLASSES), (2, CLASSES, 2)):
        axis = min(1, len(shape) - 1)
        rows = shape[:axis] + shape[axis + 1 :]
        x, indices = rounded(rng.normal(size=shape) * 3), np.asarray(rng.integers(0, CLASSES, rows))
        some = np.asarray(np.where(rng.random(rows) < 0.4, -100, indices)) if rows else indices
        dense = np.moveaxis(np.eye(CLASSES)[indices] * 0.75 + 0.0625, -1, axis)
        weight = rounded(rng.random(CLASSES) + 0.2)
        for reduction in ({}, {"reduction": "sum"}, {"reduction": "none"}):
            for target in (indices, some, np.full_like(indices, -100), dense):
                for options in (
                    {},
                    {"weight": weight},
                    {"label_smoothing": 0.1},
                    {"weight": weight, "label_smoothing": 0.1},
                ):
                    yield "cross_entropy", x, target, {**options, **reduction}
            yield "cross_entropy", x, indices, {"ignore_index": 2, **reduction}
    rng = np.random.default_rng(1)
    for shape in ((CLASSES,), (3, CLASSES), (2, CLASSES, 2)):
        axis = min(1, len(shape) - 1)
        x, indices = (
            rounded(rng.normal(size=shape) * 3),
            np.asarray(rng.integers(0, CLASSES, shape[:axis] + shape[axis + 1 :])),
        )
        weight, of_last = rounded(rng.random(CLASSES) + 0.2), rounded(rng.random(shape[-1]) + 0.2)
        labels, shares = (rng.random(shape) > 0.5).astype(float), rounded(rng.random(shape))
        for reduction in ({}, {"reduction": "sum"}, {"reduction": "none"}):
            for target in (indices, np.where(indices == 1, -100, indices), np.full_like(indices, -100)):
                for options in ({}, {"weight": weight}):
                    yield "nll_loss", x - 3, target, {**options, **reduction}
            yield "nll_loss", x - 3, indices, {"ignore_index": 2, **reduction}
            for target in (labels, shares):
                for options in ({}, {"weight": of_last}):
                    yield "multilabel_soft_margin_loss", x, target, {**options, **reduction}
            for options in ({}, {"p": 2}, {"margin": 0.5}, {"p": 2, "margin": 2.0, "weight": weight}):
                if len(shape) < 3:
                    yield "multi_margin_loss", x, indices, {**options, **reduction}


def of_optax() -> Iterator[Case]:
    """Calls of ``optax.losses``."""
    rng = np.random.default_rng(0)
    for shape in ((5,), (3, 4)):
        x, y, soft = rounded(rng.normal(size=shape) * 2), rounded(rng.normal(size=shape)), rounded(rng.random(shape))
        labels = rng.integers(0, 2, shape)
        for name in ("squared_error", "l2_loss", "log_cosh", "huber_loss"):
            yield name, x, y, {}
            yield name, x, None, {}
        yield "huber_loss", x, y, {"delta": 2.0}
        yield "sigmoid_binary_cross_entropy", x, soft, {}
        for options in ({}, {"alpha": 0.25}, {"gamma": 1.0}, {"alpha": 0.3, "gamma": 0.5}):
            yield "sigmoid_focal_loss", x, labels.astype(float), options
        yield "hinge_loss", x, 2.0 * labels - 1, {}
        yield "perceptron_loss", x, 2.0 * labels - 1, {}
        yield "sparsemax_loss", x, labels, {}
        dense = np.eye(shape[-1])[rng.integers(0, shape[-1], shape[:-1])] * 0.75 + 0.25 / shape[-1]
        indices, there = np.zeros(shape[:-1], int), rng.random(shape) < 0.7
        there[..., 0] = True
        for options in ({}, {"where": there}):
            yield "softmax_cross_entropy", x, dense, options
            yield "softmax_cross_entropy_with_integer_labels", x, indices, options
            yield "poly_loss_cross_entropy", x, dense, {"epsilon": 0.5, **options}
            yield "kl_divergence", x - 3, dense, options
            yield "kl_divergence_with_log_targets", x - 3, np.log(dense), options
        yield "safe_softmax_cross_entropy", x, dense, {}
    for name in ("softmax_cross_entropy", "kl_divergence", "poly_loss_cross_entropy"):
        yield name, x, dense, {"axis": 0}
    for spread in (0.3, 1.0, 4.0):
        x, indices = rounded(spread * rng.normal(size=(6, 4))), rng.integers(0, 4, 6)
        for name in ("multiclass_hinge_loss", "multiclass_perceptron_loss", "multiclass_sparsemax_loss"):
            yield name, x, indices, {}
        amounts, there = rounded(2 * rng.random((6, 4)) + 0.01), rng.random((6, 4)) < 0.7
        for name in ("generalized_kl_divergence", "convex_kl_divergence"):
            for options in ({}, {"where": there}, {"axis": 0}):
                yield name, x, amounts, options


def by_torch(name: str, x: Any, y: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    """The loss of PyTorch and its gradient."""
    import torch

    predictions = torch.tensor(x, requires_grad=True)
    given = {key: torch.tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    value = getattr(torch.nn.functional, name)(predictions, torch.tensor(y), **given)
    value.sum().backward()
    return value.detach().numpy(), predictions.grad.numpy()


def by_optax(name: str, x: Any, y: Any, options: dict[str, Any]) -> tuple[Any, Any]:
    """The loss of optax and its gradient."""
    import jax
    import optax

    jax.config.update("jax_enable_x64", True)
    loss = getattr(optax.losses, name)
    targets = () if y is None else (y,)
    return loss(x, *targets, **options), jax.grad(lambda x: loss(x, *targets, **options).sum())(x)


PEERS: dict[str, tuple[Callable[[], Iterator[Case]], Callable[..., tuple[Any, Any]]]] = {
    "torch": (of_torch, by_torch),
    "optax": (of_optax, by_optax),
}


def plain(value: Any) -> Any:
    """Arrays as lists."""
    return value.tolist() if hasattr(value, "tolist") else value


def main(peer: str) -> None:
    """Write what a peer gives."""
    cases, evaluate = PEERS[peer]
    lines = []
    for name, x, y, options in cases():
        value, grad = map(np.asarray, evaluate(name, x, y, options))
        options = {key: plain(option) for key, option in options.items()}
        lines.append(json.dumps([name, plain(x), plain(y), options, plain(value), plain(grad)]))
    version = json.dumps(__import__(peer).__version__)
    text = f'{{"version": {version}, "calls": [\n' + ",\n".join(lines) + "\n]}\n"
    (FOLDER / f"{peer}.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
