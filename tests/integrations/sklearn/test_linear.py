"""Linear models: scikit-learn's own solutions and checks, every smooth loss, penalties, refusals."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import lossreg

sklearn = pytest.importorskip("sklearn", "1.6")
from scipy.sparse import csr_matrix
from sklearn import linear_model as theirs
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

from lossreg.integrations.needs import numbers
from lossreg.integrations.sklearn import LossClassifier, LossRegressor
from lossreg.integrations.sklearn.targets import piecewise_linear
from lossreg.testing import arguments


def standardised(load):
    X, y = load(return_X_y=True)
    X = StandardScaler().fit_transform(X)
    return X, y, np.random.default_rng(0).uniform(0.5, 2.0, len(y))


@pytest.mark.parametrize(
    "model",
    [
        LossRegressor(),
        LossRegressor(solver="newton-cg"),
        LossRegressor("huber", l1_ratio=0.5, alpha=0.1),
        LossClassifier(),
        LossClassifier(solver="newton-cg"),
        LossClassifier("squared_hinge"),
    ],
    ids=repr,
)
@pytest.mark.filterwarnings("ignore")
def test_scikit_learn_finds_no_fault(model) -> None:
    check_estimator(model, on_skip=None)


REGRESSIONS = {
    "Ridge": (
        lambda: theirs.Ridge(alpha=3.0),
        lambda: LossRegressor("half_squared_error", alpha=3.0, reduction="sum"),
        1e-6,
    ),
    "Lasso": (
        lambda: theirs.Lasso(alpha=3.0, tol=1e-10),
        lambda: LossRegressor("half_squared_error", alpha=3.0, l1_ratio=1),
        1e-5,
    ),
    "ElasticNet": (
        lambda: theirs.ElasticNet(alpha=1.0, l1_ratio=0.3, tol=1e-10),
        lambda: LossRegressor("half_squared_error", alpha=1.0, l1_ratio=0.3),
        1e-5,
    ),
    "PoissonRegressor": (
        lambda: theirs.PoissonRegressor(alpha=0.1, tol=1e-8, max_iter=1000, solver="newton-cholesky"),
        lambda: LossRegressor("poisson", alpha=0.1),
        1e-5,
    ),
    "GammaRegressor": (
        lambda: theirs.GammaRegressor(alpha=0.1, tol=1e-8, max_iter=1000, solver="newton-cholesky"),
        lambda: LossRegressor("gamma", alpha=0.1),
        1e-5,
    ),
    "TweedieRegressor": (
        lambda: theirs.TweedieRegressor(power=1.5, alpha=0.1, tol=1e-8, max_iter=1000, solver="newton-cholesky"),
        lambda: LossRegressor("tweedie(power=1.5)", alpha=0.1),
        1e-5,
    ),
}


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg"])
@pytest.mark.parametrize("name", REGRESSIONS)
def test_coefficients_are_those_of(name: str, solver: str, weighted: bool) -> None:
    X, y, weight = standardised(load_diabetes)
    reference, make, tolerance = REGRESSIONS[name]
    model = make()
    if solver != "lbfgs" and model.l1_ratio:
        with pytest.raises(lossreg.ParameterError, match="has no L1 penalty"):
            model.set_params(solver=solver).fit(X, y)
        return
    given = weight if weighted else None
    wanted, found = reference().fit(X, y, sample_weight=given), model.set_params(solver=solver).fit(X, y, given)
    scale = np.abs(wanted.coef_).max()
    np.testing.assert_allclose(found.coef_, wanted.coef_, atol=tolerance * scale, rtol=0)
    assert found.intercept_ == pytest.approx(wanted.intercept_, rel=tolerance)
    assert np.array_equal(found.coef_ == 0, wanted.coef_ == 0), "zeros are exact, and the same"
    np.testing.assert_allclose(found.predict(X), wanted.predict(X), rtol=1e-4)


def test_huber_is_that_of_huber_regressor_at_its_scale() -> None:
    """HuberRegressor estimates a scale s: then its loss is 2/s times Huber's with delta = epsilon * s."""
    X, y, weight = standardised(load_diabetes)
    wanted = theirs.HuberRegressor(epsilon=1.35, alpha=0.1, tol=1e-10, max_iter=10_000).fit(X, y, weight)
    loss = lossreg.get("huber", delta=1.35 * wanted.scale_)
    found = LossRegressor(loss, alpha=0.1 * wanted.scale_, reduction="sum").fit(X, y, weight)
    np.testing.assert_allclose(found.coef_, wanted.coef_, atol=3e-4 * np.abs(wanted.coef_).max())


