"""Names that others may take, and a registry that many threads change at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import numpy as np
import pytest

import lossreg


def absolute(name, factor=1.0, aliases=()):
    """A class with a loss of its own."""
    per_element = lambda self, y_true, y_pred: factor * np.abs(y_pred - y_true)  # noqa: E731
    return type("Own", (lossreg.PythonLoss,), {"name": name, "aliases": aliases, "per_element": per_element})


@pytest.mark.parametrize(
    "name",
    [
        "Huber",
        "HUBER",
        "_huber",
        "huber_",
        "log__cosh",
        "ｈｕｂｅｒ",  # full-width letters
        "hubеr",  # a Cyrillic letter
        "ﬁt_error",  # a ligature
        "größe",
        "error²",
        "1st_error",
        "my error",
        "my-error",
        "",
        " my_error",
        "my_error\n",
        "lambda",
        "x" * 100 + "\x1b[2J",
        3,
        b"my_error",
    ],
)
def test_a_name_is_in_snake_case(name):
    for fields in ({"name": name}, {"name": "my_error", "aliases": (name,)}):
        with pytest.raises(
            lossreg.ParameterError, match=r"identifier in lower case|wants a name|are a tuple of names"
        ) as caught:
            lossreg.register(absolute(**fields))
        assert "\x1b" not in str(caught.value)
    assert "my_error" not in lossreg.names()


@pytest.mark.parametrize(
    ("name", "like"),
    [("hub_er", "huber"), ("pin_ball", "pinball"), ("m_s_e", "mse"), ("squarederror", "squared_error")],
)
def test_a_name_that_looks_like_a_built_in_is_refused(name, like):
    with pytest.raises(lossreg.ParameterError, match=f"'{name}', which looks like '{like}' of lossreg itself"):
        lossreg.register(absolute(name), replace=True)


def test_a_text_is_no_tuple_of_aliases():
    with pytest.raises(
        lossreg.ParameterError, match=r"aliases are a tuple of names, as in aliases = \('l1',\), not 'mine'"
    ):
        lossreg.register(absolute("my_error", aliases="mine"))


@pytest.mark.parametrize(
    "given", [None, 3, int, np, np.float64(2), type("Odd", (), {"__repr__": lambda self: 1 / 0})(), object(), b"huber"]
)
@pytest.mark.parametrize("ask", [lossreg.get, lossreg.describe, lossreg.register, lossreg.unregister])
def test_what_is_no_loss_is_a_parameter_error(ask, given):
    with pytest.raises(lossreg.ParameterError, match="wanted") as caught:
        ask(given)
    assert len(str(caught.value)) < 400


def test_what_has_no_truth_is_no_family():
    pandas = pytest.importorskip("pandas")
    for given in (pandas.NA, pandas.NaT, pandas.Series([1, 2])):
        for ask in (lossreg.names, lossreg.get, lossreg.describe, lossreg.register, lossreg.unregister):
            with pytest.raises(lossreg.ParameterError, match=r"wanted|family is one of"):
                ask(given)


@pytest.mark.parametrize("ask", [lossreg.get, lossreg.describe, lossreg.unregister])
def test_a_name_of_any_length_makes_a_short_message(ask):
    with pytest.raises(lossreg.UnknownLossError, match=r"\(10,000,000 characters\)") as caught:
        ask("x" * 10_000_000)
    assert len(str(caught.value)) < 400
    with pytest.raises(lossreg.UnknownLossError, match=r"no loss is called '\\x1b\[2J'"):
        ask("\x1b[2J")


THREADS, ROUNDS = 16, 100


def done(call, error, words):
    """Whether a call went through; it may fail in one way only."""
    try:
        call()
    except error as refused:
        if words not in str(refused):
            raise
        return False
    return True


def known(name):
    assert lossreg.get(name)([0.0], [1.0]) in range(THREADS)


def test_threads_that_register_and_unregister_see_all_of_a_loss_or_nothing():
    """Every change is whole: a name and its alias lead to one class, and whoever replaces leaves no gap."""
    kinds = [absolute("contested", i, ("contested_alias",)) for i in range(THREADS)]
    lossreg.register(absolute("steady", 7.0))
    barrier = Barrier(THREADS)

    def churn(i):
        barrier.wait()
        added = removed = 0
        for _ in range(ROUNDS):
            added += done(lambda: lossreg.register(kinds[i]), lossreg.ParameterError, "claims 'contested'")
            done(lambda: known("contested_alias"), lossreg.UnknownLossError, "no loss is called 'contested_alias'")
            lossreg.register(absolute("steady", float(i)), replace=True)
            known("steady")
            assert {"huber", "steady"} <= set(lossreg.names())
            removed += done(lambda: lossreg.unregister("contested"), lossreg.UnknownLossError, "no loss is called")
        return added, removed

    try:
        with ThreadPoolExecutor(THREADS) as pool:
            outcomes = list(pool.map(churn, range(THREADS)))
        added, removed = map(sum, zip(*outcomes, strict=True))
        assert added == removed  # of every loss that came in, one thread took it out
        assert "contested" not in lossreg.names()
        lossreg.register(absolute("contested_alias"))  # the alias is free again
        lossreg.unregister("contested_alias")
    finally:
        lossreg.unregister("steady")


# Texts of any length


@pytest.mark.parametrize("classes", [1_500, 20_000])
def test_the_text_of_a_loss_with_many_weights_rebuilds_it(classes):
    weights = np.random.default_rng(0).uniform(1e-7, 1e5, classes).tolist()
    loss = lossreg.get("categorical_cross_entropy", class_weight=weights, label_smoothing=1e-05)
    assert len(repr(loss)) > 10_000
    assert lossreg.get(repr(loss)) == loss


@pytest.mark.parametrize(
    "text",
    [
        "huber(delta=" + "-" * 50_000 + "1)",
        "huber(delta=[" + "1+" * 50_000 + "1])",
        "huber(delta=" + "[" * 50_000,
        "huber(delta=[" + "1," * 50_000 + "x y])",
        "huber(delta=[" + "[1]," * 50_000 + "])",
        "huber(delta=" + "x" * 50_000 + ")",
    ],
)
def test_a_long_text_holds_nothing_but_lists_of_numbers(text):
    with pytest.raises(lossreg.ParameterError, match="at most 10000 characters besides lists of numbers"):
        lossreg.get(text)


def test_a_long_text_is_shown_around_its_fault():
    with pytest.raises(lossreg.ParameterError, match="column 8012") as caught:
        lossreg.get("huber(delta=[" + "1, " * 2666 + "1 x])")
    assert len(str(caught.value)) < 600
    line, mark = str(caught.value).splitlines()[-2:]
    assert line[mark.index("^") :].startswith("1 x])")
