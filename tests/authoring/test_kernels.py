"""Compiled kernels: written in C, they are losses like any other; what is no kernel is refused by name."""

from __future__ import annotations

import copy
import ctypes
import gc
import pickle
import re
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest
from kernels import Held, Library, built

import lossreg
from lossreg import ffi
from lossreg.testing import arguments, check_loss

SOURCE = Path(__file__).parent / "kernels.c"


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    return Library(built(SOURCE, tmp_path_factory.mktemp("kernels")))


@pytest.fixture(scope="module")
def pseudo_huber(library):
    return lossreg.from_kernel(library.pseudo_huber)


KERNELS = ["pseudo_huber", "logistic", "sparse", "dense", "either", "limited"]


@pytest.mark.parametrize("symbol", KERNELS)
def test_it_keeps_the_laws(library, symbol):
    check_loss(lossreg.from_kernel(getattr(library, symbol)))


TWINS = {
    "pseudo_huber": ("pseudo_huber", {"delta": 0.7}, 16),
    "logistic": ("binary_cross_entropy", {}, 8),
    "sparse": ("sparse_categorical_cross_entropy", {}, 64),
    "dense": ("categorical_cross_entropy", {}, 64),
}


@pytest.mark.parametrize("options", [{}, {"n_threads": 2}])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("symbol", TWINS)
def test_it_gives_what_the_built_in_gives(library, symbol, dtype, options):
    name, params, ulp = TWINS[symbol]
    loss, twin = lossreg.from_kernel(getattr(library, symbol)).replace(**params), lossreg.get(name, **params)
    y, x = arguments(twin, 70_001, dtype)
    rng = np.random.default_rng(3)
    weight, mask = rng.uniform(0, 2, len(y)), rng.random(len(y)) < 0.8
    methods = ["value", "grad", *(["hess"] if len(loss.info.notes) == 1 else [])]  # of what the kernel computes
    for reduction in ("none", "mean", "weighted_mean"):
        for method in methods:
            got = getattr(loss, method)(y, x, weight, where=mask, reduction=reduction, **options)
            wanted = getattr(twin, method)(y, x, weight, where=mask, reduction=reduction, **options)
            size = np.max(np.abs(wanted))  # that of the terms, which may cancel each other
            assert np.all(np.abs(got - wanted) <= ulp * np.finfo(dtype).eps * size), (method, reduction)


def test_the_bits_are_the_same_for_any_number_of_threads(library):
    for symbol in ("pseudo_huber", "sparse"):
        loss = lossreg.from_kernel(getattr(library, symbol))
        y, x = arguments(loss, 200_003)
        alone, *others = (loss.value_grad_hess(y, x, n_threads=n) for n in (1, 2, 5))
        for other in others:
            assert all(np.array_equal(a, b) for a, b in zip(alone, other, strict=True))


def test_it_describes_itself(pseudo_huber):
    info = pseudo_huber.info
    assert (info.name, info.family, info.convex) == ("compiled_pseudo_huber", "pointwise", True)
    assert (info.summary, info.source) == ("Pseudo-Huber, in C.", "Charbonnier 1997")
    assert info.formula == "delta**2*(sqrt(1 + (r/delta)**2) - 1)"
    assert info.hessians == {"exact": True, "unit": True}
    (delta,) = info.params
    assert (delta.name, delta.default, delta.bounds, delta.doc) == ("delta", 1.0, "> 0", "Where the tails begin.")
    assert repr(pseudo_huber.replace(delta=2)) == "compiled_pseudo_huber(delta=2.0)"
    assert pseudo_huber.__doc__.startswith("Pseudo-Huber, in C.")


def test_parameters_are_checked(pseudo_huber):
    with pytest.raises(lossreg.ParameterError, match=r"delta is 0\.0; wanted a finite number > 0"):
        pseudo_huber.replace(delta=0.0)
    with pytest.raises(lossreg.ParameterError, match="has no parameter 'dleta'; it has: delta; did you mean 'delta'"):
        pseudo_huber.replace(dleta=1.0)


def test_a_loss_without_a_hessian_is_used_as_any_other(library):
    loss = lossreg.from_kernel(library.logistic)
    assert loss.hess([0.0, 1.0], [1.0, 2.0], hessian="unit", reduction="sum").tolist() == [1.0, 1.0]
    assert loss.init_score([0.0, 1.0, 1.0, 1.0]) == pytest.approx(np.log(3), rel=1e-12)
    assert (loss + 2 * loss).grad([0.0], [0.0], reduction="sum").tolist() == [1.5]
    assert (loss + 2 * loss.replace()).hess([0.0], [0.0], reduction="sum")[0] == pytest.approx(0.75, rel=1e-9)
    with pytest.raises(lossreg.DerivativeError, match="compiled kernel: it has the diagonal"):
        (lossreg.from_kernel(library.dense) + lossreg.get("cce")).full_hessian([[0.0, 1.0]], [[0.0, 1.0]])


