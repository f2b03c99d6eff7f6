"""Start values: no constant is better, infinities are exact, and arguments are checked as in every other call."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

import lossreg
from lossreg.testing import arguments

POINTWISE = [name for name in lossreg.names("pointwise") if lossreg.describe(name).provider == "lossreg"]


Y = {"labels": [0, 1, 1, 0, 1, 1, 1], "numbers": [0.5, 1.0, 4.0, 0.25, 2.0, 2.0, 3.0]}
Y["classes"] = [0, 1, 2, 0, 1, 2, 2]
W = [1.0, 2.0, 0.5, 1.5, 1.0, 0.25, 1.0]
VARIANTS = {
    "binary_cross_entropy": ["(pos_weight=3.0)", "(label_smoothing=0.1)", "(from_logits=False)"],
    "binary_focal": ["(gamma=0.5, alpha=0.25)", "(from_logits=False)"],
    "huber": ["(delta=0.1)", "(delta=100.0)"],
    "ordinal_logistic": ["(thresholds=[-0.5, 0.25, 30.0])"],
    "pinball": ["(quantile=0.1)", "(quantile=0.77)"],
    "hinge": ["(margin=2.5)"],
    "poisson": ["(log_input=False)"],
    "gamma": ["(log_input=False)"],
    "tweedie": ["(power=1.0)", "(power=2.0)", "(power=3.0)", "(log_input=False)"],
}


@pytest.mark.parametrize("weight", [None, W])
@pytest.mark.parametrize("spec", [name + variant for name in POINTWISE for variant in ("()", *VARIANTS.get(name, []))])
def test_no_constant_is_better_than_the_start_value(spec, weight):
    loss = lossreg.get(spec)
    y = Y["labels" if loss.info.target.is_label else "classes" if loss.info.target.has_class_indices else "numbers"]
    score = loss.init_score(y, weight)
    best = loss.value(y, np.full(len(y), score), weight, reduction="sum")
    for step in (1e-6, 1e-3, 0.1):
        for other in (score - step, score + step):
            assert loss.value(y, np.full(len(y), other), weight, reduction="sum") >= best - 1e-14 * abs(best)


def test_closed_forms():
    y = np.array(Y["numbers"])
    mean = np.average(y, weights=W)
    for name in ("squared_error", "half_squared_error"):
        assert lossreg.get(name).init_score(y, W) == pytest.approx(mean, rel=1e-15)
    for spec in ("poisson", "gamma", "tweedie", "tweedie(power=3.0)"):
        assert lossreg.get(spec).init_score(y, W) == pytest.approx(math.log(mean), rel=1e-14)
    assert lossreg.get("absolute_error").init_score(y[:6]) == np.median(y[:6])
    assert lossreg.get("pinball", quantile=0.9).init_score(np.arange(1.0, 11.0)) == 9.5  # anything from 9 to 10 is best
    p = np.average(Y["labels"], weights=W)
    assert lossreg.get("bce").init_score(Y["labels"], W) == pytest.approx(math.log(p / (1 - p)), rel=1e-14)
    assert lossreg.get("bce").init_score([-1, 1, 1]) == pytest.approx(math.log(2), rel=1e-14)


def test_flat_and_endless_losses():
    assert lossreg.get("bce").init_score([1, 1]) == math.inf
    assert lossreg.get("bce").init_score([0, 0]) == -math.inf
    assert lossreg.get("bce", label_smoothing=0.1).init_score([1, 1]) == pytest.approx(math.log(19), rel=1e-12)
    assert lossreg.get("bce", from_logits=False).init_score([1, 1]) == 1.0
    assert lossreg.get("bce", pos_weight=0.0).init_score([0, 1]) == -math.inf
    assert lossreg.get("exponential").init_score([1, 1]) == math.inf
    assert lossreg.get("poisson").init_score([0, 0]) == -math.inf
    assert lossreg.get("hinge").init_score([1, 1]) == 1.0
    assert lossreg.get("hinge").init_score([0, 1]) == 0.0
    assert lossreg.get("huber").init_score([0.0, 0.0, 100.0, 100.0]) == pytest.approx(50.0, rel=1e-12)
    assert math.isnan(lossreg.get("squared_error").init_score([1.0, math.nan]))


def test_what_has_no_start_value():
    with pytest.raises(lossreg.EmptyError):
        lossreg.get("squared_error").init_score([])
    with pytest.raises(lossreg.EmptyError):
        lossreg.get("squared_error").init_score([1.0], [0.0])
    with pytest.raises(lossreg.ParameterError, match="scores"):
        lossreg.get("minimax_generator").init_score([1.0])
    with pytest.raises(lossreg.DomainError):
        lossreg.get("bce").init_score([2])
    with pytest.raises(lossreg.DomainError):
        lossreg.get("sparse_categorical_cross_entropy").init_score([0, -3])


LABELS = np.array([0, 1, 1, 3, 3, 3, 3])
SHARES = np.array([[0.1, 0.2, 0.7], [0.3, 0.3, 0.4], [1.0, 0.0, 0.0]])


def test_class_scores_are_the_logarithms_of_the_shares():
    with np.errstate(divide="ignore"):
        wanted = np.log(np.array([1, 2, 0, 4]) / 7)
    sparse = lossreg.get("sparse_categorical_cross_entropy")
    np.testing.assert_allclose(sparse.init_score(LABELS), wanted, rtol=1e-13)
    ignoring = lossreg.get("sparse_categorical_cross_entropy", ignore_index=-100)
    np.testing.assert_allclose(ignoring.init_score([*LABELS, -100]), wanted, rtol=1e-13)
    probabilities = lossreg.get("sparse_categorical_cross_entropy", from_logits=False)
    np.testing.assert_allclose(probabilities.init_score(LABELS), np.exp(wanted), rtol=1e-13)
    weight = np.array([3.0, 1, 1, 1, 1, 1, 1])
    np.testing.assert_allclose(np.exp(sparse.init_score(LABELS, weight)), np.array([3, 2, 0, 4]) / 9, rtol=1e-13)


def test_class_scores_with_every_parameter():
    smoothed = lossreg.get("sparse_categorical_cross_entropy", label_smoothing=0.1, class_weight=[1.0, 2.0, 3.0, 0.5])
    mass = (0.9 * np.array([1, 2, 0, 4]) + 0.1 * 7 / 4) * [1, 2, 3, 0.5]
    np.testing.assert_allclose(np.exp(smoothed.init_score(LABELS)), mass / mass.sum(), rtol=1e-12)
    for name in ("categorical_cross_entropy", "kl_divergence"):
        np.testing.assert_allclose(np.exp(lossreg.get(name).init_score(SHARES)), SHARES.mean(axis=0), rtol=1e-12)
        first = lossreg.get(name, axis=0)
        np.testing.assert_allclose(np.exp(first.init_score(SHARES.T)), SHARES.mean(axis=0), rtol=1e-12)


@pytest.mark.parametrize("gamma", [0.5, 2.0, 5.0])
def test_class_scores_of_a_loss_without_closed_form(gamma):
    loss = lossreg.get("categorical_focal", gamma=gamma)
    score = loss.init_score(SHARES)
    slopes = loss.grad(SHARES, np.tile(score, (3, 1)), reduction="sum")
    assert np.all(abs(slopes.sum(axis=0)) <= 1e-9 * abs(slopes).sum(axis=0))


# ------------------------------------------------------------------------------------------ the least of drawn data


class Asymmetric(lossreg.PythonLoss):
    """A loss of somebody else's, with a first derivative only."""

    name = "asymmetric"

    def per_element(self, y_true, y_pred):
        r = y_pred - y_true
        return np.where(r > 0, r * r, 3 * r * r)

    def per_element_grad(self, y_true, y_pred):
        r = y_pred - y_true
        return np.where(r > 0, 2 * r, 6 * r)


