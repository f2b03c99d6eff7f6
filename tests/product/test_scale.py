"""Predictions of another scale than the loss takes: the check that finds them, and that it leaves right ones alone."""

from __future__ import annotations

import re

import numpy as np
import pytest

import lossreg
from lossreg.testing import check_scale

SWITCHED = [name for name in lossreg.names() if lossreg.describe(name).raw_switch]


def fitted(name: str, seed: int) -> tuple[lossreg.Loss, lossreg.Loss, np.ndarray, np.ndarray, np.ndarray]:
    """A loss, the same with its switch turned, targets, scores that are right for them, and these on the other scale."""
    loss = lossreg.get(name)
    turned = loss.replace(**{str(loss.info.raw_switch): False})
    scores = 3 * np.random.default_rng(seed).normal(size=(50, 4) if loss.info.family == "row-wise" else 200)
    right = loss.predict(scores)
    if loss.info.target.has_class_indices:
        return loss, turned, right.argmax(axis=-1), scores, right
    return loss, turned, np.round(right) if loss.info.target.is_label else right, scores, right


@pytest.mark.parametrize("name", SWITCHED)
@pytest.mark.parametrize("seed", range(3))
def test_right_predictions_pass_and_those_of_the_other_scale_do_not(name: str, seed: int) -> None:
    loss, turned, y, scores, right = fitted(name, seed)
    check_scale(loss, y, scores)
    check_scale(turned, y, right)
    with pytest.raises(lossreg.DomainError, match=re.escape(f"with {loss.info.raw_switch}=False")) as caught:
        check_scale(loss, y, right)
    assert caught.value.argument == "y_pred"


def test_scores_of_a_weak_model_pass_even_if_all_could_be_probabilities() -> None:
    labels = np.arange(1000) % 5 < 3  # log-odds of 0.405
    check_scale("bce", labels, np.full(1000, np.log(1.5)))
    with pytest.raises(lossreg.DomainError):
        check_scale("bce", labels, np.full(1000, 0.6))


def test_means_are_told_from_their_logarithms() -> None:
    counts = [3, 7, 12, 5]
    check_scale("poisson", counts, np.log(counts))
    check_scale("poisson(log_input=False)", counts, counts)
    with pytest.raises(lossreg.DomainError, match="log_input=False"):
        check_scale("poisson", counts, counts)
    check_scale("poisson(log_input=False)", counts, np.log(counts))  # positive numbers may be means


def test_weights_and_masks_count() -> None:
    y, p = [1, 0, 1], [0.9, 0.1, 5.0]
    check_scale("bce", y, p)
    for options in ({"sample_weight": [1.0, 1.0, 0.0]}, {"where": [True, True, False]}):
        with pytest.raises(lossreg.DomainError, match="looks like probabilities"):
            check_scale("bce", y, p, **options)


def test_a_loss_without_a_switch_passes_and_bad_arguments_do_not() -> None:
    check_scale("hinge", [1, 0], [0.9, 0.1])
    check_scale("huber", [1.0], [0.5])
    with pytest.raises(lossreg.ShapeError):
        check_scale("bce", [1, 0], [0.5])
    with pytest.raises(lossreg.DomainError, match="y_true"):
        check_scale("bce", [3, 0], [0.5, 0.5])
