"""`lossreg.compat.sklearn` against scikit-learn's own losses: values, derivatives, outputs, start values, constants."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest
from sizes import assert_within

from lossreg import ParameterError
from lossreg.compat import sklearn as ours

theirs = pytest.importorskip("sklearn._loss.loss")

N, CLASSES = 60, 4
POWERS = (-1.5, 0.0, 1.0, 1.3, 1.5, 2.0, 3.0)
CASES: list[tuple[str, dict[str, Any]]] = [
    ("HalfSquaredError", {}),
    ("AbsoluteError", {}),
    ("PinballLoss", {"quantile": 0.3}),
    ("HuberLoss", {"delta": 0.7}),
    ("HalfPoissonLoss", {}),
    ("HalfGammaLoss", {}),
    *(("HalfTweedieLoss", {"power": power}) for power in POWERS),
    *(("HalfTweedieLossIdentity", {"power": power}) for power in POWERS),
    ("HalfBinomialLoss", {}),
    ("HalfMultinomialLoss", {"n_classes": CLASSES}),
    ("ExponentialLoss", {}),
]
every = pytest.mark.parametrize(("name", "params"), CASES, ids=str)
Data = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any], np.ndarray[Any, Any]]


def pair(name: str, params: dict[str, Any]) -> tuple[Any, Any]:
    return getattr(ours, name)(**params), getattr(theirs, name)(**params)


def data(theirs: Any, dtype: Any) -> Data:
    """Targets and raw predictions in the loss's ranges, and weights, some of them 0."""
    rng = np.random.default_rng(5)
    if theirs.is_multiclass:
        y, raw = rng.integers(0, CLASSES, N), rng.normal(size=(N, CLASSES)) * 2
    else:
        y, raw = rng.gamma(2.0, size=N) + 0.1, rng.normal(size=N)
        if theirs.interval_y_true.high == 1:
            y = np.where(y > 2, 1.0, np.where(y < 1, 0.0, y - 1))
        elif theirs.interval_y_true.low == 0 and theirs.interval_y_true.low_inclusive:
            y[:5] = 0
        elif theirs.interval_y_true.low < 0:
            y -= 1
    if not theirs.in_y_pred_range(raw) and isinstance(theirs.link, type(theirs_identity())):
        raw = np.abs(raw) + 0.1
    weight = rng.random(N)
    weight[::7] = 0
    return y.astype(dtype), raw.astype(dtype), weight.astype(dtype)


def theirs_identity() -> Any:
    from sklearn._loss.link import IdentityLink

    return IdentityLink()


def near(got: Any, wanted: Any) -> None:
    """Equal up to some roundings of what their terms are made of."""
    wanted = np.asarray(wanted)
    assert np.shape(got) == wanted.shape
    share = 1e-6 if np.asarray(got).dtype == np.float32 else 1e-14
    assert_within(share, got, wanted, np.max(np.abs(wanted), initial=0.0))


@every
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("weighted", [False, True])
def test_losses_and_derivatives_are_theirs(name: str, params: dict[str, Any], dtype: Any, weighted: bool) -> None:
    mine, other = pair(name, params)
    y, raw, weight = data(other, dtype)
    arguments = {"y_true": y, "raw_prediction": raw, "sample_weight": weight if weighted else None}
    near(mine.loss(**arguments), other.loss(**arguments))
    near(mine.gradient(**arguments), other.gradient(**arguments))
    for method in ("loss_gradient", "gradient_hessian"):
        for got, wanted in zip(getattr(mine, method)(**arguments), getattr(other, method)(**arguments), strict=True):
            if not (mine.constant_hessian and not weighted):
                near(got, wanted)
    assert mine(**arguments) == pytest.approx(other(**arguments), rel=1e-5 if dtype is np.float32 else 1e-13)
    near(
        mine.constant_to_optimal_zero(y, arguments["sample_weight"]),
        other.constant_to_optimal_zero(y, arguments["sample_weight"]),
    )