class RowError(lossreg.PythonLoss):
    """A row-wise loss of somebody else's, over rows of probabilities or class indices."""

    name = "row_error"
    family = "row-wise"
    link = "softmax"
    target = "class index or probability"

    def _rows(self, y_true, q):
        return y_true if y_true.ndim == q.ndim else np.eye(q.shape[-1])[y_true.astype(int)]

    def per_element(self, y_true, y_pred):
        q = lossreg.ops.softmax(y_pred)
        return np.square(q - self._rows(y_true, q)).sum(axis=-1)

    def per_element_grad(self, y_true, y_pred):
        q = lossreg.ops.softmax(y_pred)
        pull = 2 * (q - self._rows(y_true, q))
        return q * (pull - (pull * q).sum(axis=-1, keepdims=True))


LOSSES = [lossreg.get(name) for name in lossreg.names() if lossreg.describe(name).provider == "lossreg"]
LOSSES = [loss for loss in LOSSES if loss.info.start is not lossreg.info.Start.NONE]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(("n", "seed"), [(1, 0), (7, 1), (300, 2), (20_000, 3)])
@pytest.mark.parametrize("loss", [*LOSSES, Asymmetric(), RowError()], ids=lambda loss: loss.name)
def test_nothing_drawn_has_a_lesser_loss(loss, n, seed, weighted):
    y, rng = arguments(loss, n, seed=seed)[0], np.random.default_rng(seed)
    weight = rng.uniform(0.1, 3, n) if weighted else None
    score = np.asarray(loss.init_score(y, weight))
    if not np.all(np.isfinite(score)):
        assert n == 1 or loss.info.family == "row-wise"  # infinities have tests of their own
        return

    def total(score):
        return loss.value(y, np.broadcast_to(score, (n, *score.shape)), weight, reduction="sum")

    for size in (1e-6, 1e-5, 1e-3, 0.1, 1.0):
        for step in (size, -size, size * rng.normal(size=score.shape)):
            if not loss.info.prediction.excludes(score + step).any():
                assert total(score + step) >= total(score) - 1e-12 * abs(total(score)) - 1e-15 * n


