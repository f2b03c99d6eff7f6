"""`lossreg.compat.torch` and `lossreg.compat.optax` against what PyTorch and optax gave, and what is refused."""

from __future__ import annotations

import doctest
import importlib
import inspect
import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sizes import assert_within

import lossreg
from lossreg.compat import optax, torch
from lossreg.compat.functional import Function

TRUTH = Path(__file__).resolve().parents[1] / "truth"
NEAR = 1e-12
PEERS = {"torch": torch, "optax": optax}
FUNCTIONS = [pytest.param(peer, name, id=f"{peer}.{name}") for peer, module in PEERS.items() for name in module.__all__]
CALLS = {peer: json.loads((TRUTH / f"{peer}.json").read_text(encoding="utf-8"))["calls"] for peer in PEERS}


def arrays(options: dict[str, Any]) -> dict[str, Any]:
    return {name: np.array(value) if isinstance(value, list) else value for name, value in options.items()}


def near(got: Any, wanted: Any, what: Any, share: float = NEAR) -> None:
    """Equal up to roundings of the largest of them, which what was added up is not much larger than."""
    wanted = np.asarray(wanted, dtype=float)
    finite = np.isfinite(wanted)
    np.testing.assert_array_equal(np.asarray(got)[~finite], wanted[~finite])
    size = np.max(np.abs(wanted[finite]), initial=0.0)
    assert_within(share, np.where(finite, got, 0), np.where(finite, wanted, 0), size, what)


@pytest.mark.parametrize(("peer", "name"), FUNCTIONS)
def test_a_function_gives_what_the_peers_gave(peer: str, name: str) -> None:
    function = getattr(PEERS[peer], name)
    calls = [call for call in CALLS[peer] if call[0] == name]
    assert calls, "the truth has no call of it"
    for _, x, y, options, value, grad in calls:
        targets = () if y is None else (np.array(y),)
        got = function.value_and_grad(np.array(x), *targets, **arrays(options))
        near(got[0], value, options)
        near(got[1], grad, options)
        near(function(np.array(x), *targets, **arrays(options)), value, options)


@pytest.mark.parametrize(("peer", "name"), FUNCTIONS)
def test_float32_stays_float32(peer: str, name: str) -> None:
    function = getattr(PEERS[peer], name)
    for _, x, y, options, value, grad in [call for call in CALLS[peer] if call[0] == name][:6]:
        single = np.array(x, np.float32)
        target = None if y is None else np.array(y)
        target = target if target is None or target.dtype.kind == "i" else target.astype(np.float32)
        got = function.value_and_grad(single, *(() if target is None else (target,)), **arrays(options))
        assert got[1].dtype == np.float32
        assert isinstance(got[0], float) or got[0].dtype == np.float32
        near(got[0], value, options, 1e-6)
        near(got[1], grad, options, 1e-6)


@pytest.mark.parametrize(("peer", "name"), FUNCTIONS)
def test_a_function_is_one_to_others_too(peer: str, name: str) -> None:
    function = getattr(PEERS[peer], name)
    assert isinstance(function, Function)
    assert pickle.loads(pickle.dumps(function)) is function
    assert function.__name__ == name
    assert ">>>" in function.__doc__
    assert repr(function) == f"<function lossreg.compat.{peer}.{name}>"
    signature = inspect.signature(function)
    assert next(iter(signature.parameters)) in (
        "input",
        "predictions",
        "logits",
        "log_predictions",
        "predictor_outputs",
        "scores",
    )
    assert inspect.signature(function.value_and_grad) is not None


@pytest.mark.parametrize(("peer", "name"), FUNCTIONS)
def test_signatures_are_the_peers(peer: str, name: str) -> None:
    modules = {"torch": "torch.nn.functional", "optax": "optax.losses"}
    pytest.importorskip(peer)
    theirs = inspect.signature(getattr(importlib.import_module(modules[peer]), name)).parameters
    ours = inspect.signature(getattr(PEERS[peer], name)).parameters
    assert [(p.name, p.kind, p.default) for p in ours.values()] == [
        (p.name, p.kind, p.default) for p in theirs.values()
    ]


@pytest.mark.parametrize(("peer", "name"), FUNCTIONS)
def test_errors_call_arguments_as_the_peer_does(peer: str, name: str) -> None:
    function = getattr(PEERS[peer], name)
    names = [*inspect.signature(function).parameters][:2]
    for wrong in (0, 1):
        arguments: list[Any] = [np.full((2, 2), 0.5), np.full((2, 2), 0.5)]
        arguments[wrong] = np.full((2, 2), "a")
        for call in (function, function.value_and_grad):
            with pytest.raises(lossreg.DtypeError, match=rf"^{names[wrong]} has dtype <U1") as caught:
                call(*arguments)
            assert caught.value.argument == names[wrong]
    with pytest.raises(lossreg.LossregError) as other:
        function(np.full((2, 2), 0.5), np.full(7, 0.5))
    assert "y_true" not in str(other.value)
    assert "y_pred" not in str(other.value)


