"""`lossreg eval` over more than fits into memory: some rows at a time, the same bits, and it can be stopped."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossreg
from lossreg.streams import delimited, numpy_files

RNG = np.random.default_rng(5)
Y, P, W = RNG.random((3, 500))
EXPECTED = lossreg.get("huber")(Y, P, W)


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "ROWS", 64)
    monkeypatch.setattr(numpy_files, "BLOCK", 1024)


def table(rows: slice) -> str:
    return "y,p,w\n" + "".join(
        f"{y!r},{p!r},{w!r}\n" for y, p, w in zip(Y[rows].tolist(), P[rows].tolist(), W[rows].tolist(), strict=True)
    )


def test_folders_whose_names_are_columns(lossreg_command: Any, tmp_path: Path) -> None:
    for key, rows in {"1": slice(0, 200), "2.5": slice(200, 500)}.items():
        (tmp_path / f"k={key}" / "day=a%20b").mkdir(parents=True)
        (tmp_path / f"k={key}" / "day=a%20b" / "part.csv").write_text(table(rows), encoding="utf-8")
    options = ("--data", tmp_path, "--pred", "p")
    assert float(lossreg_command("eval", "huber", *options, "--true", "y", "--weight", "w").out) == EXPECTED
    key = np.where(np.arange(500) < 200, 1, 2.5)
    assert float(lossreg_command("eval", "huber", *options, "--true", "k").out) == lossreg.get("huber")(key, P)
    code, _, err = lossreg_command("eval", "huber", *options, "--true", "day")
    assert code == 1
    assert "part.csv, column day: its folder says 'a b', no number" in err


def test_arguments_from_files_that_are_divided_otherwise(lossreg_command: Any, tmp_path: Path) -> None:
    (tmp_path / "y.csv").write_text(table(slice(None)), encoding="utf-8")
    np.save(tmp_path / "p.npy", np.asfortranarray(np.stack([W, P], 1)))
    np.savez_compressed(tmp_path / "w.npz", w=W.astype(np.float32).astype(float), short=W[:499])
    sources = ("--true", f"{tmp_path / 'y.csv'}:y", "--pred", f"{tmp_path / 'p.npy'}:2", "--weight")
    out = json.loads(lossreg_command("eval", "huber", *sources, f"{tmp_path / 'w.npz'}:w", "--json").out)
    assert out == {
        "loss": "huber()",
        "reduction": "mean",
        "elements": 500,
        "value": lossreg.get("huber")(Y, P, W.astype(np.float32)),
    }
    code, _, err = lossreg_command("eval", "huber", *sources, f"{tmp_path / 'w.npz'}:short")
    assert code == 1
    assert "w.npz has 499 rows and " in err


def test_scores_of_two_players_may_be_of_unequal_number(lossreg_command: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "real.npy", P)
    np.save(tmp_path / "fake.npy", W[:100])
    sources = ("--true", tmp_path / "real.npy", "--pred", tmp_path / "fake.npy")
    out = lossreg_command("eval", "minimax_discriminator", *sources).out
    assert float(out) == lossreg.get("minimax_discriminator")(P, W[:100])


def test_one_set_of_all_rows(lossreg_command: Any, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(table(slice(None)), encoding="utf-8")
    out = lossreg_command("eval", "dice(from_logits=False)", "--data", tmp_path, "--true", "y", "--pred", "p").out
    assert float(out) == lossreg.get("dice", from_logits=False)(Y, P)


def test_classes_on_the_first_axis(lossreg_command: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "scores.npy", scores := RNG.random((3, 500)))
    np.save(tmp_path / "class.npy", classes := RNG.integers(0, 3, 500))
    sources = ("--true", tmp_path / "class.npy", "--pred", tmp_path / "scores.npy")
    out = lossreg_command("eval", "scce(axis=0)", *sources).out
    assert float(out) == lossreg.get("scce", axis=0)(classes, scores)


@pytest.mark.skipif(sys.platform == "win32", reason="signals to a process")
def test_it_can_be_interrupted() -> None:
    command = [sys.executable, "-m", "lossreg", "eval", "mse", "--data", "-", "--true", "y", "--pred", "p"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdin
        process.stdin.write("y,p\n" + "1,2\n" * 200_000)  # more than a pipe holds: it is being read
        process.stdin.flush()
        for _ in range(60):  # one that comes within a destructor is lost
            process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                process.wait(1)
                break
        assert process.returncode == 130
        assert process.stderr
        assert process.stderr.read() == "lossreg: interrupted\n"
