"""Class indices are one-hot rows: for every loss that takes both, and for two losses of which each takes one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from drawn import CLASSES, arrays, case, is_raw, variants

import lossreg

Array = np.ndarray[Any, Any]


def of_rows(loss: lossreg.Loss) -> lossreg.Loss:
    """The same loss where it takes rows: itself, or the one that it says it is equal to for one-hot rows."""
    if loss.info.target.has_rows:
        return loss
    related = [name for name in loss.info.relations if lossreg.describe(name).target.has_rows]
    taken = {param.name for param in lossreg.describe(related[0]).params}
    return lossreg.get(related[0], **{name: value for name, value in loss.config()["params"].items() if name in taken})


def parametrised(name: str) -> list[lossreg.Loss]:
    """The loss with each parameter alone, and those together that meet in the gradient; exponents below and above 1."""
    params = {param.name for param in lossreg.describe(name).params}
    together = {"from_logits": False, "label_smoothing": 0.25}
    settings = [*variants(name), {key: value for key, value in together.items() if key in params}]
    settings += [
        {"gamma": gamma, **more} for gamma in (0.0, 0.25, 0.5, 1.0, 3.5) for more in ({}, {"from_logits": False})
    ]
    return [lossreg.get(name, **setting) for setting in settings if setting.keys() <= params]


LOSSES = [
    loss
    for name in lossreg.names("row-wise")
    if lossreg.describe(name).target.has_class_indices
    for loss in parametrised(name)
]


def close(got: Array, wanted: Array, of_row: int, sizes: Array | float = 0.0) -> None:
    """Equal up to some ULP of each number, and of the sizes of its terms where those may cancel.

    The Hessian of a focal loss changes its sign; its terms are about as large as the gradient.
    """
    assert got.dtype == wanted.dtype
    assert got.shape == wanted.shape
    eps = np.finfo(got.dtype).eps
    np.testing.assert_array_less(
        abs(got - wanted), of_row * eps * np.maximum(abs(wanted), sizes) + np.finfo(got.dtype).tiny
    )


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_class_indices_are_one_hot_rows(loss: lossreg.Loss, dtype: str) -> None:
    dense = of_rows(loss)
    for classes in (CLASSES,) if WEIGHTED & loss.params.keys() else (1, 2, CLASSES, 40):
        y, x = case(loss, 300, dtype, classes).args
        y = y.astype(int)
        x[:50] *= 12 if is_raw(dense) else 1  # rows that are sure of a class
        kept = (
            y != loss.params["ignore_index"] if loss.params.get("ignore_index") is not None else np.ones(y.shape, bool)
        )
        rows = np.eye(classes, dtype=dtype)[np.where(kept, y, 0)]
        rng = np.random.default_rng(1)
        weight, mask = rng.uniform(0, 2, len(y)), rng.random(len(y)) < 0.8
        for options in ({}, {"sample_weight": weight}, {"where": mask}, {"sample_weight": weight, "where": mask}):
            only = {**options, "where": mask & kept if "where" in options else kept}
            for reduction in ("none", "mean", "weighted_mean"):
                indexed = loss.value_grad_hess(y, x, reduction=reduction, **options)
                dotted = dense.value_grad_hess(rows, x, reduction=reduction, **only)
                value, grad, hess = zip(arrays(indexed), arrays(dotted), strict=True)
                close(*(number.astype(dtype) for number in value), 8)
                close(*grad, 8)
                close(*hess, 64, abs(grad[1]))
            pairs = ((loss, y, options), (dense, rows, only))
            full = [each.full_hessian(t, x, reduction="sum", **o) for each, t, o in pairs]
            slope = abs(dense.grad(rows, x, reduction="sum", **only))
            close(*full, 64, np.minimum(slope[:, :, None], slope[:, None, :]))


WEIGHTED = {"class_weight", "alpha"}


@pytest.mark.parametrize("loss", LOSSES, ids=repr)
def test_a_class_of_which_nothing_is_known_is_no_class(loss: lossreg.Loss) -> None:
    """Rows of equal scores: every index gives the value of every other, and gradients that are its permutations."""
    if WEIGHTED & {name for name, value in loss.params.items() if isinstance(value, list | tuple)}:
        return
    x = np.full((CLASSES, CLASSES), 1 / CLASSES)
    y = np.arange(CLASSES)
    kept = y if loss.params.get("ignore_index") is None else y[y != loss.params["ignore_index"]]
    value, grad, hess = loss.value_grad_hess(y, x, reduction="none")
    assert len({*value[kept]}) == 1
    for rows in (grad[kept], hess[kept]):
        assert len({tuple(sorted(row)) for row in rows.tolist()}) == 1


@pytest.mark.parametrize("loss", [loss for loss in LOSSES if "ignore_index" in loss.params], ids=repr)
def test_class_indices_of_a_single_class_are_class_indices(loss: lossreg.Loss) -> None:
    """Their shape tells, not their number, which is that of the predictions."""
    loss = (
        loss.replace(ignore_index=-1)
        if loss.params.get("class_weight") is None
        else lossreg.get(loss.name, ignore_index=-1)
    )
    for rows in (2, 64, 300):
        labels, x = np.zeros(rows, int), np.full((rows, 1), 0.5)
        labels[1] = -1
        values = loss(labels, x, reduction="none")
        assert values[1] == 0
        assert (values[2:] == values[0]).all()
        labels[0] = 1
        with pytest.raises(lossreg.DomainError, match="holds 1 at index 0; wanted a class index from 0 to 0, or -1"):
            loss(labels, x)
