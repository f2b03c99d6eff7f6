"""The command line: results on standard output, errors on standard error, exit codes 0, 1 and 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pytest

pytest.importorskip("typer", reason="typer comes with the extra 'cli'")
pytest.importorskip("rich", reason="rich comes with the extra 'cli'")

import lossreg
from lossreg.cli import main
from lossreg.cli.arguments import complete_name

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


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


Y, P, W = np.array([1.0, 0.0, 3.0]), np.array([0.5, 2.0, 1.0]), np.array([1.0, 1.0, 2.0])


def test_list(lossreg_command: Any) -> None:
    code, out, err = lossreg_command("list")
    assert (code, err) == (0, "")
    assert [line.split("\t")[0] for line in out.splitlines()] == lossreg.names()
    assert all(line.count("\t") == 2 for line in out.splitlines())


def test_list_of_a_family_as_json(lossreg_command: Any) -> None:
    code, out, _ = lossreg_command("list", "--family", "row-wise", "--json")
    assert code == 0
    infos = json.loads(out)
    assert [info["name"] for info in infos] == lossreg.names(family="row-wise")
    assert all(info["summary"] for info in infos)


def test_list_of_no_family(lossreg_command: Any) -> None:
    code, out, err = lossreg_command("list", "--family", "big")
    assert (code, out) == (2, "")
    assert "row-wise" in err


@pytest.mark.parametrize("name", lossreg.names())
def test_show(lossreg_command: Any, name: str) -> None:
    code, out, err = lossreg_command("show", name)
    info = lossreg.describe(name)
    assert (code, err) == (0, "")
    assert out.startswith(f"{name}(")
    for part in (info.summary, info.formula, info.source, *info.aliases, *(param.doc for param in info.params)):
        assert part in out
    assert json.loads(lossreg_command("show", name, "--json").out)["name"] == name


def test_show_takes_aliases_and_parameters(lossreg_command: Any) -> None:
    alias = lossreg.describe("huber").aliases[0]
    assert lossreg_command("show", alias).out == lossreg_command("show", "huber(delta=2)").out


def test_unknown_loss(lossreg_command: Any) -> None:
    for command in ("show", "plot"):
        code, out, err = lossreg_command(command, "hubr")
        assert (code, out) == (1, "")
        assert err.startswith("lossreg: no loss is called 'hubr'")
        assert "'huber'" in err


@pytest.mark.parametrize("reduction", ["mean", "sum", "weighted_mean"])
def test_eval(lossreg_command: Any, data: Path, reduction: str) -> None:
    options = ("--true", f"{data}:y", "--pred", f"{data}:p", "--weight", f"{data}:w", "--reduction", reduction)
    code, out, err = lossreg_command("eval", "huber(delta=1.5)", *options)
    assert (code, err) == (0, "")
    expected = lossreg.get("huber", delta=1.5).value(Y, P, W, reduction=reduction)
    assert out == f"{expected!r}\n"
    columns = ("--data", data, "--true", "y", "--pred", "p", "--weight", "w", "--reduction", reduction)
    assert lossreg_command("eval", "huber", "--param", "delta=1.5", *columns).out == out
    as_json = json.loads(lossreg_command("eval", "huber(delta=1.5)", *options, "--json").out)
    assert as_json == {"loss": "huber(delta=1.5)", "reduction": reduction, "elements": 3, "value": expected}


def test_eval_of_each_element_and_gradients(lossreg_command: Any, data: Path, tmp_path: Path) -> None:
    for suffix in ("npy", "csv"):
        grad = tmp_path / f"grad.{suffix}"
        options = ("--data", data, "--true", "y", "--pred", "p", "--reduction", "none", "--grad", grad)
        code, out, _ = lossreg_command("eval", "squared_error", *options)
        assert code == 0
        value, expected = lossreg.get("squared_error").value_and_grad(Y, P, reduction="none")
        assert [float(line) for line in out.splitlines()] == value.tolist()
        written = np.load(grad) if suffix == "npy" else np.loadtxt(grad, delimiter=",")
        np.testing.assert_array_equal(written, expected)


def test_eval_of_numpy_files(lossreg_command: Any, tmp_path: Path) -> None:
    classes, scores = np.array([0, 2, 1]), np.arange(9, dtype=np.float32).reshape(3, 3)
    np.save(tmp_path / "classes.npy", classes)
    np.savez(tmp_path / "both.npz", classes=classes, scores=scores)
    expected = lossreg.get("sparse_categorical_cross_entropy").value(classes, scores)
    for true in ("classes.npy", "both.npz:classes"):
        sources = ("--true", tmp_path / true, "--pred", f"{tmp_path / 'both.npz'}:scores")
        assert float(lossreg_command("eval", "sparse_categorical_cross_entropy", *sources).out) == expected


def test_eval_of_a_matrix_in_csv(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("class,a,b,c\n0,1,2,3\n2,0.5,0,-1\n", encoding="utf-8")
    options = ("--data", path, "--true", "class", "--pred", "a,b,c")
    rows = np.array([[1, 2, 3], [0.5, 0, -1]])
    expected = lossreg.get("sparse_categorical_cross_entropy").value(np.array([0, 2]), rows)
    assert float(lossreg_command("eval", "sparse_categorical_cross_entropy", *options).out) == expected


def test_eval_of_a_file_without_header(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "bare.csv"
    path.write_text("1,0.5\n0,2\n3,1\n", encoding="utf-8")
    out = lossreg_command("eval", "squared_error", "--data", path, "--true", "1", "--pred", "2").out
    assert float(out) == lossreg.get("squared_error").value(Y, P)


def test_eval_of_adversarial_losses(lossreg_command: Any, data: Path, tmp_path: Path) -> None:
    grad = tmp_path / "grad.npz"
    out = lossreg_command(
        "eval", "minimax_discriminator", "--data", data, "--true", "y", "--pred", "p", "--grad", grad
    ).out
    value, (real, fake) = lossreg.get("minimax_discriminator").value_and_grad(Y, P)
    assert float(out) == value
    with np.load(grad) as written:
        np.testing.assert_array_equal(written["real_scores"], real)
        np.testing.assert_array_equal(written["fake_scores"], fake)
    out = lossreg_command("eval", "minimax_generator", "-p", "saturating=false", "--data", data, "--pred", "p").out
    assert float(out) == lossreg.get("minimax_generator", saturating=False).value(P)


def test_eval_writes_json_without_nan(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "nan.csv"
    path.write_text("y,p\n1,nan\n1,inf\n1,1\n", encoding="utf-8")
    options = ("--data", path, "--true", "y", "--pred", "p", "--reduction", "none", "--json")

    def refuse(constant: str) -> None:
        raise AssertionError(constant)

    out = lossreg_command("eval", "squared_error", *options).out
    assert json.loads(out, parse_constant=refuse)["value"] == ["nan", "inf", 0.0]


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("y,p\n1,2\n1,x\n", "p", "line 3, column p: 'x' is not a number"),
        ("y,p\n1,2\n\n1,\n", "p", "line 4, column p: nothing there"),
        ("y,p\n1,2\n1,2,3\n", "p", "line 3: 3 fields, where the first line has 2"),
        ('y,p\n"1\n",2\n1,x\n', "p", "line 4, column p: 'x' is not a number"),
        ("y,pred\n1,2\n", "pre", "no column is called 'pre'; did you mean 'pred'?"),
        ("y,z\n1,2\n", "p", "no column is called 'p'; there are y, z"),
        ("y,p,p\n1,2,3\n", "p", "2 columns are called 'p'"),
        ("", "p", "the file is empty"),
        ('y,p\n1,"2\n', "p", "no CSV: "),
    ],
)
def test_wrong_csv(lossreg_command: Any, tmp_path: Path, text: str, column: str, message: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(text, encoding="utf-8")
    good = tmp_path / "good.npy"
    np.save(good, np.ones(2))
    code, out, err = lossreg_command("eval", "squared_error", "--true", good, "--pred", f"{path}:{column}")
    assert (code, out) == (1, "")
    assert err.startswith(f"lossreg: {path}")
    assert message in err


def test_wrong_numpy_files(lossreg_command: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "two.npz", a=Y, b=P)
    (tmp_path / "text.npy").write_text("no array")
    np.save(tmp_path / "objects.npy", np.array([{}], dtype=object), allow_pickle=True)
    messages = {
        "none.npy": "there is no such file",
        "two.npz": "say which array: a, b",
        "two.npz:c": "no array is called 'c'; there are a, b",
        "text.npy": "no NPY file of numbers",
        "objects.npy": "no NPY file of numbers",
    }
    for source, message in messages.items():
        code, out, err = lossreg_command(
            "eval", "huber", "--true", f"{tmp_path / 'two.npz'}:a", "--pred", tmp_path / source
        )
        assert (code, out) == (1, "")
        assert message in err


def test_an_element_outside_the_domain_is_named_with_its_line(lossreg_command: Any, data: Path) -> None:
    code, out, err = lossreg_command("eval", "binary_cross_entropy", "--data", data, "--true", "label", "--pred", "p")
    assert (code, out) == (1, "")
    assert "y_true holds 2" in err
    assert err.rstrip().endswith(f"({data}, line 5)")


def test_shapes_and_parameters_that_a_loss_refuses(lossreg_command: Any, data: Path) -> None:
    code, _, err = lossreg_command("eval", "huber", "--data", data, "--true", "y", "--pred", "p,w")
    assert code == 1
    assert "(3,)" in err
    assert "(3, 2)" in err
    for wrong in ("delta=-1", "delta=soft", "depth=3"):
        code, _, err = lossreg_command("eval", "huber", "-p", wrong, "--data", data, "--true", "y", "--pred", "p")
        assert code == 1
        assert wrong.partition("=")[0] in err


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
    ],
)
def test_usage_errors(lossreg_command: Any, data: Path, arguments: tuple[str, ...]) -> None:
    code, out, err = lossreg_command(*(argument.format(data=data) for argument in arguments))
    assert (code, out) == (2, "")
    assert "Usage: lossreg" in err


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_plot(lossreg_command: Any, tmp_path: Path, suffix: str) -> None:
    pytest.importorskip("matplotlib")
    path = tmp_path / f"curves.{suffix}"
    code, out, err = lossreg_command("plot", "binary_focal", "-p", "gamma=3", "--out", path)
    assert (code, out, err) == (0, f"{path}\n", "")
    assert path.read_bytes().startswith({"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[suffix])


@pytest.mark.parametrize("name", [*lossreg.names(), "gamma(log_input=False)", "kl_divergence(from_logits=False)"])
def test_every_loss_has_curves(name: str) -> None:
    pytest.importorskip("matplotlib")
    from lossreg.demo import curves

    _, lines = curves.curves(lossreg.get(name))
    for line in lines:
        for kind in curves.KINDS:
            assert np.isfinite(line.of(kind)).all()


def test_gradient_curves_are_the_slopes_of_the_value_curves() -> None:
    pytest.importorskip("matplotlib")
    from lossreg.demo import curves

    for name in ("binary_cross_entropy", "kl_divergence", "log_cosh", "minimax_discriminator", "poisson"):
        for line in curves.curves(lossreg.get(name))[1]:
            slope = np.gradient(line.value, line.x, edge_order=2)
            assert np.abs(slope - line.gradient).max() < 1e-3 * np.abs(line.gradient).max()


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


def test_curves_of_a_loss_without_derivatives() -> None:
    pytest.importorskip("matplotlib")
    from lossreg.demo import curves, paint

    class CubeError(lossreg.PythonLoss):
        name = "cube_error"

        def per_element(self, y_true: np.ndarray, y_pred: np.ndarray) -> np.ndarray:
            return np.abs(y_pred - y_true) ** 3

    (line,) = curves.curves(CubeError())[1]
    assert line.of("Value").max() == 27
    assert line.of("Hessian") is None
    with paint.look():
        panels = curves.overview(CubeError()).axes
    assert [text.get_text() for text in panels[2].texts] == ["not given"]


def test_demo(lossreg_command: Any, tmp_path: Path) -> None:
    for library in ("jinja2", "matplotlib", "scipy", "sklearn"):
        pytest.importorskip(library)
    from lossreg.demo import table

    code, out, err = lossreg_command("demo", "--quick", "--out", tmp_path / "gallery")
    assert (code, err) == (0, "")
    page = tmp_path / "gallery" / "index.html"
    assert out.endswith(f"Gallery: {page}\n")
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert all(header in out for header in table.HEADERS)
    assert "huber(delta=" in out
