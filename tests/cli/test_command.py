"""The command as a whole: usage, extras, completion, signals, pipes, and that it runs as a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import lossreg
from lossreg.cli.arguments import bytes_of, complete_name, value_of
from lossreg.cli.output import printable


@pytest.mark.parametrize(
    "arguments",
    [
        ("eval", "huber"),
        ("eval", "huber", "--pred", "{data}:p"),
        ("eval", "minimax_generator", "--true", "{data}:y", "--pred", "{data}:p"),
        ("eval", "huber", "--true", "{data}:y", "--pred", "{data}:p", "--reduction", "median"),
        ("eval", "huber", "--true", "{data}:y", "--pred", "{data}:p", "--param", "delta"),
        ("eval", "huber", "--true", "{data}:y", "--pred", "{data}:p", "-p", "delta=1", "-p", "delta=2"),
        ("eval", "huber", "--true", "{data}:y", "--pred", "{data}:p", "--grad", "grad.txt"),
        ("plot", "huber", "--out", "huber.doc"),
        ("show",),
        ("sing",),
        ("demo", "--seed", "-1"),
        ("eval", "huber", "--true", "{data}:y", "--pred", "{data}:p", "--sep", ";;"),
        ("eval", "huber", "--true", "{data}:y", "--pred", "{data}:p", "--max-unpacked", "much"),
        ("eval", "huber", "--true", "{data}:y", "--pred", "{data}:p", "--grad", "grad.npz"),
        ("bench", "huber", "--size", "0"),
        ("bench", "huber", "--threads", "0"),
        ("bench", "huber", "--dtype", "int8"),
        ("check",),
    ],
)
def test_usage_errors(lossreg_command: Any, data: Path, arguments: tuple[str, ...]) -> None:
    code, out, err = lossreg_command(*(argument.format(data=data) for argument in arguments))
    assert (code, out) == (2, "")
    assert "Usage: lossreg" in err


@pytest.mark.parametrize(
    ("library", "arguments", "extra"),
    [
        ("typer", "list", "cli"),
        ("rich", "list", "cli"),
        ("matplotlib", "plot huber", "cli"),
        ("sklearn", "demo", "demo"),
    ],
)
def test_missing_library_is_answered_with_its_extra(library: str, arguments: str, extra: str, tmp_path: Path) -> None:
    program = f"import sys; sys.modules[{library!r}] = None; from lossreg.cli import main; main()"
    command = [sys.executable, "-c", program, *arguments.split()]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("lossreg: ")
    assert f'pip install "lossreg[{extra}]"' in ended.stderr


def test_completion_of_names() -> None:
    assert complete_name("hu") == ["huber"]
    assert complete_name("") == lossreg.names()


def test_shell_completion() -> None:
    environment = os.environ | {
        "_LOSSREG_COMPLETE": "complete_bash",
        "COMP_WORDS": "lossreg show hub",
        "COMP_CWORD": "2",
    }
    ended = subprocess.run(
        [sys.executable, "-m", "lossreg.cli"], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.stdout.split() == ["huber"]


def test_as_a_process() -> None:
    command = [sys.executable, "-m", "lossreg.cli"]
    ended = subprocess.run([*command, "--version"], capture_output=True, text=True, check=True)
    assert ended.stdout == f"lossreg {lossreg.__version__}\n"
    reader = subprocess.run(
        f"{sys.executable} -m lossreg.cli list | head -1", check=False, shell=True, capture_output=True, text=True
    )
    assert reader.stdout.startswith(lossreg.names()[0])
    assert reader.stderr == ""


def test_as_a_module() -> None:
    for module in ("lossreg", "lossreg.cli"):
        ended = subprocess.run([sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True)
        assert ended.stdout == f"lossreg {lossreg.__version__}\n"


def test_nothing_asked_for_is_answered_with_the_commands(lossreg_command: Any) -> None:
    _, out, err = lossreg_command()
    for name in ("list", "show", "eval", "plot", "check", "bench", "plugins", "demo"):
        assert name in out + err
        assert lossreg_command(name, "--help").code == 0


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, PermissionError(13, "Permission denied")])
def test_what_stops_a_command_is_one_line(lossreg_command: Any, monkeypatch: pytest.MonkeyPatch, error: Any) -> None:
    def stop(*arguments: Any, **options: Any) -> None:
        raise error

    monkeypatch.setattr(lossreg, "names", stop)
    code, out, err = lossreg_command("list")
    assert code == (130 if error is KeyboardInterrupt else 1)
    assert out == ""
    assert err.startswith("lossreg: ")
    assert err.rstrip().count("\n") == 0


def test_a_closed_pipe_is_silent() -> None:
    for command in ("list", "list --json", "show huber"):
        ended = subprocess.run(
            f"{sys.executable} -m lossreg {command} | true", check=False, shell=True, capture_output=True, text=True
        )
        assert (ended.stdout, ended.stderr) == ("", "")


def test_letters_that_the_output_cannot_show_are_no_error() -> None:
    environment = os.environ | {"PYTHONIOENCODING": "ascii"}
    for command in ("show log_cosh", "show log_cosh --json", "show hüber"):
        ended = subprocess.run(
            [sys.executable, "-m", "lossreg", *command.split()],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == (1 if "ü" in command else 0)
        assert "Traceback" not in ended.stderr


def test_nothing_that_is_shown_steers_the_terminal(lossreg_command: Any, tmp_path: Path) -> None:
    assert printable("a\x1b[31m\r\n\x9b\u202e\udc80é") == r"a\x1b[31m\r\n\x9b\u202e\udc80é"
    assert printable("x" * 10_000) == "x" * 2000 + "…"
    evil = "\x1b]0;owned\x07\u202e"
    (tmp_path / "table.csv").write_text(f'y,"{evil}"\n1,x\n', encoding="utf-8")
    (tmp_path / f"{evil}.csv").write_text("y\n", encoding="utf-8")
    commands = [
        ("eval", "huber", "--data", tmp_path / "table.csv", "--true", "y", "--pred", "p"),
        ("eval", "huber", "--data", tmp_path / "table.csv", "--true", "y", "--pred", "2"),
        ("eval", "huber", "--data", tmp_path / f"{evil}.csv", "--true", "y", "--pred", "y"),
        ("eval", "huber", "--data", f"{evil}*", "--true", "y", "--pred", "y"),
        ("show", evil),
        ("show", "huber", evil),
        ("eval", "huber", "--pred", "y", "--true", "y", "--grad", f"{evil}.txt"),
        ("check", f"{evil}:x"),
    ]
    for command in commands:
        code, out, err = lossreg_command(*command)
        assert code
        assert out == ""
        assert "\\x1b]0;owned\\x07" in err
        assert all(letter.isprintable() or letter == "\n" for letter in err)


@pytest.mark.parametrize(
    ("typed", "meant"),
    {
        "2": 2,
        "-1": -1,
        "0.5": 0.5,
        "1e3": 1000.0,
        "inf": float("inf"),
        "true": True,
        "False": False,
        "none": None,
        "[1, 2.5]": [1, 2.5],
        "(1,)": [1],
        "soft": "soft",
        "'2'": "2",
        "1_0": "1_0",
        "１": "１",
        "[1, [2]]": "[1, [2]]",
        "[]": "[]",
        "": "",
    }.items(),
)
def test_parameters_as_typed(typed: str, meant: Any) -> None:
    got = value_of(typed)
    assert got == meant
    assert type(got) is type(meant)


@pytest.mark.parametrize("value", ["[" * 100_000, "-" * 100_000 + "1", "(" * 5000 + "1" + ")" * 5000, "9" * 100_000])
def test_parameters_that_nest_or_never_end_are_refused_in_a_line(lossreg_command: Any, value: str) -> None:
    for name in ("delta", "class_weight"):
        loss = "huber" if name == "delta" else "categorical_cross_entropy"
        code, out, err = lossreg_command("show", loss, "-p", f"{name}={value}")
        assert (code, out) == (1, "")
        assert name in err
        assert len(err) < 3000
        assert err.rstrip().count("\n") == 0


def test_sizes_as_typed() -> None:
    assert [bytes_of(text) for text in ("7", "2k", "3MiB", "4 GB", "1t")] == [7, 2048, 3 * 2**20, 2**32, 2**40]


@pytest.mark.skipif(sys.platform == "win32", reason="a shell of POSIX")
@pytest.mark.parametrize("command", ["list", "show huber", "list --json"])
def test_output_that_is_closed_or_full(command: str) -> None:
    def run(redirection: str) -> tuple[int, str]:
        line = f"{sys.executable} -m lossreg {command} {redirection}"
        ended = subprocess.run(line, check=False, shell=True, capture_output=True, text=True)
        return ended.returncode, ended.stderr

    assert run(">&-") == (0, "")
    assert run("2>&- >/dev/null") == (0, "")
    if os.path.exists("/dev/full"):
        assert run(">/dev/full") == (1, "lossreg: No space left on device\n")


def test_standard_input_that_is_closed(lossreg_command: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    code, _, err = lossreg_command("eval", "huber", "--data", "-", "--true", "y", "--pred", "p")
    assert (code, err) == (1, "lossreg: standard input is closed")


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe with a name, and a signal")
def test_ctrl_c_is_one_line(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); from lossreg.cli import main; main()"
    )
    command = [sys.executable, "-c", program, "eval", "huber", "--data", str(pipe), "--true", "y", "--pred", "p"]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process,
        pipe.open("w", encoding="utf-8"),  # opens when the other side does: the command is reading now
    ):
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert (process.returncode, out, err) == (130, "", "lossreg: interrupted\n")
