"""Options of `lossreg.compat` that cannot be what they came as: an error of ours that names them, from functions and classes."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from keras_records import CLASSES, FUNCTIONS

import lossreg
from lossreg.compat import keras, optax, sklearn, torch

WRONG = ("0.1", None, [1.0], {}, 1j, float("nan"), 10**400, np.array([0.5, 0.5]), object())
ODD = [3, 1.5, [1], {}, np.array([1, 2]), np.array(["mean", "sum"]), object()]
odd_ones = pytest.mark.parametrize("odd", ODD, ids=lambda odd: f"{type(odd).__name__} {odd}"[:20])
OPTIONS = [
    pytest.param(function, option, id=f"{function.__name__}-{option}")
    for function in FUNCTIONS.values()
    for option, what in inspect.signature(function).parameters.items()
    if str(what.annotation) in ("bool", "float", "int | None")
]
OF_INDICES = {"circle", "sparse_categorical_crossentropy", "categorical_generalized_cross_entropy"}


@pytest.mark.parametrize(("function", "option"), OPTIONS)
def test_numbers_and_switches_of_keras_are_checked(function: Callable[..., Any], option: str) -> None:
    target = [0, 1] if function.__name__ in OF_INDICES else [[0.0, 1.0], [1.0, 0.0]]
    q = {"q": 0.5} if "q" in inspect.signature(function).parameters else {}
    calls = [partial(function, target, [[0.25, 0.75], [0.5, 0.5]])]
    calls += [one for one in CLASSES if one.formula is function.__wrapped__]
    assert len(calls) == 2
    for wrong in WRONG:
        if wrong is None and option == "ignore_class":
            continue
        for call in calls:
            with pytest.raises(lossreg.ParameterError, match=rf"{option} is .*; wanted"):
                call(**{**q, option: wrong})
    for right in (np.float32(0.5), np.array(0.5)) if option not in ("from_logits", "ignore_class") else ():
        if inspect.signature(function).parameters[option].annotation == "float":
            calls[0](**{**q, option: right})


def test_factors_of_classes_are_a_number_for_each() -> None:
    for wrong in ("0.1", {}, 1j, [0.5, 0.5], ["a", "b", "c"], None, 10**400):
        with pytest.raises(lossreg.LossregError, match="alpha"):
            keras.categorical_focal_crossentropy([[0.0, 1.0, 0.0]], [[0.25, 0.25, 0.5]], alpha=wrong)


@odd_ones
def test_names_reductions_and_configs_of_keras(odd: Any) -> None:
    for call in (
        lambda: keras.MeanSquaredError(name=odd),
        lambda: keras.MeanSquaredError(reduction=odd),
        lambda: keras.MeanSquaredError(dtype=odd),
        lambda: keras.Loss(reduction=odd),
        lambda: keras.deserialize(odd),
        lambda: keras.get(odd),
        lambda: keras.deserialize("mse", [odd]),
        lambda: keras.MeanSquaredError.from_config([odd]),
        lambda: keras.MeanSquaredError.from_config({1: odd}),
    ):
        with pytest.raises(lossreg.ParameterError):
            call()


@odd_ones
def test_reductions_axes_and_factors_of_others(odd: Any) -> None:
    scores, rows = [[0.5, -0.5]], np.log([[0.25, 0.75]])
    for call in (
        lambda: torch.mse_loss([1.0], [0.0], reduction=odd),
        lambda: torch.kl_div([1.0], [0.0], reduction=odd),
        lambda: optax.kl_divergence(rows, [[0.5, 0.5]], axis=odd),
        lambda: optax.softmax_cross_entropy(scores, [[1.0, 0.0]], axis=odd, where=[[True, True]]),
    ):
        with pytest.raises(lossreg.LossregError, match=r"reduction|axis"):
            call()
    if not isinstance(odd, int | float):
        with pytest.raises(lossreg.ParameterError, match="beta is"):
            torch.smooth_l1_loss([1.0], [0.0], beta=odd)


@pytest.mark.parametrize("wrong", ["a", "0.5", 1j, {}, object(), 10**400], ids=lambda wrong: f"{wrong}"[:20])
def test_a_factor_of_positives_is_a_number(wrong: Any) -> None:
    with pytest.raises(lossreg.LossregError, match="pos_weight"):
        torch.binary_cross_entropy_with_logits([[0.5]], [[1.0]], pos_weight=wrong)


# scikit-learn


def test_arrays_that_results_do_not_fit_into_are_refused_before_any_is_written_to() -> None:
    loss, y, raw = sklearn.HalfPoissonLoss(), np.array([1.0, 2.0, 0.0]), np.array([0.5, 0.0, -0.5])
    frozen = np.empty(3)
    frozen.flags.writeable = False
    good = np.full(3, 7.0)
    calls: list[tuple[str, Callable[..., Any]]] = [
        ("loss_out", partial(loss.loss, y, raw)),
        ("gradient_out", partial(loss.gradient, y, raw)),
        ("gradient_out", partial(loss.loss_gradient, y, raw, loss_out=good)),
        ("hessian_out", partial(loss.gradient_hessian, y, raw, gradient_out=good)),
    ]
    for wrong in ([0.0] * 3, 3, np.empty(2), np.empty((2, 3)), np.empty(3, np.float32), np.empty(3, int), frozen):
        for name, call in calls:
            with pytest.raises(lossreg.LossregError, match=rf"^{name} ") as caught:
                call(**{name: wrong})
            assert caught.value.argument == name  # type: ignore[attr-defined]
    assert (good == 7).all()
    several = sklearn.HalfMultinomialLoss(n_classes=2)
    good = np.full((2, 2), 7.0)
    with pytest.raises(lossreg.ShapeError, match="proba_out has shape"):
        several.gradient_proba(np.array([0, 1]), np.zeros((2, 2)), gradient_out=good, proba_out=np.empty(2))
    assert (good == 7).all()


def test_probabilities_are_of_the_scores_that_the_gradient_takes_the_place_of() -> None:
    raw = np.array([[0.5, -0.5], [2.0, 0.0]])
    several = sklearn.HalfMultinomialLoss(n_classes=2)
    wanted = several.predict_proba(raw)
    gradient, proba = several.gradient_proba(np.array([0, 1]), raw, gradient_out=raw)
    assert gradient is raw
    np.testing.assert_array_equal(proba, wanted)


def test_labels_and_weights_of_a_start_are_checked() -> None:
    several = sklearn.HalfMultinomialLoss(n_classes=2)
    for labels in ([0, -1], [0, 2], [0.5, 1.0]):
        with pytest.raises(lossreg.DomainError, match="y_true holds"):
            several.fit_intercept_only(labels)
    for weight in ([1.0], "a", [[1.0, 1.0]]):
        with pytest.raises(lossreg.LossregError, match="sample_weight"):
            several.fit_intercept_only([0, 1], weight)
        with pytest.raises(lossreg.LossregError, match="sample_weight"):
            sklearn.HalfPoissonLoss().constant_to_optimal_zero([1.0, 2.0], weight)


@odd_ones
def test_arrays_for_gradients_are_made_of_what_can_make_them(odd: Any) -> None:
    loss = sklearn.HalfSquaredError()
    count = -odd if isinstance(odd, int) else odd
    for option, value in {"n_samples": count, "dtype": odd, "order": odd}.items():
        with pytest.raises(lossreg.ParameterError, match=option):
            loss.init_gradient_and_hessian(**{"n_samples": 2, option: value})
    with pytest.raises(lossreg.LossregError):
        sklearn.BaseLoss(odd)


@odd_ones
def test_what_a_loss_of_scikit_learn_is_made_of_is_checked(odd: Any) -> None:
    assert sklearn.BaseLoss("poisson").link.name == "log"  # type: ignore[arg-type]
    wrong = [odd] if isinstance(odd, int | float) else odd
    makers: dict[str, Callable[..., Any]] = {
        "link": partial(sklearn.BaseLoss, lossreg.get("huber")),
        "quantile": sklearn.HuberLoss,
        "power": sklearn.HalfTweedieLossIdentity,
    }
    for option, make in makers.items():
        with pytest.raises(lossreg.ParameterError, match=option):
            make(**{option: wrong})
    with pytest.raises(lossreg.ParameterError, match="link"):
        sklearn.BaseLoss(lossreg.get("ordinal_logistic"))


@pytest.mark.parametrize("wrong", [[1], 3, "a", np.array([1, 2]), 1j])
def test_configs_of_keras_are_mappings(wrong: Any) -> None:
    for config in ({"class_name": "Huber", "config": wrong}, {"class_name": np.array([1, 2]), "config": {}}):
        with pytest.raises(lossreg.ParameterError, match=r"config of Huber|identifier"):
            keras.deserialize(config)
    with pytest.raises(lossreg.ParameterError, match="no definition"):
        lossreg.get({"name": "define", "params": {"definition": np.array([1, 2]), "params": {}}})
