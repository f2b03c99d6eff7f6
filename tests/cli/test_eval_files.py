"""`lossreg eval`: files that are named without an option, as a shell writes them for a pattern."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

import lossreg

Y, P = np.array([1.0, 0.0, 3.0]), np.array([0.5, 2.0, 1.0])


def test_eval_of_files_as_a_shell_names_them(lossreg_command: Any, tmp_path: Path) -> None:
    """Behind an option stands the first of them, as in --data *.csv, and the others behind it."""
    paths = [tmp_path / f"{place}.csv" for place in range(3)]
    for place, path in enumerate(paths):
        path.write_text(f"y,p\n{Y[place]},{P[place]}\n", encoding="utf-8")
    columns = ("--true", "y", "--pred", "p")
    for files in (("--data", *paths), paths, ("--data", tmp_path / "*.csv"), (paths[0], "--data", paths[1], paths[2])):
        assert lossreg_command("eval", "huber", *files, *columns) == (0, f"{lossreg.get('huber')(Y, P)!r}\n", "")