@every
def test_results_go_where_they_are_wanted(name: str, params: dict[str, Any]) -> None:
    mine, other = pair(name, params)
    y, raw, weight = data(other, np.float64)
    loss_out, (gradient_out, hessian_out) = np.empty(N), (np.empty_like(raw), np.empty_like(raw))
    assert mine.loss(y, raw, weight, loss_out, 2) is loss_out
    assert mine.gradient(y, raw, weight, gradient_out, 2) is gradient_out
    near(gradient_out, other.gradient(y, raw, weight))
    gradient, hessian = mine.gradient_hessian(y, raw, weight, gradient_out, hessian_out)
    assert gradient is gradient_out
    assert hessian is hessian_out
    value, gradient = mine.loss_gradient(y, raw, gradient_out=gradient_out)
    assert gradient is gradient_out
    near(value, other.loss(y, raw))
    if not mine.is_multiclass:
        column = np.empty((N, 1))
        assert mine.gradient(y, raw[:, None], gradient_out=column) is column
        near(column[:, 0], other.gradient(y, raw))


@every
def test_attributes_arguments_and_links_are_theirs(name: str, params: dict[str, Any]) -> None:
    mine, other = pair(name, params)
    for attribute in ("differentiable", "is_multiclass", "approx_hessian", "constant_hessian", "n_classes"):
        assert getattr(mine, attribute) == getattr(other, attribute), attribute
    for interval in ("interval_y_true", "interval_y_pred"):
        got, wanted = getattr(mine, interval), getattr(other, interval)
        assert tuple(got) == (wanted.low, wanted.high, wanted.low_inclusive, wanted.high_inclusive)
    methods = ("loss", "gradient", "loss_gradient", "gradient_hessian", "__call__", "fit_intercept_only")
    methods += ("constant_to_optimal_zero", "in_y_true_range", "in_y_pred_range", "init_gradient_and_hessian")
    methods += ("predict_proba", "gradient_proba")
    for method in methods:
        if hasattr(other, method):
            assert [*inspect.signature(getattr(mine, method)).parameters] == [
                *inspect.signature(getattr(other, method)).parameters
            ]
    assert [*inspect.signature(type(mine)).parameters] == [*inspect.signature(type(other)).parameters]
    _, raw, _ = data(other, np.float64)
    near(mine.link.inverse(raw), other.link.inverse(raw))
    if hasattr(other, "predict_proba"):
        near(mine.predict_proba(raw), other.predict_proba(raw))


@every
@pytest.mark.parametrize("weighted", [False, True])
def test_start_values_are_no_worse_than_theirs(name: str, params: dict[str, Any], weighted: bool) -> None:
    mine, other = pair(name, params)
    y, _, weight = data(other, np.float64)
    arguments = (y, weight if weighted else None)
    got, wanted = mine.fit_intercept_only(*arguments), other.fit_intercept_only(*arguments)

    def total(score: Any) -> float:
        raw = np.broadcast_to(np.asarray(score, np.float64), (N, CLASSES) if mine.is_multiclass else (N,)).copy()
        return float(other(arguments[0], raw, arguments[1]))

    assert total(got) <= total(wanted) + 1e-12 * abs(total(wanted))
    if name not in ("PinballLoss", "HuberLoss", "AbsoluteError"):  # theirs of these are no minima, or one of many
        near(got, wanted)


def test_multiclass_probabilities_come_with_gradients() -> None:
    mine, other = pair("HalfMultinomialLoss", {"n_classes": CLASSES})
    y, raw, weight = data(other, np.float64)
    for got, wanted in zip(mine.gradient_proba(y, raw, weight), other.gradient_proba(y, raw, weight), strict=True):
        near(got, wanted)


def test_arrays_for_derivatives_have_their_shapes() -> None:
    for name, params in CASES:
        mine, other = pair(name, params)
        for got, wanted in zip(mine.init_gradient_and_hessian(5), other.init_gradient_and_hessian(5), strict=True):
            assert (got.shape, got.dtype, got.flags.f_contiguous) == (
                wanted.shape,
                wanted.dtype,
                wanted.flags.f_contiguous,
            )
    with pytest.raises(ParameterError, match="Valid options for 'dtype'"):
        ours.HalfSquaredError().init_gradient_and_hessian(5, dtype=int)


def test_what_has_no_loss_is_refused() -> None:
    with pytest.raises(ParameterError, match="power"):
        ours.HalfTweedieLoss(power=0.5)
    with pytest.raises(ParameterError, match="quantile"):
        ours.HuberLoss(quantile=1.5)
    with pytest.raises(ParameterError, match="leave them out"):
        ours.HalfSquaredError(device="cuda")
