"""`lossreg list` and `lossreg show`."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import lossreg


def test_list(lossreg_command: Any) -> None:
    code, out, err = lossreg_command("list")
    assert (code, err) == (0, "")
    assert [line.split("\t")[0] for line in out.splitlines()] == lossreg.names()
    assert all(line.count("\t") == 2 for line in out.splitlines())


def test_list_of_a_family_as_json(lossreg_command: Any) -> None:
    code, out, _ = lossreg_command("list", "--family", "row-wise", "--json")
    assert code == 0
    infos = json.loads(out)
    assert [info["name"] for info in infos] == lossreg.names(family="row-wise")
    assert all(info["summary"] for info in infos)


def test_list_of_no_family(lossreg_command: Any) -> None:
    code, out, err = lossreg_command("list", "--family", "big")
    assert (code, out) == (2, "")
    assert "row-wise" in err


@pytest.mark.parametrize("name", lossreg.names())
def test_show(lossreg_command: Any, name: str) -> None:
    code, out, err = lossreg_command("show", name)
    info = lossreg.describe(name)
    assert (code, err) == (0, "")
    assert out.startswith(f"{name}(")
    for part in (info.summary, info.formula, info.source, *info.aliases, *(param.doc for param in info.params)):
        assert part in out
    assert json.loads(lossreg_command("show", name, "--json").out)["name"] == name


def test_show_takes_aliases_and_parameters(lossreg_command: Any) -> None:
    alias = lossreg.describe("huber").aliases[0]
    assert lossreg_command("show", alias).out == lossreg_command("show", "huber(delta=1)").out
    shown = lossreg_command("show", "huber(delta=2)").out
    assert shown.startswith("huber(delta=2.0)\n")
    assert "delta = 2.0" in shown
    assert "default 1.0" in shown
    assert lossreg_command("show", "huber", "-p", "delta=2").out == shown
    (param,) = json.loads(lossreg_command("show", "huber(delta=2)", "--json").out)["params"]
    assert (param["value"], param["default"]) == (2.0, 1.0)


def test_a_sum_is_shown_as_it_is_written(lossreg_command: Any) -> None:
    shown = lossreg_command("show", "0.5*huber(delta=2)+mse").out
    assert shown.startswith("0.5*huber(delta=2.0) + squared_error()\n")
    assert "delta = 2.0" in shown


def test_show_tells_the_domains_of_the_parameters_given(lossreg_command: Any) -> None:
    assert "numbers above 0" in lossreg_command("show", "tweedie(power=2)").out


def test_a_plugin_cannot_steer_the_terminal(lossreg_command: Any) -> None:
    class Steering(lossreg.PythonLoss):
        name = "steering"
        summary = "Red \x1b[31m, and\nmore."
        source = "\x9b0m \u202e"

        def per_element(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
            return y_pred - y_true

    lossreg.register(Steering)
    try:
        for command in (("list",), ("list", "--json"), ("show", "steering"), ("show", "steering", "--json")):
            code, out, err = lossreg_command(*command)
            assert (code, err) == (0, "")
            assert all(letter.isprintable() or letter in "\n\t" for letter in out)
        assert json.loads(lossreg_command("show", "steering", "--json").out)["source"] == Steering.source
    finally:
        lossreg.unregister("steering")


def test_unknown_loss(lossreg_command: Any) -> None:
    for command in ("show", "plot"):
        code, out, err = lossreg_command(command, "hubr")
        assert (code, out) == (1, "")
        assert err.startswith("lossreg: no loss is called 'hubr'")
        assert "'huber'" in err
