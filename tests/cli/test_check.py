"""`lossreg check`, `lossreg plugins` and `lossreg bench`: what is right, what is broken, and how long it takes."""

from __future__ import annotations

import json
import textwrap
import warnings
from pathlib import Path
from typing import Any

import pytest

import lossreg

LOSSES = """
import numpy as np
import lossreg

class Cube(lossreg.PythonLoss):
    name = "cube"
    scale: float = 1.0

    def per_element(self, y_true, y_pred):
        return np.abs((y_pred - y_true) / self.scale) ** 3

class Wrong(Cube):
    name = "wrong"

    def per_element_grad(self, y_true, y_pred):
        return y_pred - y_true

class Failing(Cube):
    name = "failing"

    def per_element(self, y_true, y_pred):
        raise RuntimeError("out of ideas\\x1b[31m")

cube = Cube(scale=2.0)
inner = type("Inner", (), {"cube": cube})
number = 7
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "own_losses.py").write_text(textwrap.dedent(LOSSES), encoding="utf-8")
    (tmp_path / "broken_losses.py").write_text("import sys\nsys.exit('leaving')\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend("")
    return "own_losses"


@pytest.mark.parametrize("name", ["huber", "huber(delta=2)", "bce", "minimax_discriminator"])
def test_check_by_name(lossreg_command: Any, name: str) -> None:
    loss = lossreg.get(name)
    assert lossreg_command("check", name) == (0, f"{loss!r} keeps all laws\n", "")
    assert json.loads(lossreg_command("check", name, "--json").out) == {"loss": repr(loss), "ok": True, "broken": None}


def test_check_what_a_module_holds(lossreg_command: Any, module: str) -> None:
    for attribute in ("Cube", "cube", "inner.cube"):
        code, out, err = lossreg_command("check", f"{module}:{attribute}")
        assert (code, err) == (0, "")
        assert out.startswith("cube(")
        assert out.endswith(" keeps all laws\n")
    assert "scale=3.0" in lossreg_command("check", f"{module}:Cube", "-p", "scale=3").out


def test_check_says_which_law_is_broken(lossreg_command: Any, module: str) -> None:
    code, out, err = lossreg_command("check", f"{module}:Wrong")
    assert (code, err) == (1, "")
    assert "wrong() breaks a law" in out
    report = json.loads(lossreg_command("check", f"{module}:Wrong", "--json").out)
    assert report["ok"] is False
    assert "breaks a law" in report["broken"]
    code, out, err = lossreg_command("check", f"{module}:Failing")
    assert code == 1
    assert r"out of ideas\x1b[31m" in out + err
    assert "Traceback" not in out + err


def test_check_what_is_no_loss(lossreg_command: Any, module: str) -> None:
    for name, words in {
        f"{module}:number": "is of type int; wanted a loss",
        f"{module}:None": "cannot be imported",
        f"{module}:": "cannot be imported",
        ":Cube": "cannot be imported",
        "no_such_module:Cube": "cannot be imported: ModuleNotFoundError",
        "broken_losses:Cube": "cannot be imported: SystemExit: leaving",
        "hubr": "no loss is called 'hubr'",
    }.items():
        code, out, err = lossreg_command("check", name)
        assert (code, out) == (1, "")
        assert words in err
        assert err.rstrip().count("\n") == 0


def infos() -> list[lossreg.info.PluginInfo]:
    error = lossreg.PluginError("it could not be loaded: \x1b[31mboom\n")
    good = lossreg.info.PluginInfo("good", "1.0", "good", ("good_error",))
    return [good, lossreg.info.PluginInfo("bad", "2.0", "bad", (), error)]


def test_plugins(lossreg_command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lossreg, "plugins", lambda: infos()[:1])
    assert lossreg_command("plugins") == (0, "good\t1.0\tgood\tgood_error\n", "")
    monkeypatch.setattr(lossreg, "plugins", infos)
    code, out, err = lossreg_command("plugins")
    assert (code, err) == (1, "")
    assert out.splitlines()[1] == "bad\t2.0\tbad\t" + r"broken: it could not be loaded: \x1b[31mboom\n"
    code, out, _ = lossreg_command("plugins", "--json")
    assert code == 1
    assert [info["error"] for info in json.loads(out)] == [None, str(infos()[1].error)]
    assert json.loads(out)[0]["losses"] == ["good_error"]
    monkeypatch.setattr(lossreg, "plugins", list)
    assert lossreg_command("plugins") == (0, "", "")


def test_warnings_of_broken_plugins_do_not_disturb_the_list(
    lossreg_command: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warning() -> list[Any]:
        warnings.warn("its losses are missing", lossreg.PluginWarning, stacklevel=1)
        return infos()

    monkeypatch.setattr(lossreg, "plugins", warning)
    assert lossreg_command("plugins").err == ""


def test_bench(lossreg_command: Any) -> None:
    names = ("huber(delta=2)", "scce", "minimax_generator")
    code, out, err = lossreg_command("bench", *names, "--size", "10", "--size", "20", "--threads", "1", "--json")
    assert (code, err) == (0, "")
    timings = json.loads(out)
    assert {timing["loss"] for timing in timings} == {repr(lossreg.get(name)) for name in names}
    assert {timing["method"] for timing in timings} == {"value", "value_and_grad", "value_grad_hess"}
    assert len(timings) == 3 * 2 * 3
    for timing in timings:
        assert timing["seconds"] > 0
        assert timing["threads"] == 1
        assert timing["ns_per_element"] == pytest.approx(timing["seconds"] / timing["elements"] * 1e9)
    line = lossreg_command("bench", "huber", "--size", "10", "--dtype", "float64").out.splitlines()[0].split("\t")
    assert line[:3] == ["huber(delta=1.0)", "value", "10"] or line[:3] == ["huber()", "value", "10"]