def test_domains_are_checked_before_the_kernel_is_called(library):
    with pytest.raises(lossreg.DomainError, match="y_true holds 2 at index 1; wanted labels"):
        lossreg.from_kernel(library.logistic)([0.0, 2.0], [0.0, 0.0])
    sparse, dense, either = (lossreg.from_kernel(getattr(library, one)) for one in ("sparse", "dense", "either"))
    x = np.zeros((2, 3))
    for label in (3, -1, 2**40):
        with pytest.raises(
            lossreg.DomainError, match=rf"y_true holds {label} at index 1; wanted a class index from 0 to 2"
        ):
            sparse([0, label], x)
        with pytest.raises(
            lossreg.DomainError, match=rf"y_true holds {label} at index 1; wanted a class index from 0 to 2"
        ):
            either([0, label], x)
    with pytest.raises(lossreg.DomainError, match=r"y_true holds 1\.5 at index \(1, 2\); wanted probabilities"):
        dense([[0, 0, 1], [0, 0, 1.5]], x)
    with pytest.raises(lossreg.ShapeError, match="wanted class indices"):
        sparse(np.zeros((2, 3)), x)
    assert either([0, 1], x) == either(np.eye(3)[:2], x) == dense(np.eye(3)[:2], x)


def test_what_does_not_count_is_never_shown(library):
    sparse = lossreg.from_kernel(library.sparse)
    x = np.arange(12.0).reshape(4, 3)
    labels, mask = np.array([0, 77, 2, -5]), np.array([True, False, True, False])
    assert sparse(labels, x, where=mask) == sparse(labels[mask], x[mask])
    assert sparse(labels, x, mask.astype(float), reduction="sum") == sparse(labels[mask], x[mask], reduction="sum")
    assert sparse.grad(labels, x, where=mask)[1].tolist() == [0, 0, 0]
    assert sparse(labels, x, where=np.zeros(4, bool), reduction="sum") == 0.0
    limited = lossreg.from_kernel(library.limited)  # which gives up where a prediction is above 10
    assert limited([0.0, 0.0], [5.0, 99.0], where=[True, False]) == 5.0


def test_in_place_and_any_layout(library, pseudo_huber):
    y, x = arguments(pseudo_huber, 3000)
    wanted = pseudo_huber.grad(y, x)
    out = x.copy()
    assert pseudo_huber.grad(y, out, out=out) is out
    assert np.array_equal(out, wanted)
    strided = np.repeat(x, 3)[::3]
    assert np.array_equal(pseudo_huber.grad(y, strided), wanted)
    dense = lossreg.from_kernel(library.dense)
    y, x = arguments(dense, 500)
    wanted = dense.grad(y, x)
    assert np.array_equal(dense.grad(np.asfortranarray(y), np.asfortranarray(x)), wanted)
    out = x.copy()
    assert np.array_equal(dense.grad(y, out, out=out), wanted)
    wide_y, wide_x = arguments(dense, 3, n_classes=5000)
    assert dense(wide_y, wide_x) == pytest.approx(lossreg.get("categorical_cross_entropy")(wide_y, wide_x), rel=1e-13)


def test_an_error_of_the_kernel_is_told(library):
    for symbol, shape in (("limited", (5000,)), ("limited_rows", (5000, 2))):
        loss = lossreg.from_kernel(getattr(library, symbol))
        x = np.zeros(shape)
        assert loss(x, x) == 0.0
        x[4000] = 11.0
        told = f"the kernel of {loss.name} returned the error 3: a prediction is above the limit"
        for few in (slice(None), slice(3990, 4010)):
            with pytest.raises(lossreg.PluginError, match=re.escape(told)):
                loss(x[few], x[few], n_threads=2)
        with pytest.raises(lossreg.PluginError, match=r"returned the error 4$"):
            loss.replace(explains=False)(x, x)
        assert loss.replace(limit=12.0)(x, x, reduction="none").shape == (5000,)
    with pytest.raises(lossreg.PluginError, match="returned the error 3"):
        lossreg.from_kernel(library.limited).init_score(np.full(100, 20.0))


def test_the_start_value_is_searched_for(library, pseudo_huber):
    y, _ = arguments(pseudo_huber, 1000)
    assert pseudo_huber.init_score(y) == pytest.approx(lossreg.get("pseudo_huber").init_score(y), rel=1e-9)
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    scores = lossreg.from_kernel(library.sparse).init_score(labels)
    assert np.exp(scores) / np.exp(scores).sum() == pytest.approx([0.5, 0.3, 0.2], rel=1e-6)


