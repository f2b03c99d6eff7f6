"""Scorers: what the loss is given, weights routed and not, pickles, refusals."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import lossreg

sklearn = pytest.importorskip("sklearn", "1.6")
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, PoissonRegressor, Ridge
from sklearn.metrics import log_loss, mean_pinball_loss, mean_poisson_deviance
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score, cross_validate
from sklearn.svm import LinearSVC

from lossreg.integrations.needs import numbers
from lossreg.integrations.sklearn import LossRegressor, scorer


def test_regressors_are_judged_by_their_predictions() -> None:
    X, y = load_diabetes(return_X_y=True)
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y))
    model = Ridge().fit(X, y)
    found = scorer("pinball(quantile=0.9)")(model, X, y, weight)
    assert found == pytest.approx(-mean_pinball_loss(y, model.predict(X), alpha=0.9, sample_weight=weight), rel=1e-14)
    counts = PoissonRegressor(alpha=0.01).fit(X, np.round(y / 20))
    deviance = -mean_poisson_deviance(np.round(y / 20), counts.predict(X), sample_weight=weight)
    for name in ("poisson_deviance", "poisson_deviance(log_input=False)"):
        assert scorer(name)(counts, X, np.round(y / 20), weight) == pytest.approx(deviance, rel=1e-12)


def test_a_loss_of_raw_scores_only_is_given_these() -> None:
    """A regressor predicts means, also where the loss has no form of them, as a formula has none."""
    X, y = load_diabetes(return_X_y=True)
    rate = lossreg.define("exp(y_pred) - y_true*y_pred", name="rate_here", target="non-negative", link="log")
    model = LossRegressor(rate, alpha=0.01).fit(X, y / 20)
    assert scorer(rate)(model, X, y / 20) == pytest.approx(-rate(y / 20, np.log(model.predict(X))), rel=1e-12)
    assert scorer(rate)(model, X, y / 20) == pytest.approx(scorer("poisson")(model, X, y / 20), rel=1e-12)


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
@pytest.mark.parametrize("names", [False, True])
def test_classifiers_are_judged_by_decision_values_or_probabilities(load, names: bool) -> None:
    X, y = load(return_X_y=True)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = np.array(["no", "yes", "zero"])[y] if names else y
    weight = np.random.default_rng(0).uniform(0.5, 2, len(y))
    model = LogisticRegression().fit(X, y)
    wanted = -log_loss(y, model.predict_proba(X), sample_weight=weight)
    binary = ["bce", "bce(from_logits=False)"] if len(model.classes_) == 2 else []
    rows = [
        "scce",
        "scce(from_logits=False)",
        "categorical_cross_entropy",
        "categorical_cross_entropy(from_logits=False)",
    ]
    for name in binary + rows:
        assert scorer(name)(model, X, y, weight) == pytest.approx(wanted, rel=1e-9), name


def test_what_an_estimator_lacks_is_told() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    forest = RandomForestClassifier(5, random_state=0).fit(X, y)
    with pytest.raises(lossreg.ParameterError, match="no decision_function; from_logits=False reads predict_proba"):
        scorer("bce")(forest, X, y)
    assert scorer("bce(from_logits=False)")(forest, X, y) == pytest.approx(
        -log_loss(y, forest.predict_proba(X)), rel=1e-6
    )
    assert scorer("squared_hinge")(LinearSVC().fit(X, y), X, y) < 0
    wine = load_wine(return_X_y=True)
    three = LogisticRegression(max_iter=5000).fit(*wine)
    with pytest.raises(lossreg.ParameterError, match="takes binary labels, and the estimator has 3 classes"):
        scorer("bce")(three, *wine)
    with pytest.raises(
        lossreg.DomainError, match=r"^y holds 7 at index 0, which is none of the 3 classes fitted: 0, 1, 2"
    ):
        scorer("scce")(three, wine[0], np.full(len(wine[1]), 7))
    with pytest.raises(lossreg.ParameterError, match="a scorer has targets and predictions"):
        scorer("minimax_discriminator")


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_a_certain_mistake_costs_the_same_in_every_dtype(dtype) -> None:
    """`log_loss` clips by the dtype of the probabilities, and so counts 36, 16 or 7 for it; nothing is clipped here."""

    class Certain(ClassifierMixin, BaseEstimator):
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            return np.tile(np.array([[1.0, 0.0]], dtype), (len(X), 1))

    X = np.zeros((2, 1))
    assert scorer("bce(from_logits=False)")(Certain(), X, [0, 1]) == -np.inf
    assert scorer("scce(from_logits=False)")(Certain(), X, [0, 0]) == 0.0


def test_parameters_stand_with_the_name_or_behind_it() -> None:
    assert scorer("bce", from_logits=False).loss == scorer("bce(from_logits=False)").loss
    with pytest.raises(
        lossreg.ParameterError, match="binary_cross_entropy has no parameter 'gamma'; it has: from_logits"
    ):
        scorer("bce", gamma=2.0)


def test_a_loss_by_itself_is_no_scorer_and_says_what_is() -> None:
    with pytest.raises(lossreg.DtypeError, match=r"y_true is a .*Ridge; .*lossreg.integrations.sklearn.scorer\(loss\)"):
        cross_val_score(Ridge(), *load_diabetes(return_X_y=True), scoring=lossreg.get("huber"), error_score="raise")


def test_scorers_are_pickled() -> None:
    X, y = load_diabetes(return_X_y=True)
    found = pickle.loads(pickle.dumps(scorer("huber(delta=5)")))
    assert repr(found) == "scorer(huber(delta=5.0))"
    model = Ridge().fit(X, y)
    assert found(model, X, y) == scorer("huber(delta=5)")(model, X, y)
    assert np.isfinite(cross_val_score(Ridge(), X, y, scoring=found, cv=2)).all()


def by_hand(weigh_fit: bool, weigh_score: bool, X, y, weight, folds) -> list[float]:
    scores = []
    for train, test in folds.split(X):
        model = Ridge().fit(X[train], y[train], weight[train] if weigh_fit else None)
        residual = np.abs(y[test] - model.predict(X[test]))
        scores.append(-np.average(residual, weights=weight[test] if weigh_score else None))
    return scores


def test_weights_reach_the_scorer_with_routing_off() -> None:
    """GridSearchCV hands the weights of the fit to the scorer as well, if it takes any."""
    X, y = load_diabetes(return_X_y=True)
    weight = np.random.default_rng(1).uniform(0.1, 5, len(y))
    folds = KFold(3)
    for scoring in (scorer("absolute_error"), {"loss": scorer("absolute_error")}):
        search = GridSearchCV(Ridge(), {"alpha": [1.0]}, scoring=scoring, cv=folds, refit=False)
        search.fit(X, y, sample_weight=weight)
        key = "score" if not isinstance(scoring, dict) else "loss"
        found = [search.cv_results_[f"split{i}_test_{key}"][0] for i in range(3)]
        forwarded = numbers(sklearn.__version__) >= (1, 7)
        np.testing.assert_allclose(found, by_hand(True, forwarded, X, y, weight, folds), rtol=1e-12)


@pytest.mark.parametrize("weigh_score", [False, True])
def test_weights_reach_the_scorer_with_routing_on(weigh_score: bool) -> None:
    X, y = load_diabetes(return_X_y=True)
    weight = np.random.default_rng(1).uniform(0.1, 5, len(y))
    folds = KFold(3)
    with sklearn.config_context(enable_metadata_routing=True):
        scoring = scorer("absolute_error").set_score_request(sample_weight=weigh_score)
        model = Ridge().set_fit_request(sample_weight=True)
        found = cross_validate(model, X, y, params={"sample_weight": weight}, scoring=scoring, cv=folds)["test_score"]
        np.testing.assert_allclose(found, by_hand(True, weigh_score, X, y, weight, folds), rtol=1e-12)
        with pytest.raises(ValueError, match="not explicitly set as requested"):
            cross_validate(
                model,
                X,
                y,
                params={"sample_weight": weight},
                scoring=scorer("absolute_error"),
                cv=folds,
                error_score="raise",
            )
