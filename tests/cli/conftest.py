"""A command line run in this process, and a small table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

pytest.importorskip("typer", reason="typer comes with the extra 'cli'")
pytest.importorskip("rich", reason="rich comes with the extra 'cli'")

from lossreg.cli import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def lossreg_command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs a command line in this process."""

    def command(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["lossreg", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            main()
        captured = capsys.readouterr()
        code = left.value.code
        if isinstance(code, str):  # as the interpreter does
            return Outcome(1, captured.out, captured.err + code)
        return Outcome(int(code or 0), captured.out, captured.err)

    return command


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data.csv"
    path.write_text("y,p,w,label\n1,0.5,1,0\n0,2,1,1\n\n3,1,2,2\n", encoding="utf-8")
    return path