def test_it_is_registered_like_any_other(pseudo_huber):
    lossreg.register(pseudo_huber)
    try:
        assert lossreg.get("compiled_pseudo_huber(delta=2)") == pseudo_huber.replace(delta=2.0)
        assert lossreg.describe("compiled_pseudo_huber").provider == "lossreg.register"
        check_loss("compiled_pseudo_huber")
    finally:
        lossreg.unregister("compiled_pseudo_huber")
    with pytest.raises(lossreg.ParameterError, match="wanted a loss or a subclass"):
        lossreg.register(type(pseudo_huber).__mro__[1])


def test_the_same_struct_is_the_same_loss_and_is_kept(library):
    loss, again = (lossreg.from_kernel(library.pseudo_huber) for _ in range(2))
    assert loss == again
    assert hash(loss) == hash(again)
    assert copy.copy(loss) == copy.deepcopy(loss) == loss != loss.replace(delta=3.0)
    held = Held(library.changed("pseudo_huber", name=b"held_loss"))
    loss = lossreg.from_kernel(held)
    del held
    gc.collect()
    assert loss([0.0], [0.0]) == 0.0


# Pickles


def test_it_is_pickled_as_its_place(library, monkeypatch):
    held = Held(library.changed("pseudo_huber", name=b"pickled_loss"))
    loss = lossreg.from_kernel(held).replace(delta=2.0)
    with pytest.raises(pickle.PicklingError, match=r"Held\(\), which the kernel of the loss pickled_loss comes from"):
        pickle.dumps(loss)
    check_loss(loss)  # to which a refusal in words is no breach
    held.__module__ = "module_with_a_kernel"
    module = ModuleType(held.__module__)
    module.kernel = held
    monkeypatch.setitem(sys.modules, held.__module__, module)
    data = pickle.dumps(loss)
    assert b"module_with_a_kernel:kernel" in data
    assert pickle.loads(data) == loss
    check_loss(loss)
    monkeypatch.delitem(sys.modules, held.__module__)
    with pytest.raises(
        lossreg.PluginError, match="pickled_loss was pickled with a kernel of module_with_a_kernel:kernel"
    ):
        pickle.loads(data)


def test_a_module_may_hand_a_kernel_over(library, monkeypatch):
    module = ModuleType("module_that_is_a_kernel")
    module.__lossreg_kernel__ = Held(library.changed("pseudo_huber", name=b"of_a_module")).__lossreg_kernel__
    monkeypatch.setitem(sys.modules, module.__name__, module)
    loss = lossreg.from_kernel(module)
    assert pickle.loads(pickle.dumps(loss)) == loss


# What is no kernel


def refused(obj, words, kind=lossreg.PluginError):
    with pytest.raises(kind, match=re.escape(words)):
        lossreg.from_kernel(obj)


def test_what_hands_nothing_over_is_refused():
    refused(3, "wanted an object with a method __lossreg_kernel__(), which 3 has not", lossreg.ParameterError)
    refused(SimpleNamespace(__lossreg_kernel__=lambda: "x"), "returned 'x'; wanted a PyCapsule")
    refused(SimpleNamespace(__lossreg_kernel__=lambda: 1 / 0), "raised ZeroDivisionError: division by zero")


def test_a_capsule_of_another_name_is_refused(library):
    struct = library.changed("pseudo_huber")
    refused(Held(struct, b"lossreg.kernel.v2"), "returned a capsule named lossreg.kernel.v2; wanted lossreg.kernel.v1")
    unnamed = ffi.NEW_CAPSULE(ctypes.addressof(struct), None, None)
    refused(SimpleNamespace(__lossreg_kernel__=lambda: unnamed), "returned a capsule named nothing; wanted")


def texts(*params):
    """Parameters of a struct, which keeps them."""
    return (ffi._Param * len(params))(*(ffi._Param(*param) for param in params))


def with_params(*params):
    return {"n_params": len(params), "params": ctypes.cast(texts(*params), ctypes.POINTER(ffi._Param))}


