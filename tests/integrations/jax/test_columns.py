"""Losses of several columns that formulas define, in JAX."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from columned import LOSSES, data, defined

import lossreg
from lossreg.integrations.jax import evaluate


@pytest.mark.parametrize("name", LOSSES)
def test_it_is_differentiated_and_mapped_and_compiled(name):
    loss = defined(name)
    y, x = data(loss, 50, np.float32)
    value, grad = loss.value_and_grad(y, x)
    got = jax.jit(jax.value_and_grad(lambda x: evaluate(loss, y, x)))(jnp.asarray(x))
    assert got[0] == np.float32(value)
    assert np.array_equal(got[1], grad)
    apart = [part.reshape(5, 10, *part.shape[1:]) for part in (y, x)]
    mapped = jax.vmap(lambda y, x: evaluate(loss, y, x))(*apart)
    assert mapped.tolist() == [np.float32(loss(y[i : i + 10], x[i : i + 10])) for i in range(0, 50, 10)]
    weight, mask = np.arange(50, dtype=np.float32), np.arange(50) > 10
    for reduction in ("none", "sum", "weighted_mean"):
        options = {"sample_weight": weight, "where": mask, "reduction": reduction}
        got = jax.jit(lambda x, options=options: evaluate(loss, y, x, **options))(x)
        assert np.array_equal(got, np.float32(loss(y, x, weight, where=mask, reduction=reduction)))


def test_a_second_derivative_is_there_of_one_prediction():
    loss = defined("rate_here")
    y, x = data(loss, 3, np.float32)
    whole = jax.hessian(lambda x: evaluate(loss, y, x, reduction="sum"))(x)
    assert np.array_equal(np.diag(whole), loss.hess(y, x, reduction="sum"))
    loss = defined("robust_nll_here")
    y, x = data(loss, 3, np.float32)
    with pytest.raises(lossreg.DerivativeError, match="differentiated once"):
        jax.hessian(lambda x: evaluate(loss, y, x))(x)
