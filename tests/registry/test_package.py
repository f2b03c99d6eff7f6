"""What the package offers besides losses by name: typed functions, public names, errors, numbers of threads."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from checkout import in_a_checkout

import lossreg
from lossreg import _native

ROOT = Path(__file__).parents[2]
NAMES = [loss["name"] for loss in _native.catalog()]


# The typed functions


def test_there_is_a_function_for_each_loss():
    assert set(NAMES) <= set(dir(lossreg.losses))
    assert lossreg.losses.__all__ == lossreg.names()
    with pytest.raises(AttributeError, match=r"did you mean 'huber'"):
        _ = lossreg.losses.hubr
    with pytest.raises(AttributeError, match=r"another name of lossreg.losses.squared_error"):
        _ = lossreg.losses.mse
    assert not hasattr(lossreg.losses, "__path__")


@pytest.mark.parametrize("name", NAMES)
def test_functions_have_signatures_and_documentation(name):
    function = getattr(lossreg.losses, name)
    signature = inspect.signature(function)
    assert {key: one.default for key, one in signature.parameters.items()} == lossreg.get(name).params
    assert all(one.kind is one.KEYWORD_ONLY for one in signature.parameters.values())
    info = lossreg.describe(name)
    assert info.summary in function.__doc__
    assert info.formula in " ".join(function.__doc__.split())
    for param in info.params:
        assert f"\n{param.name} : " in function.__doc__
    tests = doctest.DocTestFinder().find(function, name, globs={})
    assert len(tests[0].examples) == 4
    assert not doctest.DocTestRunner().run(tests[0]).failed


@in_a_checkout
def test_the_stub_is_that_of_the_losses():
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "generate_stubs.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


# The package


@pytest.mark.parametrize(
    "module",
    ["links", "authoring.python_loss", "registry.lookup", "start.constant", "testing.laws", "threads", "info.records"],
)
def test_the_examples_of_the_documentation_run(module):
    results = doctest.testmod(importlib.import_module(f"lossreg.{module}"))
    assert not results.failed


def test_every_public_name_is_there():
    for name in lossreg.__all__:
        assert getattr(lossreg, name) is not None
    assert set(lossreg.__all__) <= set(dir(lossreg))
    with pytest.raises(AttributeError, match="no attribute 'nonsuch'"):
        _ = lossreg.nonsuch
    importlib.import_module("lossreg.registry.plugins")
    assert lossreg.plugins() is not None  # a module of this name would hide the function


def test_errors_are_what_callers_expect():
    for error, built_in in {
        lossreg.UnknownLossError: KeyError,
        lossreg.ParameterError: ValueError,
        lossreg.ShapeError: ValueError,
        lossreg.DomainError: ValueError,
        lossreg.AliasError: ValueError,
        lossreg.EmptyError: ValueError,
        lossreg.DtypeError: TypeError,
        lossreg.DerivativeError: NotImplementedError,
        lossreg.PluginError: RuntimeError,
        lossreg.InternalError: RuntimeError,
    }.items():
        assert issubclass(error, built_in)
        assert issubclass(error, lossreg.LossregError)
        assert str(pickle.loads(pickle.dumps(error("a 'word'")))) == "a 'word'"


def test_importing_is_cheap():
    code = (
        "import sys, numpy; before = set(sys.modules); import lossreg; lossreg.get('huber');"
        "print(*sorted({name.partition('.')[0] for name in set(sys.modules) - before}))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & {"pluggy", "importlib_metadata", "difflib", "email", "zipfile"}


# Threads


def test_a_block_sets_the_number_of_threads_and_puts_it_back():
    before = lossreg.get_num_threads()
    with lossreg.num_threads(3):
        assert lossreg.get_num_threads() == 3
        with lossreg.num_threads(1):
            assert lossreg.get_num_threads() == 1
        assert lossreg.get_num_threads() == 3
    assert lossreg.get_num_threads() == before
    with pytest.raises(KeyError), lossreg.num_threads(2):
        raise KeyError
    assert lossreg.get_num_threads() == before
    with pytest.raises(ValueError), lossreg.num_threads(0):
        pass
    assert lossreg.get_num_threads() == before


def test_overlapping_blocks_of_two_threads_leave_no_trace():
    before = lossreg.get_num_threads()
    entered, leave = threading.Event(), threading.Event()

    def other():
        with lossreg.num_threads(5):
            entered.set()
            leave.wait(20)

    with lossreg.num_threads(3):
        thread = threading.Thread(target=other)
        thread.start()
        entered.wait(20)
    assert lossreg.get_num_threads() == 5
    leave.set()
    thread.join()
    assert lossreg.get_num_threads() == before


def test_one_block_object_can_be_entered_twice():
    before = lossreg.get_num_threads()
    block = lossreg.num_threads(2)
    with block, block:
        assert lossreg.get_num_threads() == 2
    assert lossreg.get_num_threads() == before