def test_a_smoothed_quantile_approaches_that_of_quantile_regressor() -> None:
    X, y, _ = standardised(load_diabetes)
    wanted = theirs.QuantileRegressor(quantile=0.3, alpha=0.1).fit(X, y)
    pinball = lossreg.get("pinball", quantile=0.3)

    def objective(model):
        return pinball(y, model.predict(X)) + 0.1 * np.abs(model.coef_).sum()

    best, gaps = objective(wanted), []
    for bandwidth in (5.0, 0.5):
        loss = lossreg.get("smooth_pinball", quantile=0.3, bandwidth=bandwidth)
        gaps.append(objective(LossRegressor(loss, alpha=0.1, l1_ratio=1).fit(X, y)) / best - 1)
    assert 0 <= gaps[1] < gaps[0]
    assert gaps[1] < 1e-3


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", ["lbfgs", "newton-cg"])
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_classifiers_are_logistic_regression(load, solver: str, weighted: bool) -> None:
    X, y, weight = standardised(load)
    given = weight if weighted else None
    wanted = theirs.LogisticRegression(C=0.5, tol=1e-10, max_iter=10_000).fit(X, y, given)
    found = LossClassifier(alpha=2.0, reduction="sum", solver=solver).fit(X, y, given)
    np.testing.assert_allclose(found.coef_, wanted.coef_, atol=3e-5 * np.abs(wanted.coef_).max())
    np.testing.assert_allclose(found.predict_proba(X), wanted.predict_proba(X), atol=1e-4)
    assert found.coef_.shape == wanted.coef_.shape
    assert np.array_equal(found.predict(X), wanted.predict(X))


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_l1_classifiers_have_the_zeros_of_logistic_regression(load) -> None:
    X, y, _ = standardised(load)
    lasso = {"l1_ratio": 1.0} if numbers(sklearn.__version__) >= (1, 8) else {"penalty": "l1"}
    wanted = theirs.LogisticRegression(C=0.5, solver="saga", tol=1e-8, max_iter=100_000, **lasso).fit(X, y)
    found = LossClassifier(alpha=2.0, l1_ratio=1.0, reduction="sum").fit(X, y)
    np.testing.assert_allclose(found.coef_, wanted.coef_, atol=1e-4 * np.abs(wanted.coef_).max())
    assert np.array_equal(found.coef_ == 0, wanted.coef_ == 0)


def test_class_weights_are_those_of_logistic_regression() -> None:
    X, y, _ = standardised(load_breast_cancer)
    wanted = theirs.LogisticRegression(C=0.5, class_weight="balanced", tol=1e-10, max_iter=10_000).fit(X, y)
    found = LossClassifier(alpha=2.0, reduction="sum", class_weight="balanced").fit(X, y)
    np.testing.assert_allclose(found.coef_, wanted.coef_, atol=3e-5 * np.abs(wanted.coef_).max())


def sides(name: str) -> bool:
    return lossreg.describe(name).family in ("pointwise", "row-wise")


def smooth(name: str) -> bool:
    return sides(name) and bool((lossreg.get(name).hess(*arguments(name, 64), reduction="none") > 0).any())


POINTWISE = [name for name in lossreg.names(family="pointwise") if smooth(name)]


def takes_classes(name: str) -> bool:
    target = lossreg.describe(name).target
    return target.is_label or target.has_class_indices or target.has_rows


