"""Weighted sums of losses are losses: laws over sums of every kind, and what is refused."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from math import fsum
from typing import Any

import numpy as np
import pytest
from cube import Cube
from sizes import assert_within

import lossreg
from lossreg import ParameterError
from lossreg.info import Domain, Start
from lossreg.testing import arguments, check_loss

SUMS = [
    "0.5*huber(delta=1.35) + 2*squared_error - absolute_error/4",
    "binary_cross_entropy(label_smoothing=0.1) + 0.3*binary_focal",
    "0.2*binary_cross_entropy(from_logits=False) + squared_error",
    "poisson(log_input=False) + 0.1*poisson_deviance(log_input=False)",
    "huber + 0*log_cosh",
    "-cauchy",
    "0.7*sparse_categorical_cross_entropy(ignore_index=1, class_weight=[1, 2, 3]) + categorical_focal",
    "sparse_categorical_cross_entropy(axis=0) + poly1(axis=0) - 0.1*categorical_focal(axis=0)",
    "kl_divergence + 0.1*categorical_cross_entropy",
    "minimax_discriminator + 0.3*hinge_discriminator",
    "minimax_generator(saturating=False) - 2*wasserstein_generator",
]
# Losses of elements beside one of rows or of sets.
MIXED = [
    "0.5*dice + binary_cross_entropy",
    "binary_focal - 0.3*tversky(axis=0) + 0.1*jaccard(axis=0)",
    "dice(axis=(0, 2), from_logits=False) + 2*squared_error + 0.1*bce(from_logits=False)",
    "kl_divergence(from_logits=False) + 0.5*huber",
    "squared_error + categorical_cross_entropy(axis=0)",
]
every = pytest.mark.parametrize("text", SUMS)
of_all = pytest.mark.parametrize("text", SUMS + MIXED)
REDUCTIONS = ("none", "sum", "mean", "weighted_mean")


def results(result: Any) -> list[Any]:
    return [one for part in result for one in results(part)] if isinstance(result, tuple) else [result]


def assert_added(share: float, got: Any, loss: Any, method: str, *args: Any, **options: Any) -> None:
    """What a method gave is what it gives for each of the losses, times the weights, added up."""
    each = [(weight, results(getattr(one, method)(*args, **options))) for one, weight in loss.terms if weight]
    for i, one in enumerate(results(got)):
        terms = [weight * parts[i] for weight, parts in each]
        assert_within(share, one, sum(terms), sum(map(np.abs, terms)), (method, options))


@of_all
def test_a_sum_keeps_the_laws_of_losses(text: str) -> None:
    check_loss(lossreg.get(text))


@every
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_results_are_those_of_the_losses_added_up(text: str, dtype: Any, reduction: str) -> None:
    loss = lossreg.get(text)
    data = arguments(loss, 300, dtype)
    weight = np.random.default_rng(1).random(300)
    weight[::5] = 0
    mask = np.random.default_rng(2).random(300) < 0.8
    share = 4 * float(np.finfo(dtype).eps)
    for method in ("value", "grad", "hess", "value_and_grad", "grad_and_hess", "value_grad_hess"):
        for options in ({}, {"sample_weight": weight}, {"where": mask}, {"sample_weight": weight, "where": mask}):
            got = getattr(loss, method)(*data, **options, reduction=reduction)
            assert_added(share, got, loss, method, *data, **options, reduction=reduction)


def inner_axes(loss: Any, x: Any) -> tuple[int, ...]:
    """The axes of a row or a set."""
    axis = loss.params["axis"]
    return tuple(range(x.ndim)) if axis is None else tuple(int(one) % x.ndim for one in np.atleast_1d(axis))


@pytest.mark.parametrize("text", MIXED)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_losses_of_elements_count_with_their_means_beside_those_of_rows_and_sets(text: str, dtype: Any) -> None:
    loss = lossreg.get(text)
    y, x = arguments(loss, 7, dtype, n_classes=5)
    axes, share = inner_axes(loss, x), 8 * float(np.finfo(dtype).eps)
    size = np.prod([x.shape[axis] for axis in axes])
    parts: dict[str, list[Any]] = {"value": [], "grad": [], "hess": []}
    for one, weight in loss.terms:
        narrow = one.info.family == "pointwise"
        value, grad, hess = one.value_grad_hess(y, x, reduction="none")
        parts["value"].append(weight * (np.mean(value, axis=axes, dtype=np.float64) if narrow else value))
        parts["grad"].append(weight * grad.astype(np.float64) / (size if narrow else 1))
        parts["hess"].append(weight * hess.astype(np.float64) / (size if narrow else 1))
    got = dict(zip(parts, loss.value_grad_hess(y, x, reduction="none"), strict=True))
    for what, terms in parts.items():
        assert_within(share, got[what], sum(terms), sum(map(np.abs, terms)), what)

    # Weights, masks and reductions are those of rows or sets.
    shape, sizes = got["value"].shape, sum(map(np.abs, parts["value"]))
    weight, mask = np.random.default_rng(1).random(shape), np.random.default_rng(2).random(shape) < 0.7
    if weight.ndim:
        weight.flat[0], mask.flat[:2] = 0.0, True
    counted = weight * mask
    given = {"sample_weight": weight, "where": mask}
    for reduction, divisor in (("sum", 1.0), ("mean", mask.sum()), ("weighted_mean", counted.sum())):
        if divisor:
            value, grad = loss.value_and_grad(y, x, **given, reduction=reduction)
            factor = np.expand_dims(np.asarray(counted), axes)
            assert_within(share, value, np.sum(counted * got["value"]) / divisor, np.sum(counted * sizes) / divisor)
            terms = [factor * part / divisor for part in parts["grad"]]
            assert_within(share, grad, sum(terms), sum(map(np.abs, terms)))
    state = loss.state()
    for _ in range(2):
        state.update(y, x, **given)
    if mask.any():
        assert state.result() == pytest.approx(loss(y, x, **given), rel=1e-15)


def test_what_a_sum_of_losses_of_elements_and_sets_computes() -> None:
    """A square whose overlap is a third; the mean of errors 0, 1, 0, 1, times 2."""
    loss = lossreg.get("jaccard(axis=(1, 2), from_logits=False, smooth=0) + 2*squared_error")
    y, x = np.array([[[1.0, 1.0], [0.0, 0.0]]] * 3), np.array([[[1.0, 0.0], [0.0, 1.0]]] * 3)
    assert loss(y, x) == pytest.approx(2 / 3 + 2 * 0.5, rel=1e-6)
    np.testing.assert_allclose(loss(y, x, reduction="none"), np.full(3, 5 / 3), rtol=1e-6)
    huge = np.full((2, 3), 1e308)
    assert lossreg.get("cosine_distance(axis=1) + absolute_error")(0 * huge + 1, huge) == pytest.approx(1e308)


def test_what_does_not_count_is_seen_by_no_loss_of_elements_beside_sets() -> None:
    loss = lossreg.get("dice(axis=0) + bce")
    y, x = np.array([[1.0, 7.0], [0.0, np.nan]]), np.array([[0.5, np.nan], [-1.0, np.inf]])
    alone = loss.value_and_grad([[1], [0]], [[0.5], [-1.0]])
    for options in ({"where": [True, False]}, {"sample_weight": [1, 0], "reduction": "sum"}):
        value, grad = loss.value_and_grad(y, x, **options)
        assert value == alone[0]
        np.testing.assert_array_equal(grad, [[alone[1][0, 0], 0], [alone[1][1, 0], 0]])
    with pytest.raises(lossreg.DomainError, match=r"y_true holds 7 at index \(0, 1\)"):
        loss(y, x)


def test_ignored_rows_are_ignored_by_all_losses() -> None:
    loss = lossreg.get("0.5*sparse_categorical_cross_entropy(ignore_index=-100) + categorical_focal")
    y, x = arguments(loss, 50)
    ignored = np.arange(50) % 3 == 0
    spoilt = np.where(ignored, -100, y)
    for reduction in ("sum", "mean"):
        got, wanted = (
            loss.value_and_grad(*of, reduction=reduction) for of in ((spoilt, x), (y[~ignored], x[~ignored]))
        )
        assert got[0] == pytest.approx(wanted[0], rel=1e-14)
        np.testing.assert_allclose(got[1][~ignored], wanted[1], rtol=1e-14)
        assert not got[1][ignored].any()
    with pytest.raises(lossreg.DomainError, match=r"y_true holds 9 at index 2; wanted a class index from 0 to 3"):
        loss([0, -100, 9], x[:3])
    with pytest.raises(lossreg.EmptyError):
        loss(np.full(50, -100), x)


def test_what_does_not_count_is_seen_by_no_loss() -> None:
    loss = lossreg.get("hinge + binary_cross_entropy")
    y, x = np.array([1.0, 7.0, 0.0, np.nan]), np.array([0.5, np.nan, -1.0, np.inf])
    alone = loss.value_and_grad([1, 0], [0.5, -1.0], reduction="sum")
    for options in ({"sample_weight": [1, 0, 1, 0]}, {"where": [True, False, True, False]}):
        value, grad = loss.value_and_grad(y, x, **options, reduction="sum")
        assert value == alone[0]
        assert grad.tolist() == [alone[1][0], 0, alone[1][1], 0]


@of_all
def test_a_sum_is_made_again_from_text_data_and_pickles(text: str) -> None:
    loss = lossreg.get(text)
    data = json.loads(json.dumps(loss.config()))
    ways = [repr(loss), loss.name, data, loss]
    copies = [*map(lossreg.get, ways), pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss), loss.replace()]
    copies += [lossreg.combine([(one, weight) for one, weight in loss.terms]), lossreg.combine([(loss, 1)])]
    for other in copies:
        assert other == loss
        assert hash(other) == hash(loss)
        assert repr(other) == repr(loss)
        assert other.terms == loss.terms
    assert loss.name == loss.info.name
    assert loss.__name__.isidentifier()


def test_arithmetic() -> None:
    a, b, c = (lossreg.get(name) for name in ("huber", "squared_error", "absolute_error"))
    both = lossreg.combine({"huber": 0.5, b: 2})
    assert both == 0.5 * a + 2 * b == a / 2 + b * np.float32(2) == b + a * 0.5 + b
    assert both == 2 * b + 0.5 * a
    assert hash(both) == hash(2 * b + 0.5 * a)
    assert sum([a, b, c]) == a + b + c == a + (b + c)
    assert 2 * (a - b) == 2 * a - 2 * b == -2 * (b - a)
    assert +a is a
    assert -1 * (-a) == 1 * a
    assert 1 * a != a
    assert np.float64(0.5) * a == 0.5 * a
    assert repr(a - b) == "huber() - squared_error()"
    assert repr(a + a) == "2.0*huber()"
    assert repr(-a) == "-huber()"
    assert repr(-0.5 * a - 1 * b) == "-0.5*huber() - squared_error()"
    assert (a - a).terms == ((a, 0.0),)
    assert (a - a)([0.0, np.inf], [1.0, np.nan]) == 0.0
    y, x = arguments(a, 1000)
    three = [0.1 * a + 0.7 * b + 0.3 * c, 0.3 * c + 0.7 * b + 0.1 * a]
    assert three[0].value(y, x) == three[1].value(y, x)
    for wrong in (lambda: a + 1, lambda: 1 + a, lambda: a * b, lambda: a * "2", lambda: np.ones(2) * a, lambda: 1 / a):
        with pytest.raises(TypeError):
            wrong()


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: lossreg.combine({}), ParameterError, "no losses"),
        (lambda: lossreg.combine("huber"), ParameterError, "losses with their weights"),
        (lambda: lossreg.combine(["huber", "mse"]), ParameterError, "losses with their weights"),
        (lambda: lossreg.combine({"hubert": 1}), lossreg.UnknownLossError, "huber"),
        (lambda: lossreg.combine({"huber": float("nan")}), ParameterError, "wanted a finite number"),
        (lambda: lossreg.combine({"huber": 10**400}), ParameterError, "wanted a finite number"),
        (lambda: lossreg.get("1e999*huber"), ParameterError, "wanted a finite number"),
        (lambda: True * lossreg.get("huber"), ParameterError, "wanted a finite number"),
        (lambda: lossreg.get("huber + gaussian_nll"), ParameterError, "one family"),
        (
            lambda: lossreg.get("cosine_distance") + lossreg.get("kl_divergence"),
            ParameterError,
            r"add the numbers, cosine_distance\(\)\(y_true, y_pred\) \+ kl_divergence\(\)\(y_true, y_pred\), and",
        ),
        (lambda: lossreg.get("scce + bce"), ParameterError, "no targets suit both"),
        (lambda: lossreg.get("dice + dice(axis=0)"), ParameterError, "axis must be the same"),
        (lambda: lossreg.get("gan_generator + gan_discriminator"), ParameterError, "real_scores"),
        (lambda: lossreg.get("bce + bce(from_logits=False)"), ParameterError, "give both one from_logits="),
        (lambda: lossreg.get("scce + cce"), ParameterError, "no targets suit both"),
        (lambda: lossreg.get("hinge + poisson"), ParameterError, "no targets suit both"),
        (lambda: lossreg.get("cce + cce(axis=0)"), ParameterError, "axis must be the same"),
        (lambda: lossreg.get("scce(ignore_index=0) + poly1"), ParameterError, "ignore_index must be the same"),
        (lambda: lossreg.get("scce(class_weight=[1, 2]) + poly1(class_weight=[1])"), ParameterError, "of one length"),
        (lambda: lossreg.get("huber * mse"), ParameterError, "no call of a name"),
        (lambda: lossreg.get("huber / 0"), ParameterError, "no call of a name"),
        (lambda: lossreg.get("2*huber", delta=1.0), ParameterError, "give parameters to each"),
        (lambda: lossreg.get("2*huber").replace(gamma=1), ParameterError, "has a parameter 'gamma'"),
        (
            lambda: lossreg.get("mse - huber").hess([0], [1], hessian="majorizer"),
            ParameterError,
            "this loss has 'exact'",
        ),
        (lambda: lossreg.get("mse - huber").full_hessian([0], [1]), lossreg.DerivativeError, "is diagonal"),
        (
            lambda: lossreg.get("mse + cce").full_hessian([[0, 1]], [[1, 0]]),
            lossreg.DerivativeError,
            "has the diagonal",
        ),
        (lambda: lossreg.get("mse + huber")([0], [[1]]), lossreg.ShapeError, "y_true has shape"),
        (lambda: lossreg.get("scce(class_weight=[1, 2]) + scce")([0], [[1, 2, 3]]), lossreg.ShapeError, "class_weight"),
    ],
)
def test_what_is_no_sum_is_refused(make: Callable[[], Any], error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_what_a_sum_says_of_itself() -> None:
    loss = lossreg.get("0.5*binary_cross_entropy(from_logits=False) + squared_error")
    info = loss.info
    assert (info.family, info.target, info.prediction) == ("pointwise", Domain.SOFT_LABEL, Domain.PROBABILITY)
    assert (info.link, loss.link.name, info.raw_switch, info.start) == ("identity", "identity", None, Start.SEARCH)
    assert info.hessians == {"exact": True, "unit": True}
    assert info.convex is True
    assert lossreg.get("mse - huber").info.convex is None
    shared = lossreg.get("bce + 2*focal")
    assert shared.link.name == "logit"
    assert shared.predict(0.0) == 0.5
    assert shared.info.raw_switch == "from_logits"
    assert shared.replace(from_logits=False).info.prediction is Domain.PROBABILITY
    assert "0.5 * r ** 2" in lossreg.get("huber + mse").info.formula
    assert lossreg.describe(shared) == shared.info


def test_the_formula_of_a_sum_computes_it() -> None:
    y, x = np.random.default_rng(0).normal(size=(2, 100))
    loss = lossreg.get("2*huber(delta=0.5) - 0.25*cauchy(scale=3.0) + smooth_pinball")
    names = {"r": x - y, "y_true": y, "y_pred": x, "softplus": lossreg.ops.softplus}
    value = eval(loss.info.formula, {**vars(np), **names})
    sizes = sum(abs(weight) * one(y, x, reduction="none") for one, weight in loss.terms)
    assert_within(1e-14, loss(y, x, reduction="none"), value, sizes)


@every
def test_the_kinds_of_second_derivative_are_those_that_all_losses_have(text: str) -> None:
    loss = lossreg.get(text)
    data = arguments(loss, 64)
    for kind, positive in loss.info.hessians.items():
        got = results(loss.hess(*data, hessian=kind, reduction="none"))
        if kind == "unit":
            assert all(np.all(one == 1) for one in got)
        else:
            assert_added(1e-15, tuple(got), loss, "hess", *data, hessian=kind, reduction="none")
        assert not positive or all(np.all(one >= 0) for one in got)
    with pytest.raises(ParameterError, match="this loss has " + ", ".join(f"'{kind}'" for kind in loss.info.hessians)):
        loss.hess(*data, hessian="none of these")
    for one in results(loss.hess(*data, min_hessian=0.25, reduction="none")):
        assert np.all(one >= 0.25)


@pytest.mark.parametrize("reduction", REDUCTIONS)
def test_whole_hessians_of_rows(reduction: str) -> None:
    loss = lossreg.get(SUMS[6])
    y, x = arguments(loss, 40)
    weight = np.random.default_rng(1).random(40)
    whole = loss.full_hessian(y, x, weight, reduction=reduction)
    assert_added(1e-15, whole, loss, "full_hessian", y, x, weight, reduction=reduction)
    diagonal = loss.hess(y, x, weight, reduction=reduction)
    np.testing.assert_array_equal(np.diagonal(whole, axis1=-2, axis2=-1), diagonal)


def test_outputs() -> None:
    loss = lossreg.get(SUMS[0])
    y, x = arguments(loss, 5000)
    value, grad, hess = loss.value_grad_hess(y, x)
    to_grad, to_hess = np.empty_like(x), np.empty_like(x)
    again = loss.value_grad_hess(y, x, out=(to_grad, to_hess))
    assert again[1] is to_grad
    assert (again[0], to_grad.tobytes(), to_hess.tobytes()) == (value, grad.tobytes(), hess.tobytes())
    with pytest.raises(lossreg.AliasError):
        loss.grad(y, x, out=y)
    assert loss.grad(y, x, out=x) is x
    assert x.tobytes() == grad.tobytes()


def test_layouts_and_threads_change_no_bit() -> None:
    loss = lossreg.get(SUMS[0])
    y, x = (array.reshape(600, 500) for array in arguments(loss, 300_000))
    one, many = (loss.value_grad_hess(y, x, n_threads=n) for n in (1, 4))
    other = loss.value_grad_hess(np.asfortranarray(y), np.asfortranarray(x), n_threads=2)
    assert one[0] == many[0] == other[0]
    for each in zip(one[1:], many[1:], other[1:], strict=True):
        assert len({array.tobytes("C") for array in each}) == 1


def test_sums_are_correctly_rounded() -> None:
    loss = lossreg.get("squared_error - 0.5*absolute_error")
    y, x = np.zeros(4), np.array([1e9, 1.0, -3.0, 1e-9])
    assert loss(y, x, reduction="sum") == fsum(loss(y, x, reduction="none"))
    y, x = arguments(loss, 10_000)
    assert loss(y, x, reduction="sum") == fsum(loss(y, x, reduction="none"))


def test_losses_written_in_python_are_added_too() -> None:
    loss = 0.5 * Cube() + lossreg.get("huber")
    check_loss(loss)
    y, x = arguments(loss, 200)
    assert_added(1e-15, loss.grad(y, x), loss, "grad", y, x)
    assert pickle.loads(pickle.dumps(loss)) == loss


def test_start_values_are_where_the_slope_vanishes() -> None:
    y = np.random.default_rng(0).gamma(2.0, size=200)
    labels = np.array([1, 0, 0, 1, 1])
    for text, targets in (
        ("squared_error + absolute_error", y),
        ("0.1*huber + log_cosh", y),
        ("poisson + 0.5*gamma", y),
        ("bce + exponential", labels),
    ):
        loss = lossreg.get(text)
        score = loss.init_score(targets)
        low, at, high = (loss.value(targets, np.full(len(targets), score * factor)) for factor in (0.999, 1, 1.001))
        assert at <= min(low, high)
    rows = lossreg.get("scce + 2*poly1").init_score([0, 1, 1, 2], n_classes=3)
    assert rows[1] > rows[0]
    assert_within(1e-6, rows[0], rows[2], rows[1] - rows[0])


def test_a_sum_is_a_metric_and_an_objective_of_estimators() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    loss = lossreg.get("0.5*huber + squared_error")
    scorer = metrics.make_scorer(loss, greater_is_better=False)
    assert loss.__name__ in repr(scorer)


def test_weights_that_overflow_together_are_refused_and_those_that_do_on_the_way_are_not() -> None:
    loss = lossreg.get("squared_error")
    assert lossreg.combine([(loss, 1e308), (loss, 1e308), (loss, -1e308)]) == 1e308 * loss
    with pytest.raises(ParameterError, match=r"the weight of squared_error\(\) is inf; wanted a finite number"):
        1e308 * loss + 1e308 * loss
    with pytest.raises(ParameterError, match="is inf"):
        lossreg.get({"name": "combine", "params": {"losses": [[{"name": "huber", "params": {}}, 1e308]] * 2}})
