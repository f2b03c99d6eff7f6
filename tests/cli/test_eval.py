"""`lossreg eval`: the numbers are those of the library, whatever the data come from."""

from __future__ import annotations

import bz2
import csv
import gzip
import io
import json
import lzma
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lossreg

Y, P, W = np.array([1.0, 0.0, 3.0]), np.array([0.5, 2.0, 1.0]), np.array([1.0, 1.0, 2.0])


@pytest.mark.parametrize("reduction", ["mean", "sum", "weighted_mean"])
def test_eval(lossreg_command: Any, data: Path, reduction: str) -> None:
    options = ("--true", f"{data}:y", "--pred", f"{data}:p", "--weight", f"{data}:w", "--reduction", reduction)
    code, out, err = lossreg_command("eval", "huber(delta=1.5)", *options)
    assert (code, err) == (0, "")
    expected = lossreg.get("huber", delta=1.5).value(Y, P, W, reduction=reduction)
    assert out == f"{expected!r}\n"
    columns = ("--data", data, "--true", "y", "--pred", "p", "--weight", "w", "--reduction", reduction)
    assert lossreg_command("eval", "huber", "--param", "delta=1.5", *columns).out == out
    assert lossreg_command("eval", "huber", data, "--param", "delta=1.5", *columns[2:]).out == out
    as_json = json.loads(lossreg_command("eval", "huber(delta=1.5)", *options, "--json").out)
    assert as_json == {"loss": "huber(delta=1.5)", "reduction": reduction, "elements": 3, "value": expected}


@pytest.mark.parametrize("loss", ["huber", "dice", "minimax_discriminator"])
def test_eval_of_no_rows(lossreg_command: Any, tmp_path: Path, loss: str) -> None:
    """As the call: the sum of nothing is 0, and nothing has no mean."""
    text, arrays = tmp_path / "none.csv", tmp_path / "none.npz"
    text.write_text("y,p\n", encoding="utf-8")
    np.savez(arrays, y=np.zeros(0), p=np.zeros(0))
    grad = tmp_path / ("grad.npz" if loss == "minimax_discriminator" else "grad.npy")
    for path in (text, arrays):
        command = ("eval", loss, "--data", path, "--true", "y", "--pred", "p")
        assert lossreg_command(*command, "--reduction", "sum") == (0, "0.0\n", "")
        assert lossreg_command(*command, "--reduction", "none") == (0, "", "")
        for refused in (("mean",), ("weighted_mean",), ("sum", "--grad", grad)):
            code, out, err = lossreg_command(*command, "--reduction", *refused)
            assert (code, out) == (1, "")
            assert "there are no rows" in err
        assert json.loads(lossreg_command(*command, "--reduction", "sum", "--json").out)["elements"] == 0


@pytest.mark.parametrize("sources", [("--true", "", "--pred", "p.npy"), ("--data", "", "--true", "y", "--pred", "p")])
def test_eval_of_a_name_that_is_empty(lossreg_command: Any, sources: tuple[str, ...]) -> None:
    """As of a variable of the shell that nobody set."""
    code, out, err = lossreg_command("eval", "huber", *sources)
    assert (code, out) == (1, "")
    assert err.startswith("lossreg: '': there is no such file")


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


def test_an_element_outside_the_domain_is_named_with_its_line(lossreg_command: Any, data: Path) -> None:
    code, out, err = lossreg_command("eval", "binary_cross_entropy", "--data", data, "--true", "label", "--pred", "p")
    assert (code, out) == (1, "")
    assert "y_true holds 2" in err
    assert err.rstrip().endswith(f"(column label of {data}, line 5)")


def test_shapes_and_parameters_that_a_loss_refuses(lossreg_command: Any, data: Path) -> None:
    code, _, err = lossreg_command("eval", "huber", "--data", data, "--true", "y", "--pred", "p,w")
    assert code == 1
    assert "(3,)" in err
    assert "(3, 2)" in err
    for wrong in ("delta=-1", "delta=soft", "depth=3"):
        code, _, err = lossreg_command("eval", "huber", "-p", wrong, "--data", data, "--true", "y", "--pred", "p")
        assert code == 1
        assert wrong.partition("=")[0] in err


# Where the data come from


TEXT = "y,p,w\n1,0.5,1\n0,2,1\n3,1,2\n"
EXPECTED = lossreg.get("squared_error").value(Y, P)
WEIGHTED = lossreg.get("squared_error").value(Y, P, W)
PACKERS: dict[str, Callable[[bytes], bytes]] = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress}