def test_the_old_switches_of_torch_say_a_reduction() -> None:
    for switches, reduction in (
        ({"reduce": False}, "none"),
        ({"size_average": False}, "sum"),
        ({"reduce": True}, "mean"),
    ):
        with pytest.warns(DeprecationWarning, match="use reduction"):
            got = torch.mse_loss([1.0, 3.0], [0.0, 0.0], **switches)
        np.testing.assert_array_equal(got, torch.mse_loss([1.0, 3.0], [0.0, 0.0], reduction=reduction))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        torch.mse_loss([1.0], [0.0])


def test_class_weights_of_torch_are_one_for_each_class() -> None:
    scores, labels = np.zeros((2, 3, 4)), np.full((2, 4), 2)
    for weight, came in (([1.0, 2.0], (2,)), ([[1.0, 2.0, 3.0]], (1, 3)), (1.0, ())):
        for reduction in ("mean", "sum", "none"):
            with pytest.raises(lossreg.ShapeError, match=r"^weight has shape .* each class: \(3,\)") as caught:
                torch.cross_entropy(scores, labels, weight=weight, reduction=reduction)
            assert str(came) in str(caught.value)
    with pytest.raises(lossreg.ParameterError, match=r"weight is \[1.0, 2.0, -1.0\]") as negative:
        torch.cross_entropy(scores, labels, weight=[1.0, 2.0, -1.0])
    assert negative.value.parameter == "weight"


def test_what_torch_refuses_is_refused() -> None:
    for reduction in ("batchmean", "average", None):
        with pytest.raises(lossreg.ParameterError, match="is not a valid value for reduction"):
            torch.mse_loss([1.0], [0.0], reduction=reduction)
    with pytest.raises(lossreg.ParameterError, match="delta"):
        torch.huber_loss([1.0], [0.0], delta=-1.0)
    with pytest.raises(lossreg.ShapeError, match="cannot be broadcast"):
        torch.binary_cross_entropy([0.5, 0.5], [1.0, 0.0], weight=[1.0, 2.0, 3.0])
    with pytest.raises(lossreg.DomainError, match="class index"):
        torch.cross_entropy([[0.0, 1.0]], [2])
    with pytest.raises(lossreg.ShapeError, match="reshape"):
        torch.mse_loss([[1.0], [2.0]], [1.0, 2.0])
    with pytest.raises(lossreg.ShapeError, match=r"^targets has shape \(1,\) and log_predictions .* wanted the same"):
        optax.kl_divergence([[0.0, 0.0]], [0])


def test_axes_and_masks_that_do_not_fit_are_refused() -> None:
    rows: Any = [[0.0, 0.0]]
    with pytest.raises(lossreg.ShapeError, match=r"input has shape \(\); wanted rows of classes"):
        torch.nll_loss(1.0, 1)
    for function in (optax.kl_divergence, optax.kl_divergence_with_log_targets):
        with pytest.raises(lossreg.ShapeError, match=r"^log_predictions has shape \(\), so axis=-1 does not exist"):
            function(0.0, 1.0)
        with pytest.raises(lossreg.ParameterError, match=r"^axis is None; wanted a whole number"):
            function(rows, rows, axis=None)
    for function, name in (
        (optax.generalized_kl_divergence, "log_predictions"),
        (optax.softmax_cross_entropy, "logits"),
    ):
        for axis in (2, -3):
            with pytest.raises(lossreg.ShapeError, match=rf"^{name} has shape \(1, 2\), so axis={axis} does not"):
                function(rows, rows, axis=axis, where=True)
        for where in ([True] * 3, [[[True]]]):
            with pytest.raises(lossreg.ShapeError, match=r"where has shape .* broadcast to \(1, 2\)"):
                function(rows, rows, where=where)


def empty(name: str) -> tuple[np.ndarray, np.ndarray]:
    """No predictions and no targets, of the shapes that a function of PyTorch takes."""
    if name in {"cross_entropy", "nll_loss", "multi_margin_loss"}:
        return np.empty((0, 3)), np.empty(0, np.int64)
    return np.empty((0, 3)), np.empty((0, 3))


@pytest.mark.parametrize("name", torch.__all__)
def test_a_mean_over_nothing_is_nan(name: str) -> None:
    function, (x, y) = getattr(torch, name), empty(name)
    assert np.isnan(function(x, y))
    value, grad = function.value_and_grad(x, y)
    assert np.isnan(value)
    assert grad.shape == x.shape
    assert function(x, y, reduction="sum") == 0


def test_a_mean_over_weights_of_nothing_is_nan() -> None:
    for function in (torch.mse_loss, torch.l1_loss):
        assert np.isnan(function([1.0, 2.0], [0.0, 0.0], weight=[0.0, 0.0]))
        assert function([1.0, 2.0], [0.0, 0.0], weight=[-1.0, 1.0]) == np.inf
        value, grad = function.value_and_grad([1.0], [0.0], weight=[0.0])
        assert np.isnan(value)
        np.testing.assert_array_equal(grad, [0.0])


def test_nothing_of_a_peer_is_imported(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys, lossreg.compat.torch, lossreg.compat.optax, lossreg.compat.sklearn; print({'torch', 'jax', 'optax', 'sklearn'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_page_shows_what_happens() -> None:
    page = Path(__file__).resolve().parents[2] / "docs" / "peers.md"
    if not page.is_file():
        pytest.skip("there is no checkout around the tests")
    failed, ran = doctest.testfile(str(page), module_relative=False, optionflags=doctest.ELLIPSIS)
    assert (failed, ran > 15) == (0, True)