@pytest.mark.parametrize("spec", [*POINTWISE, "scce", "cce", "kl", "categorical_focal"])
def test_masks_and_weights_of_nothing_are_as_if_the_targets_were_not_there(spec):
    loss = lossreg.get(spec)
    y = arguments(loss, 40, seed=5)[0]
    rng = np.random.default_rng(0)
    kept = rng.random(40) < 0.6
    weight = rng.uniform(0.5, 2, 40)
    spoiled = y.copy()
    if spoiled.dtype.kind == "f":
        spoiled[~kept] = np.nan
    wanted = loss.init_score(y[kept], weight[kept])
    classes = np.size(wanted) if loss.info.family == "row-wise" and loss.info.target.has_class_indices else None
    more = {} if classes is None else {"n_classes": classes}
    y_masked = np.where(kept, y, 0) if classes else spoiled
    np.testing.assert_allclose(loss.init_score(y_masked, weight, where=kept, **more), wanted, rtol=1e-12)
    np.testing.assert_allclose(loss.init_score(y_masked, np.where(kept, weight, 0), **more), wanted, rtol=1e-12)


# ------------------------------------------------------------------------------------------------------ infinities


@pytest.mark.parametrize("spec", ["bce", "focal", "focal(gamma=0.3)", "focal(gamma=1000.0)", "exponential"])
def test_the_score_of_labels_that_are_all_the_same_is_infinite(spec):
    loss = lossreg.get(spec)
    assert loss.init_score([0, 1], [1.0, 0.0]) == -math.inf
    assert loss.init_score([0, 1], [0.0, 1e-300]) == math.inf
    assert loss.init_score([1.0, np.nan], where=[True, False]) == math.inf
    assert math.isfinite(loss.init_score([0, 1], [1e-20, 1.0]))


def test_the_logit_of_one_label_among_very_many():
    assert lossreg.get("bce").init_score([0, 1], [1e-20, 1.0]) == pytest.approx(20 * math.log(10), rel=1e-15)
    assert lossreg.get("bce").init_score([0, 1], [1.0, 1e-300]) == pytest.approx(-300 * math.log(10), rel=1e-15)


@pytest.mark.parametrize("spec", ["poisson", "tweedie", "tweedie(power=1.2)"])
def test_the_score_of_counts_that_are_all_zero_is_infinite(spec):
    assert lossreg.get(spec).init_score([0.0, 0.0]) == -math.inf
    assert lossreg.get(spec).init_score([0.0, 7.0], [1.0, 0.0]) == -math.inf


