"""Losses for PyTorch: the numbers of lossreg, derivatives of both orders, fresh memory, errors that say what to change."""

from __future__ import annotations

import copy
import io
import itertools
import pickle
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg import DerivativeError, DomainError, DtypeError, EmptyError, ParameterError, ShapeError
from lossreg.testing import arguments

torch: Any = pytest.importorskip("torch")
F = torch.nn.functional

from lossreg.integrations.torch import Loss, evaluate
from lossreg.integrations.torch.arrays import array

pytestmark = pytest.mark.filterwarnings("ignore:.*torch.jit.:FutureWarning")

NAMES = [
    name
    for kind in ("adversarial", "pointwise", "row-wise")
    for name in lossreg.names(kind)
    if not lossreg.describe(name).coupled  # which are differentiated once
]
ONCE = [
    name
    for kind in ("column-wise", "sequence", "set-wise")
    for name in lossreg.names(kind)
    if len(lossreg.describe(name).columns) != 1  # of one number the second derivative is all there
]
REDUCTIONS = ["mean", "sum", "weighted_mean", "none"]
FOCAL = lossreg.get("binary_focal", gamma=1.5)
LABELS = torch.tensor([0, 1, 1, 0, 1])
SCORES = torch.linspace(-2, 2, 5, dtype=torch.float64)
ROWS = torch.tensor([0, 2, 1])
ROW_SCORES = torch.linspace(-2, 3, 12, dtype=torch.float64).reshape(3, 4).sin() * 2
SOFTMAX = "sparse_categorical_cross_entropy"


def places(loss: lossreg.Loss) -> tuple[int, ...]:
    """Which of its arguments a loss is differentiated with respect to."""
    info = loss.info
    return tuple(range(len(info.sides))) if info.family == "adversarial" else (1,)


