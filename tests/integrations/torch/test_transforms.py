"""Losses under PyTorch's transforms: ``torch.func``, ``torch.compile``, ``torch.export``, and its own checks of custom ops."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg import DerivativeError, DtypeError
from lossreg.testing import arguments

torch: Any = pytest.importorskip("torch")

from lossreg.integrations.torch import Loss, evaluate
from lossreg.integrations.torch.operations import evaluate_op, multiply_op, named

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit.:FutureWarning"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of PyTorch's own compiler
    pytest.mark.filterwarnings("ignore:The .grad attribute:UserWarning"),  # read by PyTorch's own checks
]

FOCAL = lossreg.get("binary_focal", gamma=1.5)
LABELS = torch.tensor([0, 1, 1, 0, 1])
SCORES = torch.linspace(-2, 2, 5, dtype=torch.float64)
BATCH = torch.stack([SCORES, SCORES + 1])
GRADS = torch.stack([torch.tensor(FOCAL.grad(LABELS.numpy(), each.numpy())) for each in BATCH])


def focal(x: Any) -> Any:
    return evaluate(FOCAL, LABELS, x)


# torch.func


def test_gradients_of_each_of_a_batch() -> None:
    assert torch.equal(torch.func.vmap(torch.func.grad(focal))(BATCH), GRADS)
    assert torch.equal(torch.func.grad(lambda x: torch.func.vmap(focal)(x).sum())(BATCH), GRADS)
    assert torch.equal(torch.func.jacrev(torch.func.vmap(focal))(BATCH).sum(0), GRADS)


def test_a_batch_along_another_axis_with_its_own_targets() -> None:
    mapped = torch.func.vmap(lambda y, x: evaluate(FOCAL, y, x), in_dims=(0, 1))
    value = mapped(torch.stack([LABELS, 1 - LABELS]), BATCH.T)
    assert value.tolist() == [FOCAL(LABELS, BATCH[0]), FOCAL(1 - LABELS, BATCH[1])]


@pytest.mark.parametrize("name", ["binary_focal", "sparse_categorical_cross_entropy"])
def test_hessians_in_every_order_of_modes(name: str) -> None:
    loss = lossreg.get(name)
    y, x = map(torch.tensor, arguments(loss, 3))
    func = torch.func
    wanted = torch.autograd.functional.hessian(lambda x: evaluate(loss, y, x), x)
    for hessian in (func.hessian, lambda f: func.jacrev(func.jacrev(f)), lambda f: func.jacrev(func.jacfwd(f))):
        torch.testing.assert_close(hessian(lambda x: evaluate(loss, y, x))(x), wanted, rtol=1e-13, atol=1e-15)
    diagonal = torch.func.vmap(torch.diag)(wanted.flatten(-x.dim()).reshape(1, x.numel(), x.numel()))[0]
    np.testing.assert_allclose(diagonal.reshape(x.shape), loss.hess(y, x), rtol=1e-13)


def test_forward_mode_twice_is_refused() -> None:
    """PyTorch takes the inner derivative of a function of autograd's own for a constant: the outer one would be 0."""
    with pytest.raises(DerivativeError, match=r"torch\.func\.hessian"):
        torch.func.jacfwd(torch.func.jacfwd(focal))(SCORES)


def test_a_direction_of_targets_is_refused() -> None:
    with pytest.raises(DtypeError, match="y_true requires"):
        torch.func.jvp(lambda y: evaluate("squared_error", y, SCORES), (SCORES,), (SCORES,))


def test_many_gradients_from_above_at_once() -> None:
    x = SCORES.clone().requires_grad_()
    above = torch.tensor([1.0, 2.0], dtype=torch.float64)
    grads = torch.autograd.grad(focal(x), x, above, is_grads_batched=True)[0]
    assert torch.equal(grads, torch.stack([GRADS[0], 2 * GRADS[0]]))


# torch.library


@pytest.mark.parametrize("gradients", [True, False])
@pytest.mark.parametrize("name", ["binary_focal", "categorical_focal", "minimax_discriminator"])
@pytest.mark.parametrize("reduction", ["mean", "none"])
def test_the_ops_pass_the_checks_of_pytorch(name: str, reduction: str, gradients: bool) -> None:
    loss = lossreg.get(name)
    adversarial = loss.info.family == "adversarial"
    sides = [torch.tensor(a).requires_grad_(i == 1 or adversarial) for i, a in enumerate(arguments(loss, 4))]
    weight, where = torch.ones(4, dtype=torch.float64), torch.arange(4) != 2
    how = (reduction, weight, where)
    torch.library.opcheck(evaluate_op, (named(loss), gradients, *how, sides))
    vectors = [torch.ones_like(side) for side in sides if side.requires_grad]
    torch.library.opcheck(multiply_op, (named(loss), *how, sides, vectors))


