"""The registry: names, specifications, descriptions; plugins have a file of their own."""

from __future__ import annotations

import copy
import pickle
from pathlib import Path

import numpy as np
import pytest

import lossreg
from lossreg import _native
from lossreg.testing import check_loss

ROOT = Path(__file__).parents[2]
CATALOG = _native.catalog()
NAMES = [loss["name"] for loss in CATALOG]
FAMILIES = ("adversarial", "column-wise", "pointwise", "row-wise", "sequence", "set-wise")
GAMES = ("hinge", "least_squares", "minimax", "relativistic", "wasserstein")


class Absolute(lossreg.PythonLoss):
    name = "absolute_by_hand"
    aliases = ("l1_by_hand",)
    scale: float = 1.0

    def per_element(self, y_true, y_pred):
        return np.abs(y_pred - y_true) / self.scale


class Other(Absolute):
    name = "absolute_by_hand"
    aliases = ()


@pytest.fixture
def registered():
    """A loss that is registered during a test."""
    lossreg.register(Absolute)
    yield
    lossreg.unregister("absolute_by_hand")


# Getting a loss


@pytest.mark.parametrize(
    "spec",
    [
        "huber(delta=1.35)",
        " HUBER_loss( delta = 1.35 ) ",
        "huber(\n delta=1.35,\n)",
        {"name": "huber", "params": {"delta": 1.35}},
        {"name": "Huber", "params": {"delta": np.float64(1.35)}},
    ],
)
def test_the_ways_to_ask_are_one(spec):
    loss = lossreg.get("huber", delta=1.35)
    assert lossreg.get(spec) == loss
    assert lossreg.get(loss) is loss
    assert lossreg.losses.huber(delta=1.35) == loss
    assert repr(loss) == "huber(delta=1.35)"


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        ("binary:hinge(margin=2)", lossreg.losses.hinge(margin=2)),
        (" Reg:QuantileError( quantile = 0.9 )", lossreg.losses.pinball(quantile=0.9)),
        ("survival:aft(distribution='logistic')", lossreg.losses.aft(distribution="logistic")),
        ("count:poisson - 0.5*reg:gamma", lossreg.losses.poisson() - 0.5 * lossreg.losses.gamma()),
    ],
)
def test_names_with_a_colon_take_parameters_and_weights_too(text, loss):
    assert lossreg.get(text) == loss


def test_parameters_add_to_a_specification():
    assert lossreg.get("pinball()", quantile=0.9) == lossreg.get({"name": "pinball"}, quantile=0.9)
    assert lossreg.get("bce(pos_weight=2.0)", from_logits=False).params["pos_weight"] == 2.0
    assert lossreg.get({"name": "huber", "params": None}) == lossreg.get("huber")
    weighted = lossreg.get("categorical_cross_entropy(class_weight=[1.0, 2.0], axis=-1, from_logits=False)")
    assert lossreg.get(repr(weighted)) == weighted


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_is_a_value(name):
    loss = lossreg.get(name)
    assert isinstance(loss, lossreg.Loss)
    for again in (
        lossreg.get(repr(loss)),
        lossreg.get(loss.config()),
        pickle.loads(pickle.dumps(loss)),
        copy.deepcopy(loss),
        *(lossreg.get(alias.upper()) for alias in lossreg.describe(name).aliases),
    ):
        assert again == loss
        assert (again != loss) is False
        assert hash(again) == hash(loss)
    assert loss != Absolute()