def test_the_mean_is_that_of_the_engine():
    loss = lossreg.get("mse")
    assert loss.init_score([1.5e308] * 4) == 1.5e308
    assert loss.init_score([math.inf, 1.0]) == math.inf
    assert math.isnan(loss.init_score([math.inf, -math.inf]))
    assert loss.init_score([1e16, 1.0, -1e16, 1.0]) == 0.5
    assert loss.init_score([1.0, 2.0], [3.0, -1.0]) == 0.5
    assert loss.init_score(3) == 3.0
    assert loss.init_score(np.array([[1, 2], [3, 4]], np.int8), [1.0, 0.0]) == 1.5
    assert loss.init_score(np.full((3, 2), 0.1, np.float32)) == float(np.float32(0.1))


def test_a_finite_end_of_a_flat_is_no_infinity():
    for margin in (0.5, 1000.0):
        assert lossreg.get("hinge", margin=margin).init_score([1, 1]) == margin


@pytest.mark.parametrize("n", [9, 10, 8_193, 50_000])
@pytest.mark.parametrize("level", [0.1, 0.5, 0.75])
@pytest.mark.parametrize("kind", ["normal", "few", "sorted"])
def test_quantiles_are_those_of_a_full_sort(n, level, kind):
    rng = np.random.default_rng(n)
    y = {"normal": rng.normal(size=n), "few": rng.integers(0, 3, n) * 1.0, "sorted": np.arange(n) * 1.0}[kind]
    loss = lossreg.get("pinball", quantile=level)
    at = level * n
    ordered = np.sort(y)
    wanted = ordered[math.ceil(at) - 1] if at % 1 else (ordered[int(at) - 1] + ordered[min(int(at), n - 1)]) / 2
    assert loss.init_score(y) == pytest.approx(wanted, rel=1e-15, abs=1e-300)
    twice = rng.integers(1, 4, n)
    assert loss.init_score(y, twice * 1.0) == pytest.approx(loss.init_score(np.repeat(y, twice)), rel=1e-15, abs=1e-300)


def test_weights_some_of_which_are_negative():
    loss, y, weight = lossreg.get("mae"), np.array([3.0, 1.0, 2.0, 5.0]), np.array([1.0, 2.0, -0.5, 0.75])
    totals = [loss.value(y, np.full(4, x), weight, reduction="sum") for x in y]
    assert loss.init_score(y, weight) == y[np.argmin(totals)]
    assert lossreg.get("scce").init_score([0, 1], [3.0, -1.0]).tolist() == [0.0, -math.inf]
    assert lossreg.get("bce").init_score([0, 1], [3.0, -1.0]) == -math.inf
    with pytest.raises(lossreg.DomainError, match="sample_weight sums to -2; wanted a sum above 0"):
        loss.init_score([1.0, 2.0], [-1.0, -1.0])


# --------------------------------------------------------------------------------------------------------- classes


def test_the_number_of_classes():
    sparse = lossreg.get("scce")
    with np.errstate(divide="ignore"):
        np.testing.assert_allclose(sparse.init_score([0, 1], n_classes=4), np.log([0.5, 0.5, 0, 0]), rtol=1e-15)
    weighted = lossreg.get("scce", class_weight=[1.0, 2.0, 5.0])
    np.testing.assert_allclose(np.exp(weighted.init_score([0, 1])), [1 / 3, 2 / 3, 0], rtol=1e-15)
    smoothed = lossreg.get("scce", label_smoothing=0.1).init_score([0, 0], n_classes=2)
    np.testing.assert_allclose(np.exp(smoothed), [0.95, 0.05], rtol=1e-15)
    for wrong in (0, -1, 2.0, True, "3"):
        with pytest.raises(lossreg.ParameterError, match="n_classes is"):
            sparse.init_score([0, 1], n_classes=wrong)
    with pytest.raises(
        lossreg.DomainError, match="y_true holds 5 at index 1; wanted a class index from 0 to 3"
    ) as caught:
        sparse.init_score([0, 5], n_classes=4)
    assert (caught.value.argument, caught.value.index, caught.value.value) == ("y_true", 1, 5)
    with pytest.raises(lossreg.ShapeError, match="class_weight has 3 numbers and n_classes is 2"):
        weighted.init_score([0, 1], n_classes=2)
    with pytest.raises(lossreg.ShapeError, match="so 2 classes on axis -1, not 3"):
        lossreg.get("cce").init_score([[0.5, 0.5]], n_classes=3)
    with pytest.raises(lossreg.ParameterError, match="has no classes; leave n_classes= out"):
        lossreg.get("mse").init_score([1.0], n_classes=2)


