"""`lossreg.compat.keras` beside the real Keras: drawn inputs, signatures, configs, and Keras's own tests run on our names."""

from __future__ import annotations

import importlib.util
import inspect
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from keras_records import CLASSES, FUNCTIONS, agrees, described, errors

import lossreg.compat.keras as k

HERE = Path(__file__).resolve()
TRUTH = HERE.parents[2] / "truth"
OWN = HERE.with_name("own_tests.py")

pytestmark = pytest.mark.skipif(
    not all(map(importlib.util.find_spec, ("keras", "jax"))), reason="keras or jax, its backend here, is not installed"
)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """A process with Keras: one of its own, since in one Keras has one backend and JAX one precision."""
    environment = {**os.environ, "KERAS_BACKEND": "jax", "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, env=environment, check=False, timeout=1800
    )


def keras_says(*command: str) -> Any:
    """What a process with Keras prints."""
    ran = run(*command)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def test_drawn_inputs_against_keras() -> None:
    records = keras_says(str(TRUTH / "keras_golden.py"), "--seed", "7")
    wrong = {i: (described(r), errors(r)) for i, r in enumerate(records) if not agrees(r)}
    assert len(records) > 250
    assert {record["class"] for record in records} == {cls.__name__ for cls in CLASSES}
    assert not wrong


INTERFACE = """
import inspect, json, keras, sys
names, configs = json.load(open(sys.argv[1]))
signature = lambda f: [[p.name, repr(p.default)] for p in inspect.signature(f).parameters.values()]
print(json.dumps([
    {name: signature(getattr(keras.losses, name)) for name in names},
    [keras.losses.serialize(keras.losses.deserialize(c)) for c in configs],
    [name for name in dir(keras.losses) if not name.startswith("_")],
]))
"""
# What Keras's own `deserialize` does not know.
UNLISTED = {k.CategoricalGeneralizedCrossEntropy, k.categorical_generalized_cross_entropy}


def test_names_signatures_and_configs_are_those_of_keras(tmp_path: Path) -> None:
    names = [c.__name__ for c in CLASSES] + list(FUNCTIONS)
    configs = [k.serialize(c(reduction="sum")) for c in CLASSES if c not in UNLISTED]
    configs += [k.serialize(f) for f in FUNCTIONS.values() if f not in UNLISTED]
    (tmp_path / "ours.json").write_text(json.dumps([names, configs]))
    signatures, theirs, public = keras_says("-c", INTERFACE, str(tmp_path / "ours.json"))
    assert set(public) <= set(k.__all__)
    for name in names:
        ours = [[p.name, repr(p.default)] for p in inspect.signature(getattr(k, name)).parameters.values()]
        assert ours == signatures[name], name
    for config, written in zip(configs, theirs, strict=True):
        if isinstance(written["config"], dict):
            missing = {key: config["config"].pop(key) for key in set(config["config"]) - set(written["config"])}
            assert missing in ({}, {"delta": 1.0}, {"axis": -1}), "Keras leaves out no more than these"
        assert config == written


def test_keras_runs_its_own_tests_on_our_names() -> None:
    ran = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "--no-header", str(OWN))
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    assert "xfailed" in ran.stdout
