"""Each error says which argument, what came, what was wanted and the fix; and bad input leaves every array as it was."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
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
    UnknownLossError,
)

Array = np.ndarray[Any, Any]

# Every loss of the catalogue that is pointwise, row-wise or adversarial, by a few of each.
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


def fails(error: type[Exception], words: str, call: Callable[[], Any]) -> None:
    """The call raises exactly this error with exactly these words; `…` stands for anything."""
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    pattern = ".*".join(re.escape(part) for part in words.split("…"))
    assert re.fullmatch(pattern, str(caught.value), re.DOTALL), str(caught.value)


def check(cases: list[tuple[Callable[[], Any], str]], error: type[Exception]) -> None:
    for call, words in cases:
        fails(error, words, call)


# -------------------------------------------------------------------------------------- which loss, which parameter


def test_unknown_losses() -> None:
    check([(lambda: lossreg.get("hubr"), "no loss is called 'hubr'; did you mean 'huber'?")], UnknownLossError)


def test_parameters() -> None:
    check(
        [
            (lambda: lossreg.get("huber", delta=-1), "huber: delta is -1; wanted a finite number above 0"),
            (lambda: lossreg.get("huber", delta=float("nan")), "huber: delta is nan; wanted a finite number above 0"),
            (lambda: lossreg.get("huber", delta="1"), "huber: delta is '1'; wanted a finite number above 0"),
            (lambda: lossreg.get("huber", delta=True), "huber: delta is True; wanted a finite number above 0"),
            (lambda: lossreg.get("huber", delt=1), 'huber has no parameter "delt"; it has delta'),
            (lambda: lossreg.get("squared_error", delta=1), 'squared_error has no parameter "delta"; it has none'),
            (lambda: lossreg.get("pinball", quantile=1.5), "pinball: quantile is 1.5; wanted …"),
            (
                lambda: lossreg.get("binary_cross_entropy", from_logits=1),
                "binary_cross_entropy: from_logits is 1; wanted True or False",
            ),
            (
                lambda: lossreg.get("categorical_focal", axis=0.5),
                "categorical_focal: axis is 0.5; wanted a whole number",
            ),
            (
                lambda: lossreg.get("categorical_cross_entropy", class_weight=[-1]),
                "categorical_cross_entropy: class_weight is [-1]; wanted …",
            ),
        ],
        ParameterError,
    )


# ------------------------------------------------------------------------------------------------ options of a call


@pytest.mark.parametrize("n", [0, -1, True, 2.0, "2", 10**30, [1]])
def test_numbers_of_threads(n: Any) -> None:
    fails(
        ParameterError,
        f"n_threads is {n!r}; wanted None or a whole number of at least 1",
        lambda: huber(one, one, n_threads=n),
    )
    fails(
        ParameterError, f"n is {n!r}; wanted None or a whole number of at least 1", lambda: lossreg.set_num_threads(n)
    )


def test_whole_numbers_of_threads_of_any_type() -> None:
    for n in (1, 3, np.int64(2), np.uint8(2), None, 10_000):
        assert huber(one, one, n_threads=n) == 0.0


@pytest.mark.parametrize("reduction", ["avg", "MEAN", "", 0, b"mean", ["mean"], 1.5])
def test_reductions(reduction: Any) -> None:
    words = f"reduction is {reduction!r}; wanted one of 'mean', 'sum', 'none', 'weighted_mean'"
    for loss in (huber, dense, discriminator):
        fails(ParameterError, words, lambda loss=loss: loss.grad(square, square, reduction=reduction))


def test_reductions_by_equal_strings() -> None:
    # Not the interned string of a literal.
    assert (
        huber(three, 0 * three, reduction="".join(["s", "um"]))
        == huber(three, 0 * three, reduction=np.str_("sum"))
        == 1.5
    )


def test_hessian_kinds_and_floors() -> None:
    for kind in ("exakt", 3, b"exact"):
        fails(ParameterError, f"hessian is {kind!r}; …", lambda kind=kind: huber.hess(one, one, hessian=kind))
    for floor, said in ((np.nan, "NaN"), (np.inf, "inf"), (-np.inf, "-inf")):
        words = f"min_hessian is {said}; wanted None or a finite number"
        fails(ParameterError, words, lambda floor=floor: huber.hess(one, one, min_hessian=floor))
    for floor in ("0.1", [0.1], three):
        with pytest.raises(TypeError) as caught:
            huber.hess(one, one, min_hessian=floor)
        assert "min_hessian" in str(caught.value) + " ".join(caught.value.__notes__)
    for floor in (0, 0.5, np.float32(0.5), np.array(0.5), None):
        assert huber.hess(one, one, min_hessian=floor) == [1.0]


def test_missing_and_superfluous_arguments() -> None:
    check(
        [
            (huber, "missing argument y_true"),
            (lambda: huber(one), "missing argument y_pred"),
            (lambda: huber(None, one), "missing argument y_true"),
            (lambda: huber(y_pred=one), "missing argument y_true"),
            (lambda: discriminator(one), "missing argument fake_scores"),
            (lambda: discriminator(fake_scores=one), "missing argument real_scores"),
            (generator, "missing argument fake_scores"),
            (
                lambda: generator(one, one),
                "minimax_generator takes one array, fake_scores; weights go to sample_weight=",
            ),
            (lambda: huber(one, one, None, one), "…takes from 0 to 3 positional arguments but 4 were given"),
            (lambda: huber(one, one, weights=one), "…got an unexpected keyword argument 'weights'"),
            (lambda: huber(one, one, hessian="exact"), "…got an unexpected keyword argument 'hessian'"),
            (lambda: huber(one, one, real_scores=one), "huber takes y_true and y_pred, not real_scores"),
            (
                lambda: dense.grad(square, square, fake_scores=one),
                "categorical_cross_entropy takes y_true and y_pred, not fake_scores",
            ),
            (lambda: generator(one, fake_scores=one), "minimax_generator got fake_scores twice"),
            (
                lambda: generator(one, real_scores=one),
                "minimax_generator takes one array, fake_scores; it has no use for real_scores",
            ),
            (lambda: discriminator(one, one, fake_scores=one), "minimax_discriminator got fake_scores twice"),
            (lambda: discriminator(one, real_scores=one), "minimax_discriminator got real_scores twice"),
        ],
        TypeError,
    )


# ----------------------------------------------------------------------------------------------------------- shapes


def test_shapes() -> None:
    check(
        [
            (
                lambda: huber(three, np.ones((3, 1))),
                "y_true has shape (3,) and y_pred has shape (3, 1); if they belong together, pass y_pred.reshape(y_true.shape)",
            ),
            (
                lambda: huber.grad(np.ones((3, 1)), three),
                "y_true has shape (3, 1) and y_pred has shape (3,); if they belong together, pass y_true.reshape(y_pred.shape)",
            ),
            (
                lambda: huber(three, two),
                "y_true has shape (3,) and y_pred has shape (2,); nothing is broadcast; pass as many of the one as of the other",
            ),
            (lambda: huber(1.0, three), "y_true has shape () and y_pred has shape (3,); nothing is broadcast; …"),
            (
                lambda: discriminator(three, two),
                "real_scores has shape (3,) and fake_scores has shape (2,); nothing is broadcast; …",
            ),
            (
                lambda: dense([0, 1], np.ones((2, 3))),
                "y_true has shape (2,) and y_pred has shape (2, 3); wanted rows of shape (2, 3); "
                "for class indices use sparse_categorical_cross_entropy or categorical_focal",
            ),
            (
                lambda: dense(np.eye(2), np.ones((2, 3))),
                "y_true has shape (2, 2) and y_pred has shape (2, 3); wanted rows of shape (2, 3)",
            ),
            (
                lambda: sparse(square, square),
                "y_true has shape (3, 3) and y_pred has shape (3, 3); wanted class indices of shape (3,)",
            ),
            (
                lambda: focal([1, 2], square),
                "y_true has shape (2,) and y_pred has shape (3, 3); wanted class indices of shape (3,) or rows of probabilities of shape (3, 3)",
            ),
            (
                lambda: lossreg.get("kl_divergence", axis=2)(square, square),
                "y_pred has shape (3, 3); axis=2 of its classes does not exist",
            ),
            (
                lambda: dense(np.ones((3, 0)), np.ones((3, 0))),
                "y_pred has shape (3, 0); axis -1 must have at least one class",
            ),
            (
                lambda: lossreg.get("categorical_cross_entropy", class_weight=[1, 2])(square, square),
                "class_weight has 2 numbers and y_pred has 3 classes",
            ),
            (
                lambda: huber(three, three, two),
                "sample_weight has shape (2,); wanted that of the unreduced loss, (3,), or of its leading axes",
            ),
            (
                lambda: huber(square, square, np.ones((1, 3))),
                "sample_weight has shape (1, 3); wanted that of the unreduced loss, (3, 3), or of its leading axes",
            ),
            (
                lambda: dense(square, square, square),
                "sample_weight has shape (3, 3); wanted that of the unreduced loss, (3,), or of its leading axes",
            ),
            (
                lambda: huber(three, three, where=[True]),
                "where has shape (1,); wanted that of the unreduced loss, (3,), or of its leading axes",
            ),
            (lambda: huber.grad(three, three, out=np.ones((3, 1))), "out has shape (3, 1); the result has (3,)"),
            (
                lambda: dense(square, square, reduction="none", out=square.copy()),
                "out has shape (3, 3); the result has (3,)",
            ),
        ],
        ShapeError,
    )


def test_weights_of_the_leading_axes() -> None:
    weight = np.array([1.0, 2.0, 0.0])
    assert huber(0 * square, square, weight) == huber(0 * square, square, np.repeat(weight, 3).reshape(3, 3))
    assert huber(0 * square, square, 2.0) == 2 * huber(0 * square, square)


# --------------------------------------------------------------------------------------------------------- contents


def test_domains_name_the_first_offending_element() -> None:
    labels = "wanted labels 0 and 1, -1 and 1, or anything from 0 to 1"
    check(
        [
            (lambda: binary([0, 2.0, 3.0], three), f"y_true holds 2 at index 1; {labels}"),
            (lambda: binary.grad([[0, 1], [0, -0.5]], np.ones((2, 2))), f"y_true holds -0.5 at index (1, 1); {labels}"),
            (
                lambda: binary(np.array([[0, 1], [7, 0]], np.int8).T, np.ones((2, 2))),
                f"y_true holds 7 at index (0, 1); {labels}",
            ),
            (lambda: binary([0, np.inf], two), f"y_true holds inf at index 1; {labels}"),
            (
                lambda: lossreg.get("hinge")([0.5], one),
                "y_true holds 0.5 at index 0; wanted labels 0 and 1, or -1 and 1",
            ),
            (
                lambda: binary_of_probabilities([0, 1.0], [1, 1.5]),
                "y_pred holds 1.5 at index 1; wanted probabilities from 0 to 1",
            ),
            (
                lambda: binary_of_probabilities(1.0, -0.25),
                "y_pred holds -0.25 at index (); wanted probabilities from 0 to 1",
            ),
            (
                lambda: lossreg.get("poisson")([1, 0, -1.0], three),
                "y_true holds -1 at index 2; wanted numbers of at least 0",
            ),
            (lambda: lossreg.get("gamma")([1, 0, -1.0], three), "y_true holds 0 at index 1; wanted numbers above 0"),
            (lambda: sparse([0, 3, 4], square), "y_true holds 3 at index 1; wanted a class index from 0 to 2"),
            (lambda: sparse([0, -1, 4], square), "y_true holds -1 at index 1; wanted a class index from 0 to 2"),
            (lambda: sparse([0, 1.5, 4], square), "y_true holds 1.5 at index 1; wanted a class index from 0 to 2"),
            (lambda: sparse([0, np.nan, 1], square), "y_true holds NaN at index 1; wanted a class index from 0 to 2"),
            (lambda: sparse([0, np.inf, 1], square), "y_true holds inf at index 1; wanted a class index from 0 to 2"),
            (
                lambda: sparse(np.array([2**63, 0, 1], np.uint64), square),
                "y_true holds 9223372036854776000 at index 0; …",
            ),
            (
                lambda: sparse([[0], [3]], np.ones((2, 1, 3))),
                "y_true holds 3 at index (1, 0); wanted a class index from 0 to 2",
            ),
            (
                lambda: ignoring([-1, -2, 0], square),
                "y_true holds -2 at index 1; wanted a class index from 0 to 2, or -1 to ignore the row",
            ),
            (lambda: focal([0, 5, 1], square), "y_true holds 5 at index 1; wanted a class index from 0 to 2"),
            (lambda: focal(2 * square, square), "y_true holds 2 at index (0, 0); wanted probabilities from 0 to 1"),
            (
                lambda: dense([[0, 1, 0], [0, 2, 0]], np.ones((2, 3))),
                "y_true holds 2 at index (1, 1); wanted probabilities from 0 to 1",
            ),
            (
                lambda: dense_of_probabilities(square, square - 0.5),
                "y_pred holds -0.5 at index (0, 1); wanted numbers of at least 0",
            ),
            (
                lambda: lossreg.get("kl_divergence", axis=0)([[0, 0], [1, 1], [0, 2.0]], np.ones((3, 2))),
                "y_true holds 2 at index (2, 1); wanted probabilities from 0 to 1",
            ),
        ],
        DomainError,
    )


@pytest.mark.parametrize("n_threads", [1, 4])
def test_the_first_offence_is_named_however_many_threads_look(n_threads: int) -> None:
    y = np.zeros(2_000_000, np.float32)
    y[[1_234_567, 1_234_568, 1_900_000]] = 2, 3, 4
    fails(DomainError, "y_true holds 2 at index 1234567; …", lambda: binary.grad(y, y, n_threads=n_threads))
    rows = y.reshape(-1, 100)
    fails(DomainError, "y_true holds 2 at index (12345, 67); …", lambda: dense(rows, rows, n_threads=n_threads))


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


def test_means_over_nothing() -> None:
    fix = "is undefined; use reduction='sum' or 'none', or check for it before the call"
    check(
        [
            (lambda: huber([], []), f"the mean over no valid elements {fix}"),
            (lambda: huber.grad([], []), f"the mean over no valid elements {fix}"),
            (lambda: huber(three, three, where=[False] * 3), f"the mean over no valid elements {fix}"),
            (lambda: huber([], [], reduction="weighted_mean"), f"the mean over no valid elements {fix}"),
            (lambda: ignoring([-1, -1, -1], square), f"the mean over no valid elements {fix}"),
            (
                lambda: huber(three, three, 0 * three, reduction="weighted_mean"),
                f"the mean over weights that sum to zero {fix}",
            ),
            (
                lambda: huber(three, three, [1.0, -1.0, 0.0], reduction="weighted_mean"),
                f"the mean over weights that sum to zero {fix}",
            ),
            (
                lambda: huber.grad(three, three, three, where=[False] * 3, reduction="weighted_mean"),
                f"the mean over weights that sum to zero {fix}",
            ),
        ],
        EmptyError,
    )
    assert huber(three, three, where=[False] * 3, reduction="sum") == huber(three, three, 0 * three) == 0.0


def test_weights_that_nearly_cancel_divide_the_gradient_too() -> None:
    weight = [1e16, 1.0, -1e16]
    value, grad = lossreg.get("squared_error").value_and_grad(
        0 * three, [1.0, 2.0, 3.0], weight, reduction="weighted_mean"
    )
    assert value == -8e16
    assert grad.tolist() == [2e16, 4.0, -6e16]


def test_masks_are_no_weights() -> None:
    words = "where has dtype float64; wanted bool (weights go to sample_weight=)"
    check([(lambda: huber(three, three, where=three), words)], DtypeError)


# ---------------------------------------------------------------------------------------------------------- outputs


def test_outputs() -> None:
    both = "out must be a tuple of two arrays here, one for "
    check(
        [
            (
                lambda: huber.grad(three, three, out=three.astype(np.float32)),
                "out has dtype float32; the result is float64",
            ),
            (
                lambda: huber.grad(three, three.astype(np.float32), out=three),
                "out has dtype float64; the result is float32",
            ),
            (lambda: huber.grad(three, three, out=three.astype(">f8")), "out has dtype >f8; the result is float64"),
            (lambda: huber.grad(three, three, out=np.ones(3, int)), "out has dtype int64; the result is float64"),
            (lambda: huber.grad(three, three, out=[0.0] * 3), "out must be a numpy.ndarray to write to, not list"),
            (lambda: huber.grad(three, three, out=(three,)), "out must be a numpy.ndarray to write to, not tuple"),
            (
                lambda: huber.value_and_grad(three, three, out=(three, three)),
                "out must be a numpy.ndarray to write to, not tuple",
            ),
            (lambda: huber.grad_and_hess(three, three, out=three), f"{both}the gradient and one for the Hessian"),
            (
                lambda: huber.grad_and_hess(three, three, out=[three, three]),
                f"{both}the gradient and one for the Hessian",
            ),
            (
                lambda: huber.value_grad_hess(three, three, out=(three,) * 3),
                f"{both}the gradient and one for the Hessian",
            ),
            (
                lambda: huber.grad_and_hess(three, three, out=(three, None)),
                "out must be a numpy.ndarray to write to, not NoneType",
            ),
            (lambda: discriminator.grad(three, three, out=three), f"{both}real_scores and one for fake_scores"),
            (
                lambda: discriminator.grad_and_hess(three, three, out=(three, three)),
                f"{both}real_scores and one for fake_scores",
            ),
        ],
        DtypeError,
    )
    check(
        [
            (
                lambda: huber(three, three, out=three),
                "out= takes an array for unreduced values; use it with reduction='none'",
            ),
            (
                lambda: huber.grad(three, three, out=np.broadcast_to(1.0, 3)),
                "out is read-only; pass a writable array, …",
            ),
        ],
        ParameterError,
    )


def test_alias_error_says_what_overlaps() -> None:
    memory = np.arange(10.0)
    a, b = memory[:3], memory[1:4]
    fix = "to work in place, or an array of its own memory"
    check(
        [
            (lambda: huber.grad(a, three, out=a), f"out overlaps y_true; pass y_pred itself {fix}"),
            (lambda: huber.grad(three, a, out=b), f"out overlaps y_pred; pass y_pred itself {fix}"),
            (lambda: huber.grad(three, three, a, out=b), f"out overlaps sample_weight; pass y_pred itself {fix}"),
            (lambda: generator.grad(a, out=b), f"out overlaps fake_scores; pass fake_scores itself {fix}"),
        ],
        AliasError,
    )


# ------------------------------------------------------------------------------------------ nothing is written first


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
        arrays = [first, first if rng.random() < 0.5 else argument()][: 1 if name == "minimax_generator" else 2]
        try:
            method(*arrays, **given)
        except (LossregError, TypeError) as error:
            messages.append(str(error))
        else:
            messages.append(None)
    assert "" not in messages
    assert messages.count(None) > 20 or name == "sparse_categorical_cross_entropy"


# ----------------------------------------------------------------------------------------------------------- memory


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