@pytest.mark.parametrize(
    "spec",
    [
        "sparse_categorical_cross_entropy(ignore_index=1, label_smoothing=0.1, class_weight=[1.0, 2.0, 0.5])",
        "categorical_cross_entropy(axis=0, class_weight=[1.0, 2.0])",
        "categorical_focal(alpha=[0.5, 0.25, 1.0, 2.0, 1.0], gamma=0.5)",
        "binary_focal(alpha=0.25, gamma=1.0, label_smoothing=0.2)",
        "minimax_generator(saturating=False)",
        "minimax_discriminator(label_smoothing=0.1)",
        "tweedie(power=0.0)",
    ],
)
def test_laws_with_parameters(spec):
    check_loss(spec)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("hubr", "no loss is called 'hubr'; did you mean 'huber'"),
        ("binary_crossentropi", "'binary_crossentropy'"),
        ("", "no loss is called ''; lossreg.names() lists all"),
        ("huber loss", "did you mean 'huber_loss'"),
        ("nonsuch(delta=1)", "no loss is called 'nonsuch'"),
        ({"name": "hubr"}, "did you mean 'huber'"),
    ],
)
def test_an_unknown_name_gets_the_nearest_ones(spec, words):
    with pytest.raises(lossreg.UnknownLossError) as caught:
        lossreg.get(spec)
    assert words in str(caught.value)
    assert isinstance(caught.value, KeyError)
    assert '"' not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("huber(delta=1.35", "'(' was never closed at column 6"),
        ("huber(1.35)", "are given by name, as in huber(parameter=value) (column 7)"),
        (
            "huber(delta=x)",
            "delta must be a number, True, False, None, a text in quotes, or a list of these (column 13)",
        ),
        ("huber(delta=1+1j)", "delta must be a number"),
        ("huber(delta=[1, {}])", "delta must be a number"),
        ("huber(delta=b'1')", "delta must be a number"),
        ("huber(delta=__import__('os').getpid())", "delta must be a number"),
        ("huber(delta=1, delta=2)", "delta is given twice"),
        ("huber(**{'delta': 1})", "** has no place here"),
        ("os.system(command='true')", "this is no call of a name"),
        ("huber()()", "this is no call of a name"),
        ("huber(delta=1)\0", "null byte"),
        ("(" * 5000, "cannot read the loss"),
        ("huber(" + "x" * 20_000, "at most 10000 characters"),
        ("hub\udfffer()", "it has half a character"),
        ("1" + "0" * 400 + "*huber", "the weight of huber() is inf"),
        ({"name": "huber", "delta": 1.35}, "not 'delta'; parameters belong inside 'params'"),
        ({"params": {}}, "wants its name under 'name'"),
        ({"name": 3}, "wants its name under 'name', not 3"),
        ({"name": "huber", "params": [1]}, "must map parameter names to values, not be [1]"),
        (3, "wanted the name of a loss, its config() or a loss, not 3"),
        (None, "not None"),
    ],
)
def test_what_cannot_be_read_is_a_parameter_error(spec, words):
    with pytest.raises(lossreg.ParameterError) as caught:
        lossreg.get(spec)
    assert words in str(caught.value)


def test_weights_of_a_sum_may_have_any_signs():
    assert lossreg.get("--2*huber()") == lossreg.get("2*huber")
    assert lossreg.get("huber*-+-2 + mse/--4 - -1*mae") == lossreg.get("2*huber + 0.25*mse + 1*mae")


def test_parameters_are_given_once_and_to_names():
    with pytest.raises(lossreg.ParameterError, match="delta is given twice"):
        lossreg.get("huber(delta=1)", delta=1)
    with pytest.raises(lossreg.ParameterError, match="is a loss already"):
        lossreg.get(lossreg.get("huber"), delta=1)
    with pytest.raises(lossreg.ParameterError, match="gamma"):
        lossreg.get("huber", gamma=1)
    with pytest.raises(lossreg.ParameterError, match="delta is -1"):
        lossreg.get("huber(delta=-1)")


# What there is


def test_zeros_of_either_sign_are_one_parameter():
    for name, key, plus, minus in [
        ("binary_focal", "gamma", 0.0, -0.0),
        ("categorical_cross_entropy", "class_weight", [0.0, 1.0], [-0.0, 1.0]),
    ]:
        loss, other = lossreg.get(name, **{key: plus}), lossreg.get(name, **{key: minus})
        assert loss == other
        assert hash(loss) == hash(other)
        assert repr(loss) == repr(other)