@pytest.mark.parametrize("name", [name for name in POINTWISE if not takes_classes(name)])
@pytest.mark.parametrize("penalty", [0.0, 1.0])
@pytest.mark.filterwarnings("ignore:lbfgs stopped")
def test_every_smooth_loss_of_numbers_is_trained_to_a_slope_of_nothing(name: str, penalty: float) -> None:
    loss = lossreg.get(name)
    if str(loss.info.prediction) == "numbers above -1":
        with pytest.raises(lossreg.ParameterError, match="above -1"):
            LossRegressor(loss).fit(np.ones((3, 1)), [1.0, 2.0, 3.0])
        return
    y = arguments(loss, 200, seed=1)[0]
    X = np.column_stack([y, np.random.default_rng(2).standard_normal((200, 2))]) + 0.5
    model = LossRegressor(loss, alpha=0.02, l1_ratio=penalty).fit(X, y)
    raw = X @ model.coef_ + model.intercept_
    grad = X.T @ loss.grad(y, raw)
    slack = 2e-4 * max(1.0, float(np.std(y)))
    if penalty:
        zero = model.coef_ == 0
        assert np.all(np.abs(grad[zero]) <= 0.02 + slack)
        assert np.all(np.abs(grad + 0.02 * np.sign(model.coef_))[~zero] <= slack)
    else:
        assert np.all(np.abs(grad + 0.02 * model.coef_) <= slack)


def one_hot_loss(loss: lossreg.Loss, y, model=None) -> float:
    """The mean loss of labels at scores of 0, or at the probabilities of a model."""
    rows = np.eye(int(y.max()) + 1)[y]
    if loss.info.family != "row-wise":
        return 0.0
    if model is None:
        return loss(rows, np.zeros(rows.shape))
    X = standardised(load_breast_cancer if rows.shape[1] == 2 else load_wine)[0]
    return loss(rows, np.log(np.maximum(model.predict_proba(X), 1e-300)))


# Those of classes that have an order, which these have not, have tests of their own.
NAMED = [
    name for name in lossreg.names() if sides(name) and takes_classes(name) and not lossreg.get(name).link.thresholds
]


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
@pytest.mark.filterwarnings("ignore:lbfgs stopped")
def test_every_smooth_loss_of_labels_classifies(name: str, load) -> None:
    X, y, _ = standardised(load)
    if not smooth(name):
        with pytest.raises(lossreg.ParameterError, match="jumps"):
            LossClassifier(name).fit(X, y)
        return
    names = np.array(["a", "b", "c"])[y]
    loss = lossreg.get(name)
    if not loss.info.target.has_class_indices and np.isinf(one_hot_loss(loss, y)):
        with pytest.raises(lossreg.ParameterError, match="is infinite for these targets at scores of 0"):
            LossClassifier(name).fit(X, names)
        return
    model = LossClassifier(name).fit(X, names)
    if loss.info.family == "row-wise" and loss.info.convex is False and loss.info.kinks != "none":
        # It may end on a plateau, which lies lower than where it began.
        assert one_hot_loss(loss, y, model) < one_hot_loss(loss, y)
    else:
        assert model.score(X, names) > 0.93
    assert hasattr(model, "predict_proba") == (lossreg.get(name).link.name in ("logit", "softmax"))
    scores = model.decision_function(X)
    assert scores.shape == ((len(y),) if len(model.classes_) == 2 else (len(y), 3))
    if hasattr(model, "predict_proba"):
        share = model.predict_proba(X)
        np.testing.assert_allclose(share.sum(axis=1), 1.0, rtol=1e-12)
        assert np.array_equal(model.classes_[share.argmax(axis=1)], model.predict(X))


def test_badly_scaled_features_cost_nothing() -> None:
    X, y, _ = standardised(load_diabetes)
    scale = 10.0 ** np.arange(-5, 5)
    plain = LossRegressor("pseudo_huber(delta=20)", alpha=0.0).fit(X, y)
    other = LossRegressor("pseudo_huber(delta=20)", alpha=0.0).fit(X * scale + 3 * scale, y)
    np.testing.assert_allclose(other.coef_ * scale, plain.coef_, rtol=1e-4)
    assert other.n_iter_ <= plain.n_iter_ + 10


def test_tolerance_is_in_units_of_the_targets() -> None:
    X, y, _ = standardised(load_diabetes)
    plain = LossRegressor(alpha=0.0).fit(X, y)
    for unit in (1e-9, 1e9):
        np.testing.assert_allclose(LossRegressor(alpha=0.0).fit(X, y * unit).coef_, plain.coef_ * unit, rtol=1e-4)


