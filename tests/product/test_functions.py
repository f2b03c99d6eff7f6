"""A loss is a function in the eyes of others: it has a name, a signature and a documentation, and they take it as it is."""

from __future__ import annotations

import copy
import functools
import inspect
import io
import pickle
import pydoc
from contextlib import redirect_stdout
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.compat import keras
from lossreg.testing import arguments

NAMES = lossreg.names()
CALL = ["sample_weight", "where", "reduction", "out", "n_threads"]


class Tilted(lossreg.PythonLoss):
    """The squared error, tilted."""

    name = "tilted_by_hand"
    tilt: float = 0.5

    def per_element(self, y_true, y_pred):
        return np.square(y_pred - y_true) * (1 + self.tilt * np.sign(y_pred - y_true))


LOSSES = [*map(lossreg.get, NAMES), Tilted(), lossreg.get("huber", delta=2.0)]
every = pytest.mark.parametrize("loss", LOSSES, ids=repr)


@every
def test_a_loss_has_what_a_function_has(loss: lossreg.Loss) -> None:
    assert loss.__name__ == loss.__qualname__ == loss.name
    signature = inspect.signature(loss)
    assert tuple(signature.parameters) == (*loss.info.sides, *CALL)
    assert [one.default for one in signature.parameters.values()][-5:] == [None, None, "mean", None, None]
    sides = arguments(loss, 1)
    by_name = signature.bind(**dict(zip(loss.info.sides, sides, strict=True)))
    assert loss(*by_name.args, **by_name.kwargs) == loss(*sides)

    @functools.wraps(loss)
    def wrapped(*arrays: Any) -> Any:
        return loss(*arrays)

    assert wrapped.__name__ == loss.name
    assert inspect.signature(wrapped) == signature


@pytest.mark.parametrize(
    ("sum_of_losses", "name"),
    [
        ("huber + mse", "huber_plus_squared_error"),
        ("bce - 0.5*huber(delta=2.0)", "binary_cross_entropy_minus_0_5_huber_delta_2_0"),
        ("2*mae", "_2_0_absolute_error"),
        ("-mse", "minus_squared_error"),
    ],
)
def test_a_sum_is_called_by_an_identifier(sum_of_losses: str, name: str) -> None:
    loss = lossreg.get(sum_of_losses)
    assert loss.__name__ == loss.__qualname__ == name
    assert name.isidentifier()


@every
def test_a_loss_documents_itself(loss: lossreg.Loss) -> None:
    text = inspect.getdoc(loss)
    assert text
    info = loss.info
    assert text.startswith(info.summary or "The squared error, tilted.")
    words = " ".join(text.split())
    for fact in (info.use_when, info.formula, str(info.target), str(info.start), *info.relations):
        assert fact in words
    for name, value in loss.params.items():
        assert f"{name} = {value!r}." in words
    for side in info.sides:
        assert f"\n{side} : array_like\n" in text
    out = io.StringIO()
    with redirect_stdout(out):
        pydoc.help(loss)
    helped = out.getvalue()
    assert repr(loss) in helped
    assert text.splitlines()[0] in helped


def test_classes_keep_their_own_documentation_and_signature() -> None:
    assert "immutable" in (lossreg.Loss.__doc__ or "")
    assert Tilted.__doc__ == inspect.getdoc(Tilted) == "The squared error, tilted."
    assert str(inspect.signature(Tilted)) == "(*, tilt=0.5)"
    assert lossreg.Loss.__name__ == "Loss"
    assert Tilted.__qualname__ == "Tilted"


@pytest.mark.parametrize("name", [name for name in NAMES if lossreg.describe(name).raw_switch == "from_logits"])
def test_who_comes_from_keras_is_told_about_probabilities(name: str) -> None:
    for text in (getattr(lossreg.losses, name).__doc__, lossreg.get(name).__doc__):
        assert "Keras take probabilities by default: those need ``from_logits=False`` here." in " ".join(text.split())


# Hints


def test_parameters_are_found_where_they_are() -> None:
    huber = lossreg.get("huber", delta=1.35)
    with pytest.raises(
        AttributeError, match=r'huber\(delta=1.35\) has its parameters in a dict: write loss.params\["del'
    ):
        _ = huber.delta
    with pytest.raises(AttributeError, match=r"huber\(delta=1.35\) has no parameter 'gamma'"):
        _ = huber.gamma
    with pytest.raises(AttributeError, match="no attribute 'detla'"):
        _ = huber.detla
    assert not hasattr(lossreg.Loss, "delta")
    assert "delta" not in dir(huber)
    assert Tilted(tilt=0.25).tilt == 0.25
    assert "tilt" in dir(Tilted())
    with pytest.raises(AttributeError, match=r"immutable; loss.replace\(delta=...\) returns another one"):
        huber.delta = 2.0
    with pytest.raises(AttributeError, match="immutable"):
        del huber.delta