def leaves(loss: lossreg.Loss, arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    """The arguments as tensors; predictions require a gradient."""
    return tuple(torch.tensor(a).requires_grad_(i in places(loss)) for i, a in enumerate(arrays))


def pair(result: Any) -> tuple[Any, ...]:
    return result if isinstance(result, tuple) else (result,)


@pytest.mark.parametrize("name", NAMES)
def test_value_and_gradient_are_those_of_the_loss(name: str) -> None:
    loss = lossreg.get(name)
    where = np.arange(7) != 3
    for dtype, reduction in itertools.product((np.float32, np.float64), REDUCTIONS):
        arrays = arguments(loss, 7, dtype)
        tensors = leaves(loss, arrays)
        weight = np.linspace(0.5, 2, 7).astype(dtype)
        how = {"sample_weight": torch.tensor(weight), "where": torch.tensor(where), "reduction": reduction}
        value = evaluate(loss, *tensors, **how)
        value.sum().backward()
        wanted, grads = loss.value_and_grad(*arrays, sample_weight=weight, where=where, reduction=reduction)
        assert value.dtype == tensors[-1].dtype
        np.testing.assert_array_equal(value.detach().numpy(), np.asarray(wanted, dtype))
        for place, grad in zip(places(loss), pair(grads), strict=True):
            np.testing.assert_array_equal(tensors[place].grad.numpy(), grad)


@pytest.mark.parametrize("name", [*ONCE, "dice(axis=0)", "tversky(axis=(0, 2))", "cosine_distance(axis=1)"])
def test_losses_of_more_than_a_row_are_differentiated_once(name: str) -> None:
    loss = lossreg.get(name)
    target, prediction = arguments(loss, 5)
    if "axis=" in name:
        rng = np.random.default_rng(0)
        target, prediction = rng.integers(0, 2, (4, 3, 2)).astype(float), rng.normal(size=(4, 3, 2))
    scores = torch.tensor(prediction).requires_grad_()
    for reduction in REDUCTIONS:
        value = evaluate(loss, torch.tensor(target), scores, reduction=reduction)
        wanted, slope = loss.value_and_grad(target, prediction, reduction=reduction)
        np.testing.assert_array_equal(value.detach().numpy(), wanted)
        (grad,) = torch.autograd.grad(value.sum(), scores)
        np.testing.assert_array_equal(grad.numpy(), slope)

    def mean(x: Any) -> Any:
        return evaluate(loss, torch.tensor(target), x)

    along = torch.linspace(-1, 1, scores.numel(), dtype=torch.float64).reshape(scores.shape)
    _, moved = torch.func.jvp(mean, (scores.detach(),), (along,))
    assert moved.item() == pytest.approx(float((loss.grad(target, prediction) * along.numpy()).sum()), rel=1e-12)
    with pytest.raises(DerivativeError, match="differentiated once"):
        torch.func.hessian(mean)(scores.detach())


@pytest.mark.parametrize("reduction", ["none", "sum"])
def test_each_loss_of_a_set_is_multiplied_by_what_comes_from_above(reduction: str) -> None:
    target, scores = torch.ones(4, 3, 2), torch.linspace(-2, 2, 24).reshape(4, 3, 2).requires_grad_()
    value = evaluate("dice(axis=(0, 2))", target, scores, reduction=reduction)
    above = torch.tensor([1.0, 2.0, -3.0]) if reduction == "none" else torch.tensor(2.0)
    (grad,) = torch.autograd.grad(value, scores, above)
    wanted = lossreg.get("dice(axis=(0, 2))").grad(target.numpy(), scores.detach().numpy(), reduction="sum")
    np.testing.assert_allclose(grad.numpy(), wanted * above.reshape(-1, 1).numpy(), rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_the_second_derivative_is_the_exact_hessian(name: str) -> None:
    """A gradient whose own gradient is 0 without a word is the commonest fault of such bridges."""
    for reduction in ("mean", "none"):
        check_second_derivative(lossreg.get(name), reduction)


def check_second_derivative(loss: lossreg.Loss, reduction: str) -> None:
    arrays = arguments(loss, 6)
    tensors = leaves(loss, arrays)
    predictions = [tensors[i] for i in places(loss)]
    value = evaluate(loss, *tensors, reduction=reduction)
    grads = torch.autograd.grad(value.sum(), predictions, create_graph=True)
    vectors = [torch.linspace(-1, 2, grad.numel(), dtype=grad.dtype).reshape(grad.shape) for grad in grads]
    products = torch.autograd.grad(grads, predictions, vectors)
    if loss.info.family == "row-wise":
        matrices = loss.full_hessian(*arrays, reduction=reduction)
        wanted = [np.einsum("nij,nj->ni", matrices, vectors[0].numpy())]
    else:
        wanted = [h * v.numpy() for h, v in zip(pair(loss.hess(*arrays, reduction=reduction)), vectors, strict=True)]
    for product, expected in zip(products, wanted, strict=True):
        np.testing.assert_allclose(product.numpy(), expected, rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_gradcheck_of_elements(reduction: str) -> None:
    weight = torch.tensor([1.0, 2.0, 0.0, 0.5, 3.0])

    def value(x: Any) -> Any:
        return evaluate(FOCAL, LABELS, x, sample_weight=weight, where=LABELS >= 0, reduction=reduction)

    x = SCORES.clone().requires_grad_()
    assert torch.autograd.gradcheck(value, x, check_forward_ad=True, check_batched_grad=True)
    assert torch.autograd.gradgradcheck(value, x, check_fwd_over_rev=True)


@pytest.mark.parametrize("reduction", ["weighted_mean", "none"])
@pytest.mark.parametrize("name", [SOFTMAX, "categorical_focal"])
def test_gradcheck_of_rows(name: str, reduction: str) -> None:
    weight = torch.tensor([1.0, 2.0, 0.5])

    def value(x: Any) -> Any:
        return evaluate(name, ROWS, x, sample_weight=weight, reduction=reduction)

    x = ROW_SCORES.clone().requires_grad_()
    assert torch.autograd.gradcheck(value, x, check_forward_ad=True)
    assert torch.autograd.gradgradcheck(value, x, check_fwd_over_rev=True)


def test_gradcheck_of_two_sides_of_unequal_length() -> None:
    real, fake = SCORES.clone().requires_grad_(), (SCORES[:3] + 0.3).requires_grad_()

    def value(real: Any, fake: Any) -> Any:
        return evaluate("minimax_discriminator", real, fake)

    assert torch.autograd.gradcheck(value, (real, fake), check_forward_ad=True)
    assert torch.autograd.gradgradcheck(value, (real, fake), check_fwd_over_rev=True)


@pytest.mark.parametrize("axis", [0, 1, -1, -2])
def test_classes_on_any_axis_and_many_rows(axis: int) -> None:
    """Matrices of second derivatives are made a few rows at a time; ignored rows count for nothing."""
    loss = lossreg.get(SOFTMAX, axis=axis, ignore_index=5)
    rng = np.random.default_rng(0)
    shape = [4, 9]
    classes, rows = shape[axis], shape[1 - axis % 2]
    x = torch.tensor(rng.normal(size=shape), requires_grad=True)
    y = torch.tensor(rng.integers(0, min(classes, 5), rows))
    y[0] = 5
    weight = torch.tensor(rng.uniform(0.5, 2, rows))
    where = torch.arange(rows) != 2
    for reduction in ("mean", "weighted_mean"):
        value = evaluate(loss, y, x, sample_weight=weight, where=where, reduction=reduction)
        grad = torch.autograd.grad(value, x, create_graph=True)[0]
        vector = torch.tensor(rng.normal(size=shape))
        product = torch.autograd.grad(grad, x, vector)[0].numpy()
        matrices = loss.full_hessian(y, x.detach(), weight, where=where, reduction=reduction)
        along = np.moveaxis(vector.numpy(), axis, -1)
        wanted = np.moveaxis(np.einsum("nij,nj->ni", matrices, along), -1, axis)
        np.testing.assert_allclose(product, wanted, rtol=1e-12, atol=1e-16)


def test_wide_rows_are_multiplied_without_all_matrices_at_once() -> None:
    """512 matrices of 600 × 600 would be 1.5 GB."""
    x = torch.zeros(512, 600, requires_grad=True)
    grad = torch.autograd.grad(evaluate(SOFTMAX, torch.zeros(512, dtype=torch.int64), x), x, create_graph=True)[0]
    product = torch.autograd.grad(grad[:, 0].sum(), x)[0]
    q = 1 / 600
    np.testing.assert_allclose(product[:, 0] * 512, np.full(512, q - q * q), rtol=1e-5)
    np.testing.assert_allclose(product[:, 1] * 512, np.full(512, -q * q), rtol=1e-5)


def test_a_third_derivative_is_an_error_and_no_zero() -> None:
    x = SCORES.clone().requires_grad_()
    first = torch.autograd.grad(evaluate(FOCAL, LABELS, x), x, create_graph=True)[0]
    second = torch.autograd.grad(first.sum(), x, create_graph=True)[0]
    with pytest.raises(DerivativeError, match="not a third time"):
        torch.autograd.grad(second.sum(), x)


def test_products_with_the_hessian_by_pytorch_itself() -> None:
    """`torch.autograd.functional.hvp` differentiates a product with respect to its vector."""
    _, product = torch.autograd.functional.hvp(lambda x: evaluate(FOCAL, LABELS, x), SCORES, torch.ones_like(SCORES))
    np.testing.assert_allclose(product.numpy(), FOCAL.hess(LABELS, SCORES), rtol=1e-14)


def test_a_gradient_scaled_from_above() -> None:
    x = SCORES.clone().requires_grad_()
    (1024 * evaluate(FOCAL, LABELS, 2 * x)).backward()
    np.testing.assert_allclose(x.grad, 2048 * FOCAL.grad(LABELS.numpy(), 2 * SCORES.numpy()), rtol=1e-15)


# Memory


def test_results_are_memory_of_their_own() -> None:
    """Half the squared error of zeros has its own argument as gradient; it is no view of it, nor kept by the graph."""
    x = SCORES.clone().requires_grad_()
    value = evaluate("half_squared_error", torch.zeros(5, dtype=torch.float64), x, reduction="sum")
    value.backward(retain_graph=True)
    assert torch.equal(x.grad, SCORES)
    assert x.grad.data_ptr() != x.data_ptr()
    value.backward()
    assert torch.equal(x.grad, 2 * SCORES)


def test_a_gradient_kept_does_not_change_with_the_next() -> None:
    x = SCORES.clone().requires_grad_()
    value = evaluate(FOCAL, LABELS, x)
    first = torch.autograd.grad(value, x, retain_graph=True)[0]
    kept = first.clone()
    first.mul_(0)
    with torch.no_grad():
        assert torch.equal(kept, torch.tensor(FOCAL.grad(LABELS, SCORES)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.int64, torch.bool])
def test_tensors_are_read_where_they_are(dtype: Any) -> None:
    tensor = torch.ones(6).to(dtype)
    for each in (tensor, tensor[::2], tensor.reshape(2, 3).T, torch.nn.Parameter(tensor, requires_grad=False)):
        assert np.shares_memory(array(each, "x"), tensor.numpy())


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_halves_are_computed_in_float32(dtype: Any) -> None:
    x = SCORES.to(dtype).requires_grad_()
    value = evaluate(FOCAL, LABELS.to(dtype), x)
    value.backward()
    wanted, grad = FOCAL.value_and_grad(LABELS.numpy(), x.detach().float().numpy())
    assert value.dtype == torch.float32
    assert x.grad.dtype == dtype
    assert value.item() == np.float32(wanted)
    assert torch.equal(x.grad, torch.tensor(grad).to(dtype))


# The numbers of PyTorch's own losses


def test_binary_cross_entropy_with_a_weight_of_positives() -> None:
    ours = evaluate("binary_cross_entropy(pos_weight=3.0)", LABELS, SCORES)
    theirs = F.binary_cross_entropy_with_logits(SCORES, LABELS.double(), pos_weight=torch.tensor(3.0))
    np.testing.assert_allclose(ours, theirs, rtol=1e-14)


def test_cross_entropy_with_weights_of_classes() -> None:
    """PyTorch divides by the weights of the targets, and by their number when they are one-hot."""
    weights = torch.tensor([1.0, 2.0, 0.5, 4.0], dtype=torch.float64)
    theirs = F.cross_entropy(ROW_SCORES, ROWS, weight=weights)
    ours = evaluate(SOFTMAX, ROWS, ROW_SCORES, sample_weight=weights[ROWS], reduction="weighted_mean")
    np.testing.assert_allclose(ours, theirs, rtol=1e-14)
    one_hot = F.one_hot(ROWS, 4).double()
    theirs = F.cross_entropy(ROW_SCORES, one_hot, weight=weights)
    loss = lossreg.get("categorical_cross_entropy", class_weight=weights.tolist())
    np.testing.assert_allclose(evaluate(loss, one_hot, ROW_SCORES), theirs, rtol=1e-14)


@pytest.mark.parametrize(
    ("loss", "theirs"),
    [
        ("squared_error", F.mse_loss),
        ("absolute_error", F.l1_loss),
        ("huber(delta=0.7)", lambda x, y: F.huber_loss(x, y, delta=0.7)),
        ("smooth_l1(beta=0.7)", lambda x, y: F.smooth_l1_loss(x, y, beta=0.7)),
        ("poisson(log_input=True)", F.poisson_nll_loss),
    ],
)
def test_losses_that_pytorch_has_too(loss: str, theirs: Any) -> None:
    y = torch.tensor([0.0, 1.5, 2.0, 0.3, 1.0], dtype=torch.float64)
    ours, other = SCORES.clone().requires_grad_(), SCORES.clone().requires_grad_()
    a, b = evaluate(loss, y, ours), theirs(other, y)
    a.backward()
    b.backward()
    np.testing.assert_allclose(a.detach(), b.detach(), rtol=1e-14)
    np.testing.assert_allclose(ours.grad, other.grad, rtol=1e-14, atol=1e-16)


def test_tensors_without_memory_have_losses_without_memory() -> None:
    value = evaluate(FOCAL, LABELS.to("meta"), SCORES.to("meta"), reduction="none")
    assert (value.device.type, value.shape, value.dtype) == ("meta", (5,), torch.float64)


# Mistakes


def elsewhere(tensor: Any) -> Any:
    """A tensor that says it is on a GPU, on a machine that may have none."""
    return torch.Tensor._make_wrapper_subclass(Elsewhere, tensor.shape, dtype=tensor.dtype, device="cuda")


class Elsewhere(torch.Tensor):
    @classmethod
    def __torch_dispatch__(cls, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise AssertionError(f"{function} ran")


WRONG = [
    (lambda: evaluate(FOCAL, SCORES.clone().requires_grad_(), LABELS), DtypeError, r"y_true requires.*this order"),
    (
        lambda: evaluate(FOCAL, LABELS, SCORES, sample_weight=torch.ones(5, requires_grad=True)),
        DtypeError,
        "sample_weight",
    ),
    (lambda: evaluate(FOCAL, LABELS.numpy(), SCORES), DtypeError, r"torch.as_tensor\(y_true\)"),
    (lambda: evaluate(FOCAL, LABELS, LABELS), DtypeError, r"y_pred has dtype torch.int64.*y_pred.float\(\)"),
    (lambda: evaluate(FOCAL, LABELS, elsewhere(SCORES)), DtypeError, r"y_pred is on cuda.*y_pred.cpu\(\)"),
    (lambda: evaluate(FOCAL, elsewhere(LABELS), SCORES), DtypeError, r"y_true is on cuda.*y_true.cpu\(\)"),
    (lambda: evaluate(FOCAL, LABELS, SCORES.to_sparse()), DtypeError, r"y_pred.to_dense\(\)"),
    (lambda: evaluate(FOCAL, LABELS, SCORES[:3]), ShapeError, "nothing is broadcast"),
    (lambda: evaluate(FOCAL, LABELS + 2, SCORES), DomainError, "y_true holds 2"),
    (lambda: evaluate(FOCAL, LABELS, SCORES, where=LABELS < 0), EmptyError, "mean over no"),
    (lambda: evaluate(FOCAL, LABELS), TypeError, "takes y_true, y_pred; got 1"),
    (lambda: evaluate(FOCAL, LABELS, SCORES, labels=LABELS), TypeError, "labels"),
    (
        lambda: evaluate("huber", LABELS, SCORES, delta=2.0),
        TypeError,
        r"delta; .*stand with the loss, as in 'huber\(delta=",
    ),
    (lambda: evaluate(FOCAL, LABELS, SCORES, weight=LABELS), TypeError, "and weight; weights are sample_weight="),
    (lambda: evaluate(FOCAL, LABELS, SCORES, reduction="average"), ParameterError, "average"),
    (lambda: Loss(FOCAL, reduction="average"), ParameterError, "average"),
]


@pytest.mark.parametrize("number", range(len(WRONG)))
def test_what_is_wrong_is_said_before_anything_is_computed(number: int) -> None:
    call, error, words = WRONG[number]
    with pytest.raises(error, match=words):
        call()


# The module


def test_the_module_is_a_criterion_like_others() -> None:
    criterion = Loss("binary_focal", gamma=1.5, reduction="sum")
    assert repr(criterion) == "Loss(binary_focal(gamma=1.5), reduction='sum')"
    assert list(criterion.parameters()) == []
    value = criterion(y_pred=SCORES, y_true=LABELS)
    for other in (copy.deepcopy(criterion), pickle.loads(pickle.dumps(criterion))):
        assert other(LABELS, SCORES) == value
    file = io.BytesIO()
    torch.save(criterion, file)
    file.seek(0)
    assert torch.load(file, weights_only=False)(LABELS, SCORES) == value


def test_a_network_learns_with_it() -> None:
    torch.manual_seed(0)
    x = torch.randn(200, 3)
    y = (x @ torch.tensor([1.0, -2.0, 0.5]) > 0).long()
    model = torch.nn.Linear(3, 1)
    criterion = Loss("binary_focal")
    optimizer = torch.optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")

    def closure() -> Any:
        optimizer.zero_grad()
        value = criterion(y, model(x)[:, 0])
        value.backward()
        return value

    begin = closure().item()
    for _ in range(5):
        optimizer.step(closure)
    assert closure().item() < begin / 10
