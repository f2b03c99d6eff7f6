"""Losses of several columns that formulas define, in PyTorch."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from columned import LOSSES, data, defined

torch = pytest.importorskip("torch")

import lossreg
from lossreg.integrations.torch import Loss, evaluate


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", LOSSES)
def test_it_is_differentiated_and_mapped_and_compiled(name, dtype):
    loss = defined(name)
    y, x = data(loss, 50, dtype)
    target, scores = torch.tensor(y), torch.tensor(x, requires_grad=True)
    value, grad = loss.value_and_grad(y, x)
    result = Loss(loss)(target, scores)
    result.backward()
    assert result.item() == dtype(value)
    assert np.array_equal(scores.grad.numpy(), grad)
    scores = scores.detach()
    assert np.array_equal(torch.func.grad(lambda x: evaluate(loss, target, x))(scores).numpy(), grad)
    apart = [part.reshape(5, 10, *part.shape[1:]) for part in (target, scores)]
    mapped = torch.vmap(lambda y, x: evaluate(loss, y, x))(*apart)
    assert mapped.tolist() == [dtype(loss(y[i : i + 10], x[i : i + 10])) for i in range(0, 50, 10)]
    weight, mask = torch.arange(50.0), torch.arange(50) > 10
    for reduction in ("none", "sum", "weighted_mean"):
        got = evaluate(loss, target, scores, sample_weight=weight, where=mask, reduction=reduction)
        wanted = loss(y, x, weight.numpy(), where=mask.numpy(), reduction=reduction)
        assert np.array_equal(got.numpy(), dtype(wanted))
    assert pickle.loads(pickle.dumps(Loss(loss))).loss == loss


def test_a_second_derivative_is_there_of_one_prediction():
    loss = defined("rate_here")
    y, x = map(torch.tensor, data(loss, 3, np.float64))
    whole = torch.autograd.functional.hessian(lambda x: evaluate(loss, y, x, reduction="sum"), x)
    assert np.array_equal(torch.diag(whole).numpy(), loss.hess(y.numpy(), x.numpy(), reduction="sum"))
    loss = defined("robust_nll_here")
    y, x = map(torch.tensor, data(loss, 3, np.float64))
    with pytest.raises(lossreg.DerivativeError, match="differentiated once"):
        torch.autograd.functional.hessian(lambda x: evaluate(loss, y, x), x)
