"""Errors: what each says stands in errors.txt; that bad input leaves every array as it was, and never panics, here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from arguments import errors
from checkout import in_a_checkout
from interpreter import run

import lossreg
from lossreg import (
    AliasError,
    DomainError,
    DtypeError,
    EmptyError,
    LossregError,
    ParameterError,
    ShapeError,
)
from lossreg.testing import arguments

Array = np.ndarray[Any, Any]

huber = lossreg.get("huber")
binary = lossreg.get("binary_cross_entropy")
binary_of_probabilities = lossreg.get("binary_cross_entropy", from_logits=False)
dense = lossreg.get("categorical_cross_entropy")
dense_of_probabilities = lossreg.get("categorical_cross_entropy", from_logits=False)
sparse = lossreg.get("sparse_categorical_cross_entropy")
ignoring = lossreg.get("sparse_categorical_cross_entropy", ignore_index=-1)
focal = lossreg.get("categorical_focal")
discriminator = lossreg.get("minimax_discriminator")
generator = lossreg.get("minimax_generator")

one, two, three, square = np.ones(1), np.ones(2), np.ones(3), np.eye(3)


@in_a_checkout
def test_what_goes_wrong_says_what_the_table_says() -> None:
    """And every sentence of the source is in it. After a change: `python tests/arguments/errors.py --write`."""
    for library in ("pandas", "polars", "pyarrow"):
        pytest.importorskip(library)
    table = list(errors.run(errors.TABLE.read_text(encoding="utf-8")))
    faults = errors.faults_of(table)
    assert not faults, "\n".join(faults)
    assert sum(len(block.calls) for block in table) > 200


@in_a_checkout
def test_a_wrong_table_is_seen() -> None:
    text = (
        'get("hubr")\n    UnknownLossError: no loss is called …\n\nget("huber")\nget(7)\n    ParameterError: nonsense\n'
    )
    table = list(errors.run(text))
    assert [words.splitlines()[0] for block in table for words in block.wrong()] == [
        'errors.txt:4: get("huber")',
        "errors.txt:5: get(7)",
    ]
    assert len(errors.missing("")) > len(errors.missing("7 is not a link; no link is called 'h'; there are none")) > 40


@pytest.mark.parametrize(
    ("error", "built_in"),
    [
        (lossreg.UnknownLossError, KeyError),
        (lossreg.ParameterError, ValueError),
        (lossreg.ShapeError, ValueError),
        (lossreg.DomainError, ValueError),
        (lossreg.AliasError, ValueError),
        (lossreg.EmptyError, ValueError),
        (lossreg.DtypeError, TypeError),
        (lossreg.PluginError, RuntimeError),
        (lossreg.InternalError, RuntimeError),
    ],
)
def test_errors_are_the_built_in_ones_that_callers_expect(error: type, built_in: type) -> None:
    assert issubclass(error, LossregError)
    assert issubclass(error, built_in)
    assert str(error("said")) == "said"


def test_whole_numbers_of_threads_of_any_type() -> None:
    for n in (1, 3, np.int64(2), np.uint8(2), None, 10_000):
        assert huber(one, one, n_threads=n) == 0.0


def test_reductions_by_equal_strings() -> None:
    # Not the interned string of a literal.
    assert (
        huber(three, 0 * three, reduction="".join(["s", "um"]))
        == huber(three, 0 * three, reduction=np.str_("sum"))
        == 1.5
    )


def test_floors_of_any_type() -> None:
    for floor in (0, 0.5, np.float32(0.5), np.array(0.5), None):
        assert huber.hess(one, one, min_hessian=floor) == [1.0]


def test_weights_of_the_leading_axes() -> None:
    weight = np.array([1.0, 2.0, 0.0])
    assert huber(0 * square, square, weight) == huber(0 * square, square, np.repeat(weight, 3).reshape(3, 3))
    assert huber(0 * square, square, 2.0) == 2 * huber(0 * square, square)


@pytest.mark.parametrize("n_threads", [1, 4])
def test_the_first_offence_is_named_however_many_threads_look(n_threads: int) -> None:
    y = np.zeros(2_000_000, np.float32)
    y[[1_234_567, 1_234_568, 1_900_000]] = 2, 3, 4
    with pytest.raises(DomainError, match="y_true holds 2 at index 1234567; "):
        binary.grad(y, y, n_threads=n_threads)
    rows = y.reshape(-1, 100)
    with pytest.raises(DomainError, match=r"y_true holds 2 at index \(12345, 67\); "):
        dense(rows, rows, n_threads=n_threads)


def test_masked_elements_may_hold_anything() -> None:
    mask = np.array([True, False, True])
    for junk in (np.nan, np.inf, -7.0):
        y, x = np.array([1.0, junk, 0.0]), np.array([0.5, junk, 0.25])
        for loss in (binary, binary_of_probabilities, huber, lossreg.get("poisson"), lossreg.get("squared_error")):
            value, grad, hess = loss.value_grad_hess(y, x, where=mask)
            assert value == loss(y[mask], x[mask])
            assert grad[1] == hess[1] == 0.0
    y, x = np.array([0, -99, 2]), square.copy()
    x[1] = np.nan
    value, grad = sparse.value_and_grad(y, x, where=mask)
    assert value == sparse(y[mask], x[mask])
    assert (grad[1] == 0).all()


def test_weights_that_nearly_cancel_divide_the_gradient_too() -> None:
    weight = [1e16, 1.0, -1e16]
    value, grad = lossreg.get("squared_error").value_and_grad(
        0 * three, [1.0, 2.0, 3.0], weight, reduction="weighted_mean"
    )
    assert value == -8e16
    assert grad.tolist() == [2e16, 4.0, -6e16]


def untouched(error: type[Exception], call: Callable[..., Any], *outs: Array) -> None:
    before = [out.tobytes() for out in outs]
    with pytest.raises(error):
        call()
    assert [out.tobytes() for out in outs] == before


def test_refused_calls_write_nothing() -> None:
    n = 300_000  # more than a task
    x = np.linspace(-1, 1, n)
    out, second = np.full(n, 77.0), np.full(n, 78.0)
    for error, call in [
        (ShapeError, lambda: huber.grad(x[1:], x, out=out)),
        (ShapeError, lambda: huber.grad(x, x, x[1:], out=out)),
        (ShapeError, lambda: huber.grad_and_hess(x, x, out=(out, second[1:]))),
        (DtypeError, lambda: huber.grad_and_hess(x, x, out=(out, second.view(np.int64)))),
        (DtypeError, lambda: huber.grad(x, x, where=x, out=out)),
        (AliasError, lambda: huber.grad_and_hess(x, x, out=(out, out))),
        (ParameterError, lambda: huber.grad(x, x, n_threads=0, out=out)),
        (ParameterError, lambda: huber.grad(x, x, reduction="avg", out=out)),
        (ParameterError, lambda: huber.grad_and_hess(x, x, hessian="other", out=(out, second))),
        (EmptyError, lambda: huber.grad(x, x, where=np.zeros(n, bool), out=out)),
        (ShapeError, lambda: discriminator.grad(x, x, out=(out, second[1:]))),
        (AliasError, lambda: discriminator.grad(x, x, out=(out, out))),
        (ParameterError, lambda: discriminator.grad(x, x, n_threads=0, out=(out, second))),
        (EmptyError, lambda: discriminator.grad(x, x, where=np.zeros(n, bool), out=(out, second))),
    ]:
        untouched(error, call, out, second, x)


@pytest.mark.parametrize("n_threads", [1, 4])
def test_domain_errors_leave_predictions_untouched_in_place(n_threads: int) -> None:
    x = np.random.default_rng(0).random(300_000)
    hess = np.empty_like(x)
    for loss in (binary, lossreg.get("poisson"), lossreg.get("hinge")):
        y = np.zeros_like(x)
        y[-1] = -3
        untouched(DomainError, lambda y=y, loss=loss: loss.grad(y, x, out=x, n_threads=n_threads), x)
        untouched(DomainError, lambda y=y, loss=loss: loss.grad_and_hess(y, x, out=(hess, x), n_threads=n_threads), x)
        untouched(DomainError, lambda y=y, loss=loss: loss(y, x, reduction="none", out=x, n_threads=n_threads), x)
    x[-1] = 1.5
    untouched(DomainError, lambda: binary_of_probabilities.grad(0 * x, x, out=x, n_threads=n_threads), x)
    for shape in ((100_000, 3), (300, 1000)):
        rows = x.reshape(shape)
        y = np.zeros(shape[0], int)
        y[-1] = shape[1]
        untouched(DomainError, lambda y=y, rows=rows: sparse.grad(y, rows, out=rows, n_threads=n_threads), x)
        shares = np.zeros(shape)
        shares[-1, -1] = 2
        untouched(
            DomainError, lambda shares=shares, rows=rows: dense.grad(shares, rows, out=rows, n_threads=n_threads), x
        )
        rows[-1, -1] = -1
        untouched(
            DomainError,
            lambda shares=shares, rows=rows: dense_of_probabilities.grad(
                0 * shares, rows, out=rows, n_threads=n_threads
            ),
            x,
        )


@pytest.mark.parametrize("name", lossreg.names())
def test_whatever_comes_in_the_error_is_one_of_ours(name: str) -> None:
    """Calls with arguments drawn from good and bad ones: a result, one of our errors or a TypeError; never a panic."""
    rng = np.random.default_rng(len(name))
    shapes = [(), (0,), (1,), (3,), (3, 1), (1, 3), (3, 3), (2, 0), (2, 3, 3), (2,) * 9, (1,) * 32]
    dtypes = [*"?bBhHiIlLefdgFOSUVM", ">f8", ">i2"]
    odd = [
        None,
        1.0,
        [1, 2],
        "text",
        np.nan,
        {},
        np.ma.ones(3),
        three,
        np.broadcast_to(1.0, (3, 3)),
        -three,
        0 * square,
    ]

    def argument() -> Any:
        if rng.random() < 0.2:
            return odd[rng.integers(len(odd))]
        array = np.ones(shapes[rng.integers(len(shapes))]).astype(
            dtypes[rng.integers(len(dtypes))] if rng.random() < 0.3 else "d"
        )
        return array if rng.random() < 0.9 else array.T[..., ::-1] if array.ndim else array

    options = {
        "sample_weight": argument,
        "where": argument,
        "reduction": lambda: rng.choice(["mean", "sum", "none", "weighted_mean", "other"]).item(),
        "out": lambda: argument() if rng.random() < 0.5 else (argument(), argument()),
        "n_threads": lambda: [None, 1, 3, 0][rng.integers(4)],
        "real_scores": argument,
        "min_hessian": lambda: [0.1, None, np.inf][rng.integers(3)],
    }
    messages: list[str | None] = []
    for _ in range(400):
        loss = lossreg.get(name, **({"axis": int(rng.integers(-3, 3))} if "axis" in lossreg.get(name).params else {}))
        method = getattr(loss, rng.choice(["value", "grad", "hess", "value_and_grad", "value_grad_hess"]))
        given = {key: draw() for key, draw in options.items() if rng.random() < 0.15}
        first = argument()
        arrays = [first, first if rng.random() < 0.5 else argument()][: len(loss.info.sides)]
        if rng.random() < 0.25:
            arrays = list(arguments(loss, 3))
        try:
            method(*arrays, **given)
        except (LossregError, TypeError) as error:
            messages.append(str(error))
        else:
            messages.append(None)
    assert "" not in messages
    assert messages.count(None) > 20


@pytest.mark.parametrize("method", ["grad", "hess", "value_and_grad", "value_grad_hess"])
def test_more_results_than_memory(method: str) -> None:
    x = np.broadcast_to(np.float32(1), 10**13)
    with pytest.raises(MemoryError):
        getattr(huber, method)(x, x)
    with pytest.raises(MemoryError):
        huber(x, x, reduction="none")
    with pytest.raises(MemoryError):
        dense.grad(x.reshape(-1, 10), x.reshape(-1, 10))


def test_a_limit_of_memory_is_a_memory_error_and_the_process_lives_on() -> None:
    run(
        """
        import resource
        import numpy as np
        import lossreg

        x, y = np.ones((2, 4_000_000))
        huber = lossreg.get("huber")
        huber.grad(x, x)
        in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + 8_000_000, resource.RLIM_INFINITY))
        for call in (lambda: huber.grad(x, x), lambda: huber(x, x, reduction="none"), lambda: huber.value_grad_hess(x, x)):
            try:
                call()
            except MemoryError:
                continue
            raise SystemExit("no MemoryError")
        assert huber(x, x) == 0.0  # needs no memory
        huber.grad(y, x, out=x)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert huber.grad(y, x).shape == x.shape
        """
    )


def test_no_memory_for_the_work_space_of_a_row() -> None:
    run(
        """
        import resource
        import numpy as np
        import lossreg

        rows = np.ones((1, 3_000_000)) / 3_000_000
        loss = lossreg.get("categorical_cross_entropy", label_smoothing=0.1)
        small = np.eye(3)
        loss.grad(small, small)
        out = (np.empty_like(rows), np.empty_like(rows))
        flipped = rows[:, ::-1]
        in_use = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (in_use + 4_000_000, resource.RLIM_INFINITY))
        failed = 0
        for _ in range(3):
            try:
                loss.value_grad_hess(flipped, flipped, out=out)
            except MemoryError:
                failed += 1
            loss.grad(small, small)
        resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert failed == 3, failed
        loss.value_grad_hess(flipped, flipped, out=out)
        """
    )


def test_threads_that_the_system_refuses_are_done_without() -> None:
    run(
        """
        import resource
        import numpy as np
        import lossreg

        resource.setrlimit(resource.RLIMIT_AS, (int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize() + 50_000_000,) * 2)
        x = np.broadcast_to(np.float32(0.5), 5_000_000)
        assert lossreg.get("huber")(0 * x[:1], x[:1]) == lossreg.get("huber")(np.broadcast_to(np.float32(0), 5_000_000), x, n_threads=1000) == 0.125
        """
    )
