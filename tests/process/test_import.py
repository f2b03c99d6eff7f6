"""What `import lossreg` costs and does not do: no thread, no entry points, nothing that only some programs need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


def fresh(code: str) -> str:
    """What the code prints in an interpreter of its own."""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded_by(code: str) -> set[str]:
    """The modules that the code loads on top of NumPy."""
    listing = "import json, sys, numpy; before = set(sys.modules); {}; print(json.dumps([*set(sys.modules) - before]))"
    return set(json.loads(fresh(listing.format(code))))


HEAVY = {"pluggy", "importlib.metadata", "inspect", "difflib", "typer", "matplotlib", "tomllib"}


def test_import_loads_only_what_every_program_needs() -> None:
    loaded = loaded_by("import lossreg")
    assert "lossreg._native" in loaded
    assert not loaded & HEAVY
    assert not {name for name in loaded if name.startswith(("lossreg.compat", "lossreg.cli", "lossreg.demo"))}
    assert not loaded & {
        "lossreg.losses",
        "lossreg.registry.plugins",
        "lossreg.authoring.python_loss",
        "lossreg.testing",
        "lossreg.threads",
    }
    assert len(loaded) <= 18, sorted(loaded)


def test_using_a_built_in_loads_no_plugin_machinery() -> None:
    loaded = loaded_by("import lossreg; lossreg.get('huber', delta=2.0)([1.0], [2.0]); lossreg.get('huber(delta=2.0)')")
    assert not loaded & {"pluggy", "importlib.metadata", "lossreg.registry.plugins"}


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_import_and_small_calls_start_no_thread() -> None:
    count = "len(os.listdir('/proc/self/task'))"
    code = (
        f"import os, numpy; before = {count}; import lossreg; imported = {count}; "
        f"lossreg.get('huber').value_and_grad([1.0] * 100, [2.0] * 100); print(before, imported, {count})"
    )
    before, imported, called = fresh(code).split()
    assert before == imported == called


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are counted in /proc")
def test_the_counting_of_threads_can_fail() -> None:
    code = (
        "import os, numpy, lossreg; x = numpy.ones(4_000_000); before = len(os.listdir('/proc/self/task')); "
        "lossreg.get('log_cosh').value(x, x, n_threads=2); print(len(os.listdir('/proc/self/task')) - before)"
    )
    assert int(fresh(code)) == 1


def test_what_is_beside_the_losses_is_an_attribute() -> None:
    """And is imported when it is asked for: a library that is missing says so."""
    code = (
        "import sys; sys.modules['scipy'] = None\nimport lossreg; print(lossreg.compat.torch, lossreg.integrations.booster)"
        "\ntry: lossreg.integrations.scipy\nexcept ImportError as error: print(error)"
    )
    assert "pip install 'lossreg[scipy]'" in fresh(code)


def test_without_numpy_the_import_says_so() -> None:
    """And does not panic, as where a worker of a cluster runs another Python."""
    code = "import sys; sys.modules['numpy'] = None\ntry: import lossreg\nexcept ImportError as error: print(error)"
    assert "numpy" in fresh(code)