def test_parameters_may_change_while_they_are_read():
    params = {}

    class Number:
        def __float__(self):
            params.update({str(i): i for i in range(100)})
            return 2.0

    params["delta"] = Number()
    assert lossreg.Loss("huber", params) == lossreg.get("huber", delta=2.0)


@pytest.mark.parametrize("kind", [tuple, np.array, range, "pandas.Series", "polars.Series", "pyarrow.array"])
def test_lists_may_be_of_any_kind(kind):
    if isinstance(kind, str):
        module, name = kind.split(".")
        kind = getattr(pytest.importorskip(module), name)
    two = range(1, 3) if kind is range else kind([1, 2])
    assert lossreg.get("dice", axis=two) == lossreg.get("dice", axis=[1, 2])
    for name, key in [("cce", "class_weight"), ("ordinal_logistic", "thresholds")]:
        assert lossreg.get(name, **{key: two}) == lossreg.get(name, **{key: [1.0, 2.0]})


def test_bytes_are_no_weights():
    with pytest.raises(lossreg.ParameterError, match="class_weight"):
        lossreg.get("categorical_cross_entropy", class_weight=b"ab")


def test_only_the_label_itself_is_ignored():
    for ignored, label in [
        (2**63 - 1, np.inf),
        (2**63 - 1, np.uint64(2**64 - 1)),
        (1 - 2**63, np.nan),
        (1 - 2**63, 0.5),
    ]:
        loss = lossreg.get("sparse_categorical_cross_entropy", ignore_index=ignored)
        with pytest.raises(lossreg.DomainError, match="y_true"):
            loss(np.array([0, label], dtype=np.asarray(label).dtype), np.zeros((2, 3)))


def test_names_are_sorted_and_families_divide_them():
    names = lossreg.names()
    assert names == sorted(names)
    assert set(NAMES) <= set(names)
    assert sorted(name for family in FAMILIES for name in lossreg.names(family)) == names
    games = [f"{game}_{player}" for game in GAMES for player in ("discriminator", "generator")]
    assert lossreg.names(family="adversarial") == games
    with pytest.raises(lossreg.ParameterError, match="'set-wise', not 'rowwise'"):
        lossreg.names("rowwise")


def test_names_and_aliases_are_unique():
    keys = [key for loss in CATALOG for key in (loss["name"], *loss["aliases"])]
    assert len(keys) == len(set(keys))
    assert all(key == key.lower() and key.isidentifier() for key in keys)


@pytest.mark.parametrize("name", NAMES)
def test_every_loss_is_described(name):
    info = lossreg.describe(name)
    assert info == lossreg.describe(lossreg.get(name))
    assert (info.name, info.provider) == (name, "lossreg")
    for field in ("summary", "formula", "target", "prediction", "kinks", "link", "source"):
        assert getattr(info, field)
    assert "exact" in info.hessians
    assert {param.name: param.default for param in info.params} == lossreg.get(name).params
    assert all(param.doc for param in info.params)
    assert hash(info) == hash(pickle.loads(pickle.dumps(info)))
    with pytest.raises(AttributeError):
        info.name = "other"


def test_bounds_in_words():
    assert lossreg.describe("huber").params[0].bounds == "> 0"
    assert lossreg.describe("pinball").params[0].bounds == "> 0 and < 1"
    assert lossreg.describe("bce").params[0].bounds == ""


def test_describe_takes_what_get_takes():
    huber = lossreg.get("huber(delta=2.0)")
    for spec in (huber, repr(huber), huber.config()):
        assert lossreg.describe(spec) == huber.info
    with pytest.raises(lossreg.ParameterError, match=r"wanted the name of a loss, its config\(\) or a loss, not 3"):
        lossreg.describe(3)


# Registering