def test_a_parameter_of_a_built_in_is_free_for_others() -> None:
    class Mine(Tilted):
        name = "mine_by_hand"
        delta: float = 3.0
        alpha: float = 0.0

    assert (Mine().delta, Mine(delta=1.0).delta, Mine().alpha) == (3.0, 1.0, 0.0)
    assert Mine(delta=1.0).replace(alpha=2.0).params == {"tilt": 0.5, "delta": 1.0, "alpha": 2.0}


def test_only_public_names_are_listed() -> None:
    listed = dir(lossreg)
    assert set(lossreg.__all__) <= set(listed)
    assert not [name for name in listed if name.startswith("_") and name != "__version__"]
    assert all(getattr(lossreg, name) is not None for name in listed)
    assert dir(lossreg.losses) == NAMES


# Libraries that take functions


METRICS = [
    lossreg.get("squared_error"),
    lossreg.get("pinball", quantile=0.9),
    Tilted(tilt=0.25),
    lossreg.get("0.5*huber + mse"),
]


@pytest.mark.parametrize("loss", METRICS, ids=repr)
def test_scikit_learn_scores_with_a_loss(loss: lossreg.Loss) -> None:
    pytest.importorskip("sklearn")
    from sklearn.base import clone
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import make_scorer
    from sklearn.model_selection import GridSearchCV, cross_val_score

    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 2))
    y = x @ [1.0, -2.0] + rng.normal(size=60)
    scorer = make_scorer(loss, greater_is_better=False)
    assert loss.__name__ in repr(scorer)
    model = LinearRegression().fit(x, y)
    assert scorer(model, x, y) == -loss(y, model.predict(x))
    weight = rng.uniform(size=60)
    assert scorer(model, x, y, sample_weight=weight) == -loss(y, model.predict(x), weight)
    again = pickle.loads(pickle.dumps(scorer))
    assert again(model, x, y) == clone(scorer, safe=False)(model, x, y) == scorer(model, x, y)
    scores = cross_val_score(LinearRegression(), x, y, scoring=scorer, cv=3)
    assert (scores < 0).all()
    search = GridSearchCV(LinearRegression(), {"fit_intercept": [True, False]}, scoring=scorer, cv=3).fit(x, y)
    assert search.best_score_ <= 0
    assert clone(search).get_params()["scoring"] is not None


@pytest.mark.parametrize("loss", [*METRICS, keras.Huber(delta=2.0)], ids=repr)
def test_xgboost_evaluates_a_loss(loss: Any) -> None:
    xgboost = pytest.importorskip("xgboost")
    from sklearn.base import clone

    rng = np.random.default_rng(0)
    x = rng.normal(size=(80, 3)).astype(np.float32)
    y = (x[:, 0] - x[:, 1]).astype(np.float32)
    model = xgboost.XGBRegressor(n_estimators=4, max_depth=2, eval_metric=loss, n_jobs=1)
    for one in (model, clone(model), pickle.loads(pickle.dumps(model))):
        one.fit(x[:60], y[:60], eval_set=[(x[60:], y[60:])], verbose=False)
        ((name, values),) = [
            (name, values) for name, values in one.evals_result()["validation_0"].items() if name != "rmse"
        ]
        assert name == loss.__name__
        assert len(values) == 4
        assert values[-1] == pytest.approx(float(loss(y[60:], one.predict(x[60:]))), rel=1e-5)


# compat.keras


KERAS = [keras.Huber(), keras.BinaryCrossentropy(from_logits=True), keras.MeanSquaredError(name="mine")]


@pytest.mark.parametrize("loss", KERAS, ids=repr)
def test_a_loss_of_the_keras_namespace_is_a_function_too(loss: Any) -> None:
    assert loss.__name__ == loss.__qualname__ == loss.name
    assert list(inspect.signature(loss).parameters) == ["y_true", "y_pred", "sample_weight", "mask"]
    assert inspect.getdoc(loss)
    for again in (pickle.loads(pickle.dumps(loss)), copy.deepcopy(loss)):
        assert again.__name__ == loss.name
        assert again([0.0, 1.0], [0.5, 0.25]) == loss([0.0, 1.0], [0.5, 0.25])


@pytest.mark.parametrize("name", [name for name in keras.__all__ if inspect.isfunction(getattr(keras, name))])
def test_a_function_of_the_keras_namespace_tells_its_arguments(name: str) -> None:
    function = getattr(keras, name)
    parameters = list(inspect.signature(function).parameters)
    assert function.__name__
    assert inspect.getdoc(function)
    if name not in ("get", "serialize", "deserialize"):
        assert parameters[:2] == ["y_true", "y_pred"]
