"""A small generative adversarial network in NumPy, with lossreg's minimax pair.

Two multilayer perceptrons, their layers differentiated by hand; the gradients of the scores come from lossreg.

The data are two measurements of the cell nuclei in the breast-cancer set, whose joint distribution is bent and skewed. How
near the generator comes is the energy distance between its samples and a half of the data that it never saw, for which
0 means the same distribution; the distance between the two halves of the data says how near is near enough.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn import datasets
from sklearn.preprocessing import StandardScaler

import lossreg

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

FEATURES = ("mean radius", "mean concavity")
NOISE = 4
WIDTH = 48
BATCH = 128
STEPS = 4000
LEARNING_RATE = 1e-3
SNAPSHOTS = 40
SLOPE = 0.2  # of the leaky rectifiers, on their negative side


@dataclass
class Perceptron:
    """Layers with leaky rectifiers between them, and Adam's moments for each parameter."""

    weights: list[Floats]
    rate: float = LEARNING_RATE
    step: int = 0
    moments: list[list[Floats]] = field(init=False)
    inputs: list[Floats] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.moments = [[np.zeros_like(w) for w in self.weights] for _ in range(2)]

    @classmethod
    def random(cls, sizes: list[int], rng: np.random.Generator) -> Perceptron:
        """He's initialisation; the last row of each matrix is the bias."""
        weights = []
        for fan_in, fan_out in pairwise(sizes):
            matrix = rng.normal(0, np.sqrt(2 / fan_in), (fan_in + 1, fan_out))
            matrix[-1] = 0
            weights.append(matrix)
        return cls(weights)

    def forward(self, x: Floats) -> Floats:
        """The last layer's outputs; the inputs of every layer are kept for `backward`."""
        self.inputs = []
        for layer, matrix in enumerate(self.weights):
            if layer:
                x = np.where(x > 0, x, SLOPE * x)
            self.inputs.append(x)
            x = x @ matrix[:-1] + matrix[-1]
        return x

    def backward(self, grad: Floats) -> tuple[list[Floats], Floats]:
        """From the gradient of the outputs those of the weights and of the inputs."""
        grads = []
        for layer in reversed(range(len(self.weights))):
            x, matrix = self.inputs[layer], self.weights[layer]
            grads.append(np.vstack([x.T @ grad, grad.sum(axis=0)]))
            grad = grad @ matrix[:-1].T
            if layer:
                grad = np.where(x > 0, grad, SLOPE * grad)
        return grads[::-1], grad

    def update(self, grads: list[Floats]) -> None:
        """One step of Adam, with the momentum customary for adversarial training."""
        self.step += 1
        first_decay, second_decay = 0.5, 0.999
        for weights, grad, first, second in zip(self.weights, grads, *self.moments, strict=True):
            first += (1 - first_decay) * (grad - first)
            second += (1 - second_decay) * (grad**2 - second)
            unbiased = np.sqrt(second / (1 - second_decay**self.step)) + 1e-8
            weights -= self.rate * first / (1 - first_decay**self.step) / unbiased


@dataclass(frozen=True)
class Game:
    """What came of a training: the two losses, the distances on the way, and samples at some of the steps."""

    discriminator: lossreg.Loss
    generator: lossreg.Loss
    held_out: Floats
    steps: list[int]
    discriminator_losses: list[float]
    generator_losses: list[float]
    distances: list[float]
    halves: float
    samples: dict[int, Floats]
    real_scores: Floats
    fake_scores: Floats


def load() -> Floats:
    """The two measurements, standardised."""
    table = datasets.load_breast_cancer()
    columns = [list(table.feature_names).index(name) for name in FEATURES]
    scaled: Floats = StandardScaler().fit_transform(table.data[:, columns])
    return scaled


def play(seed: int, saturating: bool, steps: int = STEPS) -> Game:
    """Train both players in turn; the same seed gives the same start and the same batches for either generator loss."""
    rng = np.random.default_rng(seed)
    measured = load()[rng.permutation(len(load()))]
    seen, held_out = measured[::2], measured[1::2]
    generator = Perceptron.random([NOISE, WIDTH, WIDTH, 2], rng)
    discriminator = Perceptron.random([2, WIDTH, WIDTH, 1], rng)
    d_loss: Any = lossreg.get("minimax_discriminator")
    g_loss: Any = lossreg.get("minimax_generator", saturating=saturating)
    fixed_noise = rng.normal(size=(len(seen), NOISE))
    averaged = [matrix.copy() for matrix in generator.weights]
    looks = set(np.round(np.linspace(0, steps, SNAPSHOTS + 1)).astype(int).tolist())
    record: dict[str, list[Any]] = {name: [] for name in ("step", "d", "g", "distance")}
    samples: dict[int, Floats] = {}

    for step in range(steps + 1):
        for player in (generator, discriminator):
            player.rate = LEARNING_RATE * (1 - step / (steps + 1))
        real = seen[rng.integers(len(seen), size=BATCH)]
        fake = generator.forward(rng.normal(size=(BATCH, NOISE)))

        scores = discriminator.forward(np.vstack([real, fake]))[:, 0]
        d_value, d_grads = d_loss.value_and_grad(scores[:BATCH], scores[BATCH:])
        grads, _ = discriminator.backward(np.concatenate(d_grads)[:, None])
        g_scores = scores[BATCH:]
        if step in looks:
            samples[step] = Perceptron(averaged).forward(fixed_noise)
            record["step"].append(step)
            record["d"].append(d_value)
            record["g"].append(g_loss.value(g_scores))
            record["distance"].append(energy_distance(samples[step], held_out))
        discriminator.update(grads)

        g_scores = discriminator.forward(fake)[:, 0]
        g_grad = g_loss.grad(g_scores)
        _, to_samples = discriminator.backward(g_grad[:, None])
        grads, _ = generator.backward(to_samples)
        generator.update(grads)
        for mean, matrix in zip(averaged, generator.weights, strict=True):
            mean += 0.01 * (matrix - mean)

    return Game(
        d_loss,
        g_loss,
        held_out,
        record["step"],
        record["d"],
        record["g"],
        record["distance"],
        energy_distance(seen, held_out),
        {step: samples[step] for step in (0, record["step"][len(looks) // 8], steps)},
        scores[:BATCH],
        scores[BATCH:],
    )


def energy_distance(a: Floats, b: Floats) -> float:
    """√(2·E|a − b| − E|a − a'| − E|b − b'|) over all pairs, of Székely and Rizzo."""
    return float(np.sqrt(2 * cdist(a, b).mean() - cdist(a, a).mean() - cdist(b, b).mean()))