NAN, INF = float("nan"), float("inf")
BROKEN = {
    "version": ({"version": 2}, "returned a struct of version 2; this lossreg reads version 1"),
    "size": ({"struct_size": 128}, "returned a struct whose struct_size is 128; version 1 has at least 136 bytes"),
    "nameless": ({"name": None}, "returned a struct without a name"),
    "capitals": ({"name": b"PseudoHuber"}, "a loss is called by an identifier in lower case"),
    "not_utf8": ({"name": b"\xff"}, "returned a struct whose name is no UTF-8"),
    "endless": ({"summary": b"x" * 70_000}, "returned a struct whose summary is longer than 65536 bytes"),
    "flags": ({"flags": 1 << 20}, "with flags 0x100000; this lossreg knows 0xf"),
    "no_function": (dict.fromkeys(ffi.FUNCTIONS), "with neither a function of elements nor one of rows"),
    "single_only": ({"elements_f64": None}, "with a function for float32 and none for float64"),
    "both": ({"rows_f64": 1}, "with functions of elements and of rows; a loss is one or the other"),
    "target": ({"target": b"reel"}, 'with target "reel", which is no domain of elements'),
    "target_of_rows": ({"target": b"class index"}, 'with target "class index", which is no domain of elements'),
    "prediction": ({"prediction": b"x"}, 'with prediction "x", which is no domain of elements'),
    "link": ({"link": b"probit"}, "no link is called 'probit'; there are identity, logit, log, softmax"),
    "link_of_rows": ({"link": b"softmax"}, "link is 'softmax', which is one of rows"),
    "many": ({"n_params": 65}, "whose n_params is 65; wanted at most 64"),
    "no_params": ({"params": None}, "whose n_params is 1 and whose params point to none"),
    "param_nameless": (with_params((None, None, 1, 0, 2, 0)), "returned a parameter 0 without a name"),
    "param_name": (with_params((b"a b", None, 1, 0, 2, 0)), "the parameter 'a b' needs another name"),
    "param_taken": (with_params((b"info", None, 1, 0, 2, 0)), "the parameter 'info' needs another name"),
    "param_flags": (with_params((b"a", None, 1, 0, 2, 8)), "a parameter a with flags 0x8; this lossreg knows 0x7"),
    "param_twice": (with_params(*[(b"a", None, 1, 0, 2, 0)] * 2), "it has a parameter a twice"),
    "param_bounds": (with_params((b"a", None, 1, NAN, 2, 0)), "the parameter a has the bounds nan and 2.0"),
    "param_default": (with_params((b"a", None, 3, 0, 2, 0)), "a is 3.0; wanted a finite number >= 0 and <= 2"),
    "param_infinite": (with_params((b"a", None, INF, -INF, INF, 0)), "a is inf; wanted a finite number"),
    "switch": (with_params((b"a", None, 0.5, 0, 0, 4)), "the switch a has the default 0.5; wanted 0 or 1"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_struct_that_describes_no_loss_is_refused(library, case):
    fields, words = BROKEN[case]
    refused(Held(library.changed("pseudo_huber", **fields)), words)


def test_labels_are_no_targets_of_rows(library):
    refused(Held(library.changed("dense", target=b"label")), 'with target "label", which is no domain of rows')


def test_later_structs_may_have_more_fields(library):
    longer = library.changed("pseudo_huber", struct_size=200)
    assert lossreg.from_kernel(Held(longer))([0.0], [0.0]) == 0.0


# From the addresses of functions


def test_functions_become_kernels_by_their_addresses(library):
    functions = {"elements": library.library.pseudo_huber_exported, "elements_f32": None}
    kernel = ffi.Kernel(
        "by_address", **functions, params={"delta": (1.0, "> 0")}, convex=True, light=True, summary="By its address."
    )
    loss = lossreg.from_kernel(kernel)
    check_loss(loss)
    assert repr(kernel) == "<lossreg.ffi.Kernel by_address>"
    assert loss.info.summary == "By its address."
    y, x = arguments(loss, 1000)
    assert np.array_equal(loss.grad(y, x), lossreg.from_kernel(library.pseudo_huber).grad(y, x))
    address = ctypes.cast(functions["elements"], ctypes.c_void_p).value
    same = lossreg.from_kernel(ffi.Kernel("by_number", elements=address, params={"delta": 1.0}))
    assert np.array_equal(same.grad(y, x), loss.grad(y, x))


def test_what_is_no_function_is_refused():
    for wrong in ("x", 0, True, 1.5, print):
        with pytest.raises(lossreg.ParameterError, match="is no compiled function; wanted an address"):
            ffi.Kernel("by_address", elements=wrong)
    with pytest.raises(lossreg.ParameterError, match="summary is a text, not 3"):
        ffi.Kernel("by_address", elements=1, summary=3)
    with pytest.raises(lossreg.ParameterError, match="the parameter a has no number for a default"):
        ffi.Kernel("by_address", elements=1, params={"a": None})


def test_kernels_run_beside_each_other_in_threads_of_python(pseudo_huber):
    y, x = arguments(pseudo_huber, 50_000)
    wanted, seen = pseudo_huber(y, x), []
    threads = [threading.Thread(target=lambda: seen.append(pseudo_huber(y, x))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [wanted] * 8