@pytest.mark.parametrize("make", [csr_matrix, lambda X: X.astype(np.float32), np.asfortranarray])
def test_kinds_of_features(make) -> None:
    X, y, weight = standardised(load_diabetes)
    plain, other = (LossRegressor("log_cosh", alpha=0.1).fit(each, y, weight) for each in (X, make(X)))
    np.testing.assert_allclose(other.coef_, plain.coef_, rtol=1e-2, atol=1e-3)
    assert other.coef_.dtype == (np.float32 if make(X).dtype == np.float32 else np.float64)


def test_models_are_cloned_searched_and_pickled() -> None:
    X, y, _ = standardised(load_diabetes)
    losses = ["squared_error", lossreg.get("huber", delta=50.0), "pseudo_huber(delta=30)"]
    search = GridSearchCV(make_pipeline(StandardScaler(), LossRegressor()), {"lossregressor__loss": losses}, cv=3)
    best = search.fit(X, y).best_estimator_[-1]
    assert best.loss in losses
    again = pickle.loads(pickle.dumps(best))
    assert np.array_equal(again.predict(X), best.predict(X))
    assert clone(best).loss == best.loss


def test_mistakes_are_told_before_training() -> None:
    X, y, _ = standardised(load_diabetes)
    for options, match in (
        ({"loss": "hubr"}, "did you mean 'huber'"),
        ({"loss": "absolute_error"}, "jumps"),
        ({"loss": "scce"}, "use LossClassifier"),
        ({"loss": "poisson(log_input=False)"}, "log_input=True"),
        ({"alpha": -1.0}, "alpha is -1.0"),
        ({"l1_ratio": 1.5}, "l1_ratio is 1.5"),
        ({"solver": "sag"}, "wanted 'lbfgs' or 'newton-cg'"),
        ({"reduction": "none"}, "reduction is 'none'"),
        ({"tol": 0.0}, "tol is 0.0"),
    ):
        with pytest.raises(lossreg.LossregError, match=match):
            LossRegressor(**options).fit(X, y)
    with pytest.raises(lossreg.DomainError, match=r"^y holds -5 at index 3"):
        LossRegressor("poisson").fit(X, np.where(np.arange(len(y)) == 3, -5.0, y))
    with pytest.raises(lossreg.DomainError, match=r"sample_weight holds -1\.0 at index 0"):
        LossRegressor().fit(X, y, -np.ones(len(y)))
    with pytest.raises(lossreg.ParameterError, match=r"huber\(\) is no loss of labels; use LossRegressor"):
        LossClassifier("huber").fit(X, y > 100)
    with pytest.raises(ValueError, match="one class"):
        LossClassifier().fit(X, np.zeros(len(y)))


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("model", [LossRegressor("huber"), LossClassifier("bce")])
def test_what_is_masked_is_not_read_below_the_mask(model, place: int) -> None:
    given = [np.arange(8.0).reshape(4, 2), np.array([0, 1, 1, 0]), np.ones(4)]
    given[place] = np.ma.masked_array(given[place], given[place] == 1)
    name = ("X", "y", "sample_weight")[place]
    with pytest.raises(lossreg.DtypeError, match=f"{name} is a masked array; pass the rows that are not masked"):
        model.fit(*given)


def test_giving_up_is_a_convergence_warning() -> None:
    X, y, _ = standardised(load_breast_cancer)
    with pytest.warns(ConvergenceWarning, match="lbfgs stopped after 2 iterations"):
        LossClassifier(alpha=1e-6, max_iter=2).fit(X, y)


@pytest.mark.parametrize("loss", ["huber(delta=1e-6)", "squared_epsilon_insensitive(epsilon=1000)"])
def test_what_bends_only_near_the_target_or_far_from_it_is_smooth(loss: str) -> None:
    assert not piecewise_linear(lossreg.get(loss))


@pytest.mark.parametrize("option", ["alpha", "l1_ratio", "fit_intercept", "reduction", "solver", "max_iter", "tol"])
@pytest.mark.parametrize("wrong", ["x", None, [1], {}, -1, 1.5, np.array([1, 2])], ids=lambda wrong: f"{wrong}")
def test_options_that_cannot_be_are_refused_by_their_name(option, wrong):
    if option in ("alpha", "tol") and isinstance(wrong, float):
        return
    with pytest.raises(lossreg.ParameterError, match=rf"^{option} is "):
        LossRegressor("huber", **{option: wrong}).fit(np.eye(3), [1.0, 2.0, 3.0])