def test_a_loss_goes_by_its_text() -> None:
    """So a compiled graph of one process says the same in another."""
    assert named(FOCAL) == "binary_focal(gamma=1.5)"
    assert evaluate_op("binary_focal(gamma=1.5)", False, "sum", None, None, [LABELS, SCORES])[0] == FOCAL(
        LABELS, SCORES, reduction="sum"
    )


def shifted(by: float) -> lossreg.Loss:
    class Shifted(lossreg.PythonLoss):
        name = "shifted"

        def per_element(self, y_true: Any, y_pred: Any) -> Any:
            return (y_pred - y_true - by) ** 2

        def per_element_grad(self, y_true: Any, y_pred: Any) -> Any:
            return 2 * (y_pred - y_true - by)

    return Shifted()


def test_losses_of_authors_of_one_name_are_told_apart() -> None:
    one, other = shifted(1.0), shifted(2.0)
    assert named(one) != named(other)
    zeros = torch.zeros(3)
    for loss, value in ((one, 1.0), (other, 4.0)):
        x = torch.zeros(3, requires_grad=True)
        got = torch.compile(lambda x, loss=loss: evaluate(loss, zeros, x), backend="aot_eager", fullgraph=True)(x)
        got.backward()
        assert got == value
        assert torch.equal(x.grad, torch.tensor(loss.grad(zeros, zeros)))


# torch.compile


def graphs() -> tuple[Any, list[Any]]:
    """A compiler that counts its graphs."""
    from torch._dynamo.backends.common import aot_autograd
    from torch._dynamo.backends.debugging import aot_eager

    seen: list[Any] = []

    def compiler(graph: Any, inputs: Any) -> Any:
        seen.append(graph)
        return aot_eager(graph, inputs)

    assert aot_autograd is not None
    return compiler, seen


@pytest.mark.parametrize("what", ["text", "loss", "module", "keywords"])
def test_a_compiled_loss_is_one_graph(what: str) -> None:
    weight = torch.tensor([1.0, 2.0, 0.5, 1.0, 1.0])
    where = LABELS >= 0
    functions = {
        "text": lambda y, x: evaluate("binary_focal(gamma=1.5)", y, 2 * x) + 1,
        "loss": lambda y, x: evaluate(FOCAL, y, x, reduction="none").sum(),
        "module": Loss(FOCAL),
        "keywords": lambda y, x: evaluate(
            FOCAL, y_true=y, y_pred=x, sample_weight=weight, where=where, reduction="weighted_mean"
        ),
    }
    function = functions[what]
    compiled = torch.compile(function, backend="aot_eager", fullgraph=True)
    x, other = SCORES.clone().requires_grad_(), SCORES.clone().requires_grad_()
    compiled(LABELS, x).backward()
    function(LABELS, other).backward()
    torch.testing.assert_close(x.grad, other.grad, rtol=1e-15, atol=0)
    with torch.no_grad():
        torch.testing.assert_close(compiled(LABELS, SCORES), function(LABELS, SCORES), rtol=1e-15, atol=0)


def test_a_second_length_makes_lengths_dynamic() -> None:
    compiler, seen = graphs()
    compiled = torch.compile(lambda y, x: evaluate(FOCAL, y, x), backend=compiler, fullgraph=True)
    for n in (5, 7, 9, 1000):
        y, x = map(torch.tensor, arguments(FOCAL, n))
        assert compiled(y, x).item() == FOCAL(y, x)
    assert len(seen) == 2


def test_targets_that_require_a_gradient_are_refused_when_compiled() -> None:
    compiled = torch.compile(lambda y, x: evaluate(FOCAL, y, x), backend="aot_eager", fullgraph=True)
    with pytest.raises(Exception, match="y_true requires a gradient"):
        compiled(SCORES.clone().requires_grad_(), SCORES)


def test_an_exported_program_has_the_loss() -> None:
    exported = torch.export.export(Loss(FOCAL), (LABELS, SCORES))
    assert any("lossreg.evaluate" in str(node.target) for node in exported.graph.nodes)
    assert exported.module()(LABELS, SCORES) == FOCAL(LABELS, SCORES)


def test_compiled_to_machine_code() -> None:
    compiled = torch.compile(lambda y, x: evaluate(FOCAL, y, x.sin()) * 2, fullgraph=True)
    x, other = SCORES.clone().requires_grad_(), SCORES.clone().requires_grad_()
    compiled(LABELS, x).backward()
    (evaluate(FOCAL, LABELS, other.sin()) * 2).backward()
    torch.testing.assert_close(x.grad, other.grad, rtol=1e-14, atol=0)