def value_of(lossreg_command: Any, *arguments: object) -> float:
    code, out, err = lossreg_command("eval", "squared_error", *arguments)
    assert (code, err) == (0, "")
    return float(out)


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_separators_are_found_out(lossreg_command: Any, tmp_path: Path, separator: str, header: bool) -> None:
    path = tmp_path / "data.csv"
    text = TEXT if header else TEXT.partition("\n")[2]
    path.write_text(text.replace(",", separator), encoding="utf-8")
    columns = ("y", "p", "w") if header else ("1", "2", "3")
    options = dict(zip(("--true", "--pred", "--weight"), columns, strict=True))
    flat = [word for pair in options.items() for word in pair]
    assert value_of(lossreg_command, "--data", path, *flat) == WEIGHTED
    assert value_of(lossreg_command, "--data", path, "--sep", separator, *flat) == WEIGHTED
    if header:  # by number as well
        assert value_of(lossreg_command, "--data", path, "--true", "1", "--pred", "2", "--weight", "3") == WEIGHTED


def test_blanks_between_numbers_are_found_out(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    np.savetxt(path, np.array([Y, P]).T)
    assert value_of(lossreg_command, "--data", path, "--true", "1", "--pred", "2") == EXPECTED
    path.write_text(path.read_text(encoding="utf-8") + "\n\n", encoding="utf-8")
    assert value_of(lossreg_command, "--data", path, "--true", "1", "--pred", "2") == EXPECTED
    path.write_text("the target   p\n1 1.5\n", encoding="utf-8")
    assert (
        "line 2: 2 fields, where the first line has 3"
        in lossreg_command("eval", "huber", "--data", path, "--true", "target", "--pred", "p").err
    )
    path.write_text("the target,p\n1,1.5\n", encoding="utf-8")
    assert value_of(lossreg_command, "--data", path, "--true", "the target", "--pred", "p") == 0.25
    path.write_text("the target\n1\n3\n", encoding="utf-8")
    assert value_of(lossreg_command, "--true", f"{path}:the target", "--pred", f"{path}:1") == 0.0


def test_separators_that_are_said(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.txt"
    options = ("--data", path, "--true", "y", "--pred", "p")
    for separator, said in {":": ":", " ": " ", "\t": "tab", "_": "_"}.items():
        path.write_text(TEXT.replace(",", separator), encoding="utf-8")
        assert value_of(lossreg_command, *options, "--sep", said) == EXPECTED
    path.write_text("y;p\n1;0,5\n0;2,0\n", encoding="utf-8")  # a decimal comma is not guessed at
    code, _, err = lossreg_command("eval", "huber", *options)
    assert code == 1
    assert "line 2, column p: '0,5' is not a number; a decimal point is wanted" in err


@pytest.mark.parametrize("packing", PACKERS)
def test_packed_files(lossreg_command: Any, tmp_path: Path, packing: str) -> None:
    path = tmp_path / f"data.csv.{packing}"
    for name in (path, tmp_path / "no-suffix"):  # known by what is in it
        name.write_bytes(PACKERS[packing](TEXT.encode()))
        assert value_of(lossreg_command, "--data", name, "--true", "y", "--pred", "p") == EXPECTED
        assert value_of(lossreg_command, "--true", f"{name}:y", "--pred", f"{name}:p") == EXPECTED
    array = tmp_path / f"y.npy.{packing}"
    stream = io.BytesIO()
    np.save(stream, Y)
    array.write_bytes(PACKERS[packing](stream.getvalue()))
    assert value_of(lossreg_command, "--true", array, "--pred", f"{tmp_path / 'no-suffix'}:p") == EXPECTED


def test_packed_pieces_one_after_the_other(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.csv.gz"
    path.write_bytes(gzip.compress(TEXT[:8].encode()) + gzip.compress(TEXT[8:].encode()))
    assert value_of(lossreg_command, "--data", path, "--true", "y", "--pred", "p") == EXPECTED


def npz() -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, y=Y, p=P, w=W)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "gzip", "npz"])
def test_standard_input(lossreg_command: Any, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    content = {"text": TEXT.encode(), "gzip": gzip.compress(TEXT.encode()), "npz": npz()}[form]
    for options in (("--data", "-", "--true", "y", "--pred", "p"), ("--true", "-:y", "--pred", "-:p")):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
        assert value_of(lossreg_command, *options) == EXPECTED


@pytest.mark.skipif(sys.platform == "win32", reason="a pipe with a name")
def test_a_pipe_is_read_once(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    command = [sys.executable, "-m", "lossreg", "eval", "mse", "--true", f"{pipe}:y", "--pred", f"{pipe}:p"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        pipe.write_text(TEXT, encoding="utf-8")
        assert process.stdout
        assert float(process.stdout.read()) == EXPECTED


def test_several_files_folders_and_globs(lossreg_command: Any, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    header, *rows = TEXT.splitlines(keepends=True)
    (folder / "b.csv").write_text(header + rows[1], encoding="utf-8")
    (folder / "a.csv").write_text(header + rows[0], encoding="utf-8")
    (folder / "c.csv.gz").write_bytes(gzip.compress((header + rows[2]).encode()))
    (folder / "d.csv").write_text(header, encoding="utf-8")  # a part without rows
    for other in (".hidden.csv", "_SUCCESS", "notes.md"):
        (folder / other).write_text("nothing", encoding="utf-8")
    names = [folder / name for name in ("a.csv", "b.csv", "c.csv.gz")]
    several = [word for name in names for word in ("--data", name)]
    for files in (["--data", folder], ["--data", folder / "*.csv*"], several):
        assert value_of(lossreg_command, *files, "--true", "y", "--pred", "p", "--weight", "w") == WEIGHTED
    options = ("--data", folder, "--true", "y", "--pred", "p", "--reduction", "none")
    out = lossreg_command("eval", "squared_error", *options).out
    assert [float(line) for line in out.splitlines()] == np.square(Y - P).tolist()
    code, _, err = lossreg_command("eval", "binary_cross_entropy", "--data", folder, "--true", "y", "--pred", "p")
    assert code == 1
    assert err.rstrip().endswith(f"(column y of {folder / 'c.csv.gz'}, line 2; index 2 of all)")


def test_files_that_do_not_go_together(lossreg_command: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", y=Y, p=P)
    np.savez(tmp_path / "b.npz", y=np.ones((2, 2)), p=np.ones((2, 2)))
    code, _, err = lossreg_command("eval", "huber", "--data", tmp_path, "--true", "y", "--pred", "p")
    assert code == 1
    assert "y_true has shape (3,) in " in err
    assert "(2, 2) in" in err


def test_columns_of_an_npy_matrix(lossreg_command: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "both.npy", np.stack([Y, P], 1))
    np.save(tmp_path / "fortran.npy", np.asfortranarray(np.stack([Y, P], 1)))
    np.save(tmp_path / "zero.npy", np.array(2.0))
    for name in ("both", "fortran"):
        path = tmp_path / f"{name}.npy"
        assert value_of(lossreg_command, "--data", path, "--true", "1", "--pred", "2") == EXPECTED
        assert value_of(lossreg_command, "--true", f"{path}:1,2", "--pred", path) == 0
    assert value_of(lossreg_command, "--true", tmp_path / "zero.npy", "--pred", tmp_path / "zero.npy") == 0


@pytest.mark.parametrize(
    "name", ["a:b", "a,b", 'say "p"', "with space", " p", "π", "3", "--p", "a\tb", "data.csv:p", "'"]
)
def test_columns_of_any_name(lossreg_command: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "data.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["y", name], *zip(Y, P, strict=True)])
    assert value_of(lossreg_command, "--data", path, "--true", "y", f"--pred={name}") == EXPECTED
    assert value_of(lossreg_command, f"--true={path}:y", f"--pred={path}:{name}") == EXPECTED


def test_files_of_any_name(lossreg_command: Any, tmp_path: Path) -> None:
    for name in ("a:b.csv", "with space.csv", "[1].csv", "-", "a:b", "data"):
        path = tmp_path / name
        path.write_text(TEXT, encoding="utf-8")
        assert value_of(lossreg_command, "--true", f"{path}:y", "--pred", f"{path}:p") == EXPECTED
        assert value_of(lossreg_command, "--data", path, "--true", "y", "--pred", "p") == EXPECTED


def test_a_name_in_a_matrix_may_have_a_comma(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text('class,"a,b",c\n0,1,2\n1,0.5,0\n', encoding="utf-8")
    rows = np.array([[1, 2], [0.5, 0]])
    out = lossreg_command("eval", "scce", "--data", path, "--true", "class", "--pred", '"a,b",c').out
    assert float(out) == lossreg.get("scce").value(np.array([0, 1]), rows)


def test_numbers_that_are_numbers(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "numbers.csv"
    written = ["1", "+1.5", "-.5", "2.", "1e3", "1E-3", " 7 ", "5e-324", "1e-400", "inf", "-Infinity", "NaN", "INF"]
    path.write_text("y,p\n" + "".join(f"0,{text}\n" for text in written), encoding="utf-8")
    options = ("--data", path, "--true", "y", "--pred", "p", "--reduction", "none")
    out = lossreg_command("eval", "absolute_error", *options).out
    wanted = np.abs([1, 1.5, 0.5, 2, 1000, 1e-3, 7, 5e-324, 0, np.inf, np.inf, np.nan, np.inf])
    np.testing.assert_array_equal([float(line) for line in out.splitlines()], wanted)


def test_a_byte_order_mark_is_no_name(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "bom.csv"
    path.write_text(TEXT.replace("\n", "\r\n"), encoding="utf-8-sig")
    assert value_of(lossreg_command, "--data", path, "--true", "y", "--pred", "p") == EXPECTED


def test_parquet(lossreg_command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = pa.table(
        {"text": ["a", "b", "c"], "p.q": P, "y": pa.array([1, 0, 3], pa.int8()), "w": W.astype(np.float32)}
    )
    path = tmp_path / "data.parquet"
    parquet.write_table(table, path)
    assert value_of(lossreg_command, "--data", path, "--true", "y", "--pred", "p.q", "--weight", "w") == WEIGHTED
    assert value_of(lossreg_command, "--true", f"{path}:3", "--pred", f"{path}:2") == EXPECTED
    assert value_of(lossreg_command, "--true", f"{path}:y,p.q", "--pred", f"{path}:y,p.q") == 0
    assert value_of(lossreg_command, "--data", tmp_path, "--true", "y", "--pred", "p.q") == EXPECTED
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(path.read_bytes())))
    assert value_of(lossreg_command, "--data", "-", "--true", "y", "--pred", "p.q") == EXPECTED
    parquet.write_table(pa.table({"y": [1.0, None], "p": pa.array(["1", "2"]), "q": [1, 2]}), path)
    for column, words in {
        "y": f"y_pred has 1 null, at index 1; drop or fill them, or pass values for them and where= (column y of {path})",
        "p": f"y_pred has dtype string; wanted bool, an integer or a float of at most 64 bits (column p of {path})",
        "z": "no column is called 'z'; there are y, p, q",
    }.items():
        code, out, err = lossreg_command("eval", "huber", "--data", path, "--true", "q", "--pred", column)
        assert (code, out) == (1, "")
        assert words in err
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    code, _, err = lossreg_command("eval", "huber", "--data", path, "--true", "q", "--pred", "q")
    assert code == 1
    assert 'needs pyarrow; install it by: pip install "lossreg[parquet]"' in err


# Where the gradient goes


def test_a_gradient_never_replaces_what_is_read(lossreg_command: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.csv"
    path.write_text(TEXT, encoding="utf-8")
    (tmp_path / "folder").mkdir()
    link, twin = tmp_path / "link.csv", tmp_path / "twin.csv"
    link.symlink_to(path)
    twin.hardlink_to(path)
    sources = ("--true", "y", "--pred", "p")
    for spelling in (path, link, twin, tmp_path / "folder" / ".." / "data.csv"):
        code, out, err = lossreg_command("eval", "huber", "--data", path, *sources, "--grad", spelling)
        assert (code, out) == (2, "")
        assert "is one of the files that are read" in err
        assert lossreg_command("eval", "huber", "--data", link, *sources, "--grad", spelling).code == 2
        assert path.read_text(encoding="utf-8") == TEXT


def test_a_gradient_is_written_whole_or_not_at_all(
    lossreg_command: Any, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("eval", "huber", "--data", data, "--true", "y", "--pred", "p", "--grad")
    old = tmp_path / "grad.npy"
    np.save(old, np.zeros(1))
    link = tmp_path / "link.npy"
    link.symlink_to(old)
    assert lossreg_command(*options, link).code == 0
    assert link.is_symlink()
    np.testing.assert_array_equal(np.load(old), lossreg.get("huber").grad(Y, P))
    before = old.read_bytes()

    def full(file: Any, *arguments: Any, **options: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "save", full)
    code, out, err = lossreg_command(*options, old)
    assert (code, out) == (1, "")
    assert "grad.npy: No space left on device" in err
    assert old.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"data.csv", "grad.npy", "link.npy"}
    code, _, err = lossreg_command(*options, tmp_path / "none" / "grad.npy")
    assert code == 1
    assert "there is no folder" in err
    (tmp_path / "folder.npy").mkdir()
    assert lossreg_command(*options, tmp_path / "folder.npy").code == 1


def test_a_gradient_of_many_axes_is_no_table(lossreg_command: Any, tmp_path: Path) -> None:
    np.save(tmp_path / "cube.npy", np.ones((2, 2, 2)))
    for suffix, wanted in {"csv": 1, "npy": 0}.items():
        options = ("--true", tmp_path / "cube.npy", "--pred", tmp_path / "cube.npy")
        assert lossreg_command("eval", "mse", *options, "--grad", tmp_path / f"grad.{suffix}").code == wanted
        assert (tmp_path / f"grad.{suffix}").exists() == (wanted == 0)
