"""The demo: every training ends where scikit-learn's own model of the same kind does, and the GAN finds its data."""

from __future__ import annotations

import math

import numpy as np
import pytest

pytest.importorskip("scipy", reason="scipy comes with the extra 'demo'")
pytest.importorskip("sklearn", reason="sklearn comes with the extra 'demo'")

import lossreg
from lossreg.demo import fit, gan, run, table, timing, trainings
from lossreg.demo.plain import PLAIN

SUPERVISED = [
    "binary_cross_entropy",
    "hinge",
    "binary_focal",
    "categorical_cross_entropy",
    "sparse_categorical_cross_entropy",
    "kl_divergence",
    "squared_error",
    "absolute_error",
    "huber",
]
GAP = {"accuracy": 0.02, "R²": 0.03}


@pytest.fixture(scope="module")
def stages() -> list[str]:
    return []


@pytest.fixture(scope="module")
def report(stages: list[str]) -> run.Report:
    return run.run(seed=0, quick=True, progress=stages.append)


def test_table_has_a_row_for_each_training(report: run.Report) -> None:
    names = [row.loss.partition("(")[0] for row in report.rows]
    assert names == [*SUPERVISED, "minimax_discriminator", "minimax_generator"]
    for row in report.rows:
        assert len(row.cells()) == len(table.HEADERS)
        assert all(row.cells())


def test_stages_are_those_announced(report: run.Report, stages: list[str]) -> None:
    assert len(stages) == run.STAGES


@pytest.mark.parametrize("name", SUPERVISED)
def test_training_ends_where_scikit_learn_does(report: run.Report, name: str) -> None:
    row = report.rows[SUPERVISED.index(name)]
    assert row.end < 0.7 * row.start
    assert abs(row.quality - row.reference) <= GAP[row.measure], row.cells()
    assert row.quality > {"accuracy": 0.9, "R²": 0.3}[row.measure]


def test_curves_begin_and_end_with_the_figures_of_the_table(report: run.Report) -> None:
    for result in report.trainings:
        steps, losses = result.curve
        assert (steps[0], steps[-1]) == (0, result.steps)
        assert (losses[0], losses[-1]) == (result.start, result.end)
        assert steps == sorted(set(steps))


def test_game_finds_the_data(report: run.Report) -> None:
    for game in report.games.values():
        assert game.distances[-1] < 0.25 * game.distances[0]
        assert game.distances[-1] < 2 * game.halves
    discriminator, generator = report.rows[-2:]
    game = report.games["non-saturating"]
    for row in (discriminator, generator):
        assert (row.quality_start, row.quality) == (game.distances[0], game.distances[-1])


def test_energy_distance() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=(40, 2))
    # Of two points a and b it is √(2·|a − b|).
    assert gan.energy_distance(np.zeros((1, 2)), np.array([[3.0, 4.0]])) == math.sqrt(10)
    assert gan.energy_distance(a, a[::-1]) < 1e-6
    assert gan.energy_distance(a, a + 1) < gan.energy_distance(a, a + 2)


def test_perceptron_gradients_are_those_of_differences() -> None:
    rng = np.random.default_rng(1)
    network = gan.Perceptron.random([3, 5, 2], rng)
    x, pull = rng.normal(size=(4, 3)), rng.normal(size=(4, 2))
    network.forward(x)
    grads, to_inputs = network.backward(pull)
    step = 1e-6

    def slope(array: np.ndarray, index: tuple[int, ...]) -> float:
        old, values = array[index], []
        for sign in (1, -1):
            array[index] = old + sign * step
            values.append((network.forward(x) * pull).sum())
        array[index] = old
        return (values[0] - values[1]) / (2 * step)

    for array, grad in ((network.weights[0], grads[0]), (network.weights[1], grads[1]), (x, to_inputs)):
        for index in np.ndindex(array.shape):
            assert slope(array, index) == pytest.approx(grad[index], rel=1e-6, abs=1e-8)


def test_newton_system_is_the_derivative_of_the_objective() -> None:
    rng = np.random.default_rng(2)
    features, targets = rng.normal(size=(30, 4)), rng.integers(0, 2, 30)
    objective = fit.Objective(lossreg.get("binary_cross_entropy"), features, targets, outputs=1, ridge=0.1)
    weights = rng.normal(size=4)
    grad, hess = objective.newton_system(weights)
    np.testing.assert_allclose(grad, objective.value_and_grad(weights)[1], rtol=1e-12)
    step = 1e-6
    for column, direction in enumerate(np.eye(4)):
        ends = [objective.value_and_grad(weights + sign * step * direction)[1] for sign in (1, -1)]
        np.testing.assert_allclose((ends[0] - ends[1]) / (2 * step), hess[column], rtol=1e-6)


@pytest.mark.parametrize("name", [*SUPERVISED, "minimax_discriminator", "minimax_generator"])
def test_plain_numpy_does_the_same_job(name: str) -> None:
    rng = np.random.default_rng(3)
    scores = 3 * rng.normal(size=(50, 4))
    classes = rng.integers(0, 4, 50)
    arguments = {
        "categorical_cross_entropy": (np.eye(4)[classes], scores),
        "kl_divergence": (rng.dirichlet(np.ones(4), 50), scores),
        "sparse_categorical_cross_entropy": (classes, scores),
        "minimax_discriminator": (scores[:, 0], scores[:, 1]),
        "minimax_generator": (scores[:, 0],),
    }.get(name, (rng.integers(0, 2, 50).astype(float), scores[:, 0]))
    value, grad = lossreg.get(name).value_and_grad(*arguments)
    plain_value, plain_grad = PLAIN[name](*arguments)
    assert value == pytest.approx(plain_value, rel=1e-12)
    grad, plain_grad = np.asarray(grad), np.asarray(plain_grad)
    assert np.abs(grad - plain_grad).max() <= 1e-14 * np.abs(grad).max() + 1e-16


def test_timing_repeats_the_data_and_passes_the_parameters_on() -> None:
    loss = lossreg.get("huber", delta=2.0)
    result = timing.compare(loss, np.zeros(30), np.ones(30), elements=1000, rounds=1)
    assert (result.elements, result.own_elements) == (1020, 30)
    assert result.rate == result.elements / result.seconds
    assert min(result.seconds, result.plain_seconds, result.own_seconds, result.own_plain_seconds) > 0
    assert timing._parameters("huber") == ["delta"]


def test_durations_read_well() -> None:
    assert [table.duration(s) for s in (2.5, 0.0123, 4.56e-5, 7e-7)] == ["2.5 s", "12.3 ms", "45.6 µs", "700 ns"]


def test_thinning_keeps_the_ends() -> None:
    objective = fit.Objective(lossreg.get("squared_error"), np.ones((3, 1)), np.zeros(3), outputs=1, ridge=0.0)
    steps, losses = trainings.thinned_losses(objective, [np.array([float(k)]) for k in range(1000)])
    assert (steps[0], steps[-1]) == (0, 999)
    assert len(steps) <= trainings.POINTS
    assert losses[-1] == 999.0**2
