"""Data that are divided at random, and the states that have seen their parts: of every loss, and of one of each other kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from cube import Cube
from drawn import Case, losses

import lossreg

__all__ = ["LOSSES", "Cube", "Data", "N"]

N = 300  # elements or rows: more than a block, and no whole number of them


OTHERS = [
    Cube(),
    lossreg.define("a*r**2 + abs(r)", name="bent", params={"a": 0.3}),
    lossreg.get("0.5*huber + 2*squared_error - log_cosh"),
    lossreg.get("0.7*sparse_categorical_cross_entropy(ignore_index=1) + categorical_focal"),
    lossreg.get("minimax_discriminator + 0.3*least_squares_discriminator"),
]
LOSSES = [*(loss for loss in losses() if not loss.info.coupled), *OTHERS]


class Data:
    """The arguments of a case, of two sides where the loss has two, with weights and a mask of their own."""

    def __init__(self, drawn: Case, seed: int = 0) -> None:
        self.loss = drawn.loss
        draw = np.random.default_rng(seed)
        self.draw = draw
        self.two_sided = drawn.loss.info.family == "adversarial" and len(drawn.args) == 2
        sides = [(array,) for array in drawn.args] if self.two_sided else [drawn.args]
        self.sides = [
            (*arrays, draw.uniform(-1, 3, len(arrays[0])), draw.random(len(arrays[0])) < 0.7) for arrays in sides
        ]

    def weighted(self, weights: Any) -> Data:
        """The same with other weights: a function of their number."""
        self.sides = [(*arrays, weights(len(mask)), mask) for *arrays, _, mask in self.sides]
        return self

    def value(self, reduction: str, options: str) -> float:
        """What one call gives."""
        if self.two_sided:
            return self.loss.value(*(arrays[0] for arrays in self.sides), reduction=reduction)
        return call(self.loss.value, self.sides[0], options, reduction=reduction)

    def parts(self) -> Iterator[list[tuple[Any, ...]]]:
        """All data once, in a random order and cut in random places, some of them the same."""
        orders = [self.draw.permutation(len(mask)) for *_, mask in self.sides]
        count = int(self.draw.integers(1, 9))
        cuts = [np.sort(self.draw.integers(0, len(order) + 1, count - 1)) for order in orders]
        pieces = [np.split(order, cut) for order, cut in zip(orders, cuts, strict=True)]
        if self.draw.random() < 0.2:
            pieces = [[one[:1], one[1:], *rest] for one, *rest in pieces]
        for some in zip(*pieces, strict=True):
            yield [tuple(array[places] for array in arrays) for arrays, places in zip(self.sides, some, strict=True)]

    def state(self, reduction: str, options: str) -> lossreg.State:
        """A state that has seen all, its parts merged in a random order or seen one after the other."""
        states = [self.loss.state(reduction)]
        for part in self.parts():
            at = int(self.draw.integers(len(states)))
            if self.draw.random() < 0.5:
                states.append(self.loss.state(reduction))
            update_by(states[at], part, options)
        while len(states) > 1:
            self.draw.shuffle(states)  # type: ignore[arg-type]
            one, other = states.pop(), states.pop()
            states.append(one.merge(other) if self.draw.random() < 0.5 else one + other)
        return states[0]


def call(method: Any, arrays: tuple[Any, ...], options: str, **more: Any) -> Any:
    *arguments, weight, mask = arrays
    given = {"sample_weight": weight} if "w" in options else {}
    return method(*arguments, **given, **({"where": mask} if "m" in options else {}), **more)


def update_by(state: lossreg.State, sides: list[tuple[Any, ...]], options: str) -> None:
    if len(sides) == 1:
        call(state.update, sides[0], options)
    else:
        state.update(*(arrays[0] for arrays in sides))