def test_register_and_unregister():
    assert lossreg.register(Absolute) is Absolute
    try:
        assert lossreg.get("L1_by_hand(scale=2.0)") == Absolute(scale=2.0)
        assert lossreg.describe("absolute_by_hand").provider == "lossreg.register"
        assert lossreg.describe(Absolute()) == lossreg.describe("absolute_by_hand")
        assert lossreg.describe(Other()).provider == ""
        assert "absolute_by_hand" in lossreg.names("pointwise")
        assert lossreg.losses.absolute_by_hand(scale=2.0) == Absolute(scale=2.0)
    finally:
        lossreg.unregister("l1_by_hand")
    with pytest.raises(lossreg.UnknownLossError):
        lossreg.get("absolute_by_hand")
    with pytest.raises(lossreg.UnknownLossError):
        lossreg.unregister("absolute_by_hand")
    with pytest.raises(AttributeError):
        _ = lossreg.losses.absolute_by_hand


@pytest.mark.usefixtures("registered")
def test_a_taken_name_is_replaced_on_request_only():
    with pytest.raises(lossreg.ParameterError, match="replace=True"):
        lossreg.register(Other)
    assert type(lossreg.get("absolute_by_hand")) is Absolute
    lossreg.register(Other(), replace=True)
    assert type(lossreg.get("absolute_by_hand")) is Other
    with pytest.raises(lossreg.UnknownLossError):
        lossreg.get("l1_by_hand")  # an alias of the one that was replaced


@pytest.mark.usefixtures("registered")
def test_a_failed_replacement_changes_nothing():
    thief = type("Thief", (Absolute,), {"aliases": ("mse",)})
    with pytest.raises(lossreg.ParameterError, match="'mse', which is an alias of squared_error"):
        lossreg.register(thief, replace=True)
    assert type(lossreg.get("l1_by_hand")) is Absolute


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("fields", [{"name": "huber"}, {"name": "mse"}, {"name": "mine", "aliases": ("log_loss",)}])
def test_the_names_of_built_ins_cannot_be_taken(fields, replace):
    with pytest.raises(lossreg.ParameterError, match="whose names cannot be taken"):
        lossreg.register(type("Mine", (Other,), fields), replace=replace)


def test_built_ins_stay():
    with pytest.raises(lossreg.ParameterError, match="squared_error belongs to lossreg itself"):
        lossreg.unregister("mse")
    with pytest.raises(lossreg.ParameterError, match="cannot be taken"):
        lossreg.register(lossreg.get("huber"), replace=True)


@pytest.mark.parametrize(
    ("loss", "words"),
    [
        (int, "wanted a loss or a subclass"),
        (lossreg.PythonLoss, "wanted a loss or a subclass"),
        ("huber", "wanted a loss or a subclass"),
        (Absolute(scale=2.0), "register the class Absolute"),
        (type("Mine", (Other,), {"name": "not an identifier"}), "identifier in lower case"),
        (type("Mine", (Other,), {"name": "lambda"}), "identifier in lower case"),
        (type("Mine", (Other,), {"name": "mine", "aliases": ("mine",)}), "has a name twice"),
    ],
)
def test_what_cannot_be_registered(loss, words):
    with pytest.raises(lossreg.ParameterError, match=words):
        lossreg.register(loss)


@pytest.mark.parametrize(
    "params", [None, {}, {"losses": [], "x": 1}, {"definition": {}}, {"definition": 3, "params": {}}]
)
@pytest.mark.parametrize("name", ["combine", "define"])
def test_data_of_a_sum_or_a_formula_are_whole(name, params):
    with pytest.raises(lossreg.ParameterError, match=r"no loss is called '(combine|define)'|as config\(\) returns it"):
        lossreg.get({"name": name, "params": params})
    with pytest.raises(lossreg.ParameterError, match="no loss is called"):
        lossreg.get(name)


def test_a_definition_is_refused_wherever_it_is_damaged():
    data = lossreg.define("a*r**2", name="scaled", params={"a": (1.0, "> 0")}).config()
    for key in data["params"]["definition"]:
        for wrong in (None, 3, [3], {}, "nothing"):
            definition = {**data["params"]["definition"], key: wrong}
            try:
                loss = lossreg.get({"name": "define", "params": {"definition": definition, "params": {}}})
            except lossreg.LossregError:
                continue
            assert loss.config()["params"]["definition"].keys() == definition.keys()
