"""Right uses of lossreg, which a type checker takes, and wrong ones, each with the code of the error that it must give.

Never run: `test_stubs.py` gives it to mypy and to pyright. The codes are mypy's.
"""
# ruff: noqa: B018

from collections.abc import Callable
from typing import Annotated, Literal, assert_type

import numpy as np
from numpy.typing import NDArray

import lossreg
from lossreg import ops
from lossreg.info import Domain, Start
from lossreg.testing import arguments, check_loss, check_scale
from lossreg.typing import Array, ParamValue, Reduction

y = np.zeros(3)
huber = lossreg.losses.huber(delta=1.35)
generator = lossreg.losses.minimax_generator()
discriminator = lossreg.losses.minimax_discriminator(label_smoothing=0.1)

# What a loss is made of

lossreg.losses.categorical_focal(alpha=[0.25, 0.75])
loss: lossreg.Loss = generator
loss = huber.replace(delta=2.0)
assert_type(lossreg.get("huber", delta=1.35), lossreg.Loss)
assert_type(lossreg.get({"name": "huber", "params": {"delta": 1.35}}), lossreg.Loss)
assert_type(loss + 0.5 * loss, lossreg.Loss)
loss = lossreg.combine({"huber": 0.5, "mse": 0.5})
loss = lossreg.combine([(huber, 0.5), ("mse", 0.5)])
lossreg.hubber  # wrong: attr-defined
lossreg.combine({"huber": "half"})  # wrong: arg-type
lossreg.losses.hubber()  # wrong: attr-defined
lossreg.losses.huber(detla=1.0)  # wrong: call-arg
lossreg.losses.huber(delta="wide")  # wrong: arg-type
lossreg.losses.huber(1.0)  # wrong: call-arg
lossreg.get(3)  # wrong: arg-type

# Evaluating

assert_type(huber(y, y), float)
assert_type(huber.value([1, 2], [1.0, 2.0], reduction="sum"), float)
assert_type(huber(y, y, reduction="none"), Array)
assert_type(huber.value_and_grad(y, y, np.ones(3)), tuple[float, Array])
assert_type(huber.value_and_grad(y, y, reduction="none"), tuple[Array, Array])
assert_type(huber.grad(y, y, reduction="none"), Array)
assert_type(huber.grad_and_hess(y, y, hessian="exact", min_hessian=1e-6), tuple[Array, Array])


def chosen(reduction: Literal["mean", "none"]) -> float | Array:
    """Return what either reduction gives."""
    return huber(y, y, reduction=reduction)


def handed_on(reduction: Reduction) -> Array:
    """Return what every reduction gives."""
    return huber.grad(y, y, reduction=reduction)


huber(y)  # wrong: call-overload
huber(y, y, reduction="avg")  # wrong: call-overload
huber.value(y, y, reduction="avg")  # wrong: call-overload
huber.grad(y, y, reduction="avg")  # wrong: arg-type
huber.hess(y, y, hessian="approximate")  # wrong: arg-type
huber.grad(y, y, treshold=1)  # wrong: call-arg
huber(y, y, weights=y)  # wrong: call-overload

# Scores of two players

assert_type(generator(y), float)
assert_type(generator(fake_scores=y, reduction="none"), Array)
assert_type(generator.grad(y), Array)
assert_type(generator.value_and_grad(y), tuple[float, Array])
assert_type(discriminator(y, y), float)
assert_type(discriminator(real_scores=y, fake_scores=y), float)
assert_type(discriminator.grad(y, y), tuple[Array, Array])
assert_type(discriminator.value_and_grad(y, y), tuple[float, tuple[Array, Array]])
generator(y, y)  # wrong: call-overload
generator(y_pred=y)  # wrong: call-overload
discriminator(y)  # wrong: call-overload
discriminator.grad(y_true=y, y_pred=y)  # wrong: call-arg

assert_type(discriminator.replace(label_smoothing=0.2).grad(y, y), tuple[Array, Array])
real, fake = discriminator.hess(y, y)

# Links and start values

assert_type(huber.predict(y), Array)
assert_type(huber.predict(0.5), float)
assert_type(huber.link.link(0.5), float)
assert_type(huber.link.inverse([0.5, 0.25]), Array)
assert_type(huber.init_score(y, where=y > 0), float)
assert_type(lossreg.losses.kl_divergence().init_score(y), Array)
assert_type(lossreg.get("huber").init_score(y), float | Array)
assert_type(ops.sigmoid(0.0), float)
assert_type(ops.softplus(np.float32(1.0)), float)
assert_type(ops.softmax(y, axis=0), Array)
ops.sigmoid("0.5", thread=2)  # wrong: call-overload

# What a loss says of itself

assert_type(huber.config(), dict[str, object])
assert_type(huber.params["delta"], ParamValue)
assert_type(huber.info, lossreg.LossInfo)
assert_type(huber.info.target, Domain)
assert_type(huber.info.start, Start)
assert_type(huber.info.sides, tuple[str, ...])
assert_type(huber.info.raw_switch, str | None)
assert_type(huber.__name__, str)
huber.delta  # wrong: attr-defined
huber.name = "other"  # wrong: misc

# States

state = huber.state("sum")
assert_type(state, lossreg.State)
assert_type(state.update(y, y, where=y), lossreg.State)
assert_type(state.merge(state).reduction, Literal["mean", "sum", "weighted_mean"])
assert_type((state + state).result(), float)
assert_type(sum([state, state], huber.state("sum")).loss, lossreg.Loss)
assert_type(lossreg.State.from_bytes(state.to_bytes()), lossreg.State)
huber.state("none")  # wrong: arg-type
state.merge(huber)  # wrong: arg-type
state.count = 3  # wrong: misc

# Losses of one's own


class Scaled(lossreg.PythonLoss):
    """The squared error in units of a scale."""

    name = "scaled"
    scale: Annotated[float, "> 0"] = 1.0

    def per_element(self, y_true: Array, y_pred: Array) -> Array:
        """Return it."""
        return np.square((y_pred - y_true) / self.scale)


class Wrong(lossreg.PythonLoss):
    """One that returns no array."""

    name = "wrong"

    def per_element(self, y_true: Array, y_pred: Array) -> str:  # wrong: override
        """Return a text."""
        return f"{y_true} {y_pred}"


def formula(y_true: Array, y_pred: Array, a: float = 0.5) -> Array:
    """Return the loss of an element."""
    return ops.where(y_pred > y_true, np.expm1(a * (y_pred - y_true)), y_true)


assert_type(Scaled(scale=2.0)(y, y), float)
loss = lossreg.define("0.5*r**2", name="mine", params={"d": (1.0, "> 0")}, target="real")
loss = lossreg.define(formula, name="mine")
lossreg.register(Scaled)
lossreg.define(3, name="mine")  # wrong: arg-type
check_loss(Scaled(scale=2.0))
check_scale("bce", [1, 0], [0.5, 2.0], where=[True, False])
drawn: tuple[NDArray[np.generic], ...] = arguments(loss, 10, np.float32, n_classes=None)
judge: Callable[[Array, Array], float] = lossreg.losses.huber()
check_loss(3)  # wrong: arg-type

# Errors

try:
    huber(y, y)
except lossreg.DomainError as error:
    assert_type(error.argument, str | None)
    assert_type(error.index, int | tuple[int, ...] | None)
    error.arguments  # wrong: attr-defined
except lossreg.UnknownLossError as unknown:
    assert_type(unknown.suggestions, tuple[str, ...])

# Threads

with lossreg.num_threads(2):
    pass
lossreg.set_num_threads("many")  # wrong: arg-type