def test_one_hot_rows_of_integers_are_rows():
    focal = lossreg.get("categorical_focal")
    rows = np.eye(3, dtype=int)[[0, 1, 1, 0, 2]]
    np.testing.assert_allclose(focal.init_score(rows), focal.init_score([0, 1, 1, 0, 2]), rtol=1e-12)
    np.testing.assert_allclose(focal.init_score(rows.astype(float)), focal.init_score([0, 1, 1, 0, 2]), rtol=1e-12)
    assert focal.init_score([[0, 2], [1, 1]]).shape == (3,)  # the rows do not sum to 1: class indices
    first = lossreg.get("categorical_focal", axis=0)
    np.testing.assert_allclose(first.init_score(rows.T), focal.init_score(rows), rtol=1e-12)
    assert focal.init_score(rows[:2]).tolist()[2] == -math.inf


def test_images_have_classes_on_the_second_axis():
    loss = lossreg.get("scce", axis=1)
    labels = np.random.default_rng(0).integers(0, 3, (2, 4, 5))
    weight = np.array([1.0, 2.0])
    each = np.broadcast_to(weight[:, None, None], labels.shape)
    counts = np.array([each[labels == k].sum() for k in range(3)])
    np.testing.assert_allclose(np.exp(loss.init_score(labels, weight)), counts / counts.sum(), rtol=1e-14)
    dense = np.moveaxis(np.eye(3)[labels], -1, 1)
    np.testing.assert_allclose(
        np.exp(lossreg.get("cce", axis=1).init_score(dense, weight)), counts / counts.sum(), rtol=1e-14
    )


def test_class_weights_are_added_up_exactly():
    weight = np.array([1e16, 1.0, 1.0, 1.0] * 25)
    labels = np.array([0, 0, 0, 1] * 25)
    score = lossreg.get("scce").init_score(labels, weight)
    assert score[0] - score[1] == pytest.approx(math.log((25e16 + 50) / 25), rel=1e-15)


def test_a_far_class_index_takes_memory_for_the_scores_alone():
    code = """
import resource
import lossreg
loss = lossreg.get("scce")
loss.init_score([0, 1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
score = loss.init_score([0, 2**24])
assert score[0] == score[2**24] and score[1] == -float("inf"), score
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 / 2**24)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert float(done.stdout) <= 24  # bytes for each of the scores, of which each takes 8


# ------------------------------------------------------------------------------------------------------------ errors


def test_arguments_are_checked_as_in_every_call():
    mse, bce, sparse = map(lossreg.get, ["mse", "bce", "scce"])
    with pytest.raises(lossreg.ShapeError, match=r"sample_weight has shape \(3,\); wanted that of the unreduced loss"):
        mse.init_score([1.0, 2.0], [1.0, 2.0, 3.0])
    with pytest.raises(lossreg.ShapeError, match=r"where has shape \(3,\)"):
        sparse.init_score([0, 1], where=[True, False, True])
    with pytest.raises(lossreg.DtypeError, match="where has dtype float64; wanted bool"):
        mse.init_score([1.0, 2.0], where=[1.0, 0.0])
    with pytest.raises(lossreg.DtypeError, match="y_true has dtype object"):
        mse.init_score(np.array([1, None]))
    with pytest.raises(lossreg.DtypeError, match="y_true is a masked array"):
        sparse.init_score(np.ma.masked_array([1, 0], [True, False]))
    for loss in (bce, sparse):
        with pytest.raises(lossreg.DomainError, match=r"y_true holds 1\.5 at index 1") as caught:
            loss.init_score([0.0, 1.5])
        assert caught.value.argument == "y_true"
    with pytest.raises(lossreg.DomainError, match="-1"):
        bce.init_score([-1, 0])
    with pytest.raises(lossreg.DomainError, match="nan"):
        sparse.init_score([0.0, np.nan])
    with pytest.raises(lossreg.EmptyError):
        mse.init_score([1.0], where=[False])
    with pytest.raises(lossreg.DomainError):
        lossreg.get("cce").init_score([[0.5, 1.5]])
    with pytest.raises(lossreg.ShapeError, match="axis 3"):
        lossreg.get("cce", axis=3).init_score([[0.5, 0.5]])
