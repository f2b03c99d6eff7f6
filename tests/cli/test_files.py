"""What is wrong with a file is one line that names it; nothing in a file is run, obeyed or waited for."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import struct
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

GOOD = np.ones(2)
AT_ONCE = ("--reduction", "none")  # for which all of a file has to be in memory


@pytest.fixture
def complaint(lossreg_command: Any, tmp_path: Path) -> Callable[..., str]:
    """What is said about a source; always one line that names the file, and exit code 1."""

    def said(source: object, *options: object, name: object = None) -> str:
        good = tmp_path / "good.npy"
        np.save(good, GOOD)
        code, out, err = lossreg_command("eval", "squared_error", "--true", good, "--pred", source, *options)
        assert (code, out) == (1, "")
        assert err.rstrip().count("\n") == 0
        assert err.startswith(f"lossreg: {name or source}") or str(name or source) in err
        assert len(err) < 3000
        return str(err)

    return said


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("y,p\n1,2\n1,x\n", "p", "line 3, column p: 'x' is not a number"),
        ("y,p\n1,2\n\n1,\n", "p", "line 4, column p: nothing there"),
        ("y,p\n1,2\n1,2,3\n", "p", "line 3: 3 fields, where the first line has 2"),
        ("y,p\n1,2\n1\n", "p", "line 3: 1 fields, where the first line has 2"),
        ('y,p\n"1\n",2\n1,x\n', "p", "line 4, column p: 'x' is not a number"),
        ("y,pred\n1,2\n", "pre", "no column is called 'pre'; did you mean 'pred'?"),
        ("y,z\n1,2\n", "p", "no column is called 'p'; there are y, z"),
        ("y,z\n1,2\n", "3", "no column is called '3'; there are y, z"),
        ("y,z\n1,2\n", "0", "no column is called '0'; there are y, z"),
        ("y,p,p\n1,2,3\n", "p", "2 columns are called 'p'; name it by its number from 1"),
        ("", "p", "the file is empty"),
        ("\n\r\n\n", "p", "the file is empty"),
        ('y,p\n1,"2\n', "p", "no CSV: "),
        ("y,p\n", "p", "there are no rows"),
        ("y,p\n1,2\x00\n", "p", r"line 2, column p: '2\x00' is not a number"),
        ("\x00" * 100, "p", "no column is called 'p'"),
        ("y,p\n1,\x1b[31m\n", "p", r"column p: '\x1b[31m' is not a number"),
        ("y,p\n1,1e400\n", "p", "column p: '1e400' is beyond the range of float64"),
        ("y,p\n1,-1e400\n", "p", "column p: '-1e400' is beyond the range of float64"),
        ("y,p\n1,1_500\n", "p", "column p: '1_500' is not written in plain ASCII"),
        ("y,p\n1,１２\n", "p", "column p: '１２' is not written in plain ASCII"),
        ("y,p\n1,٣\n", "p", "column p: '٣' is not written in plain ASCII"),
        ("y,p\n1,nan(7)\n", "p", "column p: 'nan(7)' is not a number"),
        ("y,p\n1,0x10\n", "p", "column p: '0x10' is not a number"),
        ("y,p\n1,1d5\n", "p", "column p: '1d5' is not a number"),
        ("y,p\n1,True\n", "p", "column p: 'True' is not a number"),
        ("y,p\n1,NA\n", "p", "column p: 'NA' is not a number"),
        ("y,p\n1," + "9" * 100_000 + "x\n", "p", "column p: '" + "9" * 60 + "…' is not a number"),
        ("y,p\n1," + "9" * 200_000 + "\n", "p", "9…' is beyond the range of float64"),
        ("y," + "p" * 200_000 + "\n1,x\n", "2", "line 2, column " + "p" * 60 + "... (200,000 characters): 'x' is not"),
        ("y," + "p" * 200_000 + "\n1,2\n", "q", "there are y, " + "p" * 60 + "... (200,000 characters)"),
        ('y,"p\nq"\n1,2\n', "z", "no column is called 'z'; there are y, p q"),
    ],
)
def test_wrong_csv(complaint: Any, tmp_path: Path, text: str, column: str, message: str) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text(text, encoding="utf-8")
    assert message in complaint(f"{path}:{column}", name=path)


def test_text_in_other_encodings(complaint: Any, tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    for encoding in ("utf-16", "latin-1"):
        path.write_bytes("y,ü\n1,2\n".encode(encoding))
        assert "no text in UTF-8" in complaint(f"{path}:p", name=path)


def test_a_line_without_end(complaint: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lossreg.streams import delimited

    monkeypatch.setattr(delimited, "LONGEST", 1000)
    path = tmp_path / "long.csv"
    path.write_text("y,p\n" + "1," * 1000, encoding="utf-8")
    assert "a line of more than 1,000 characters" in complaint(f"{path}:p", name=path)


def test_what_is_no_file(complaint: Any, tmp_path: Path, lossreg_command: Any) -> None:
    assert "there is no such file" in complaint(tmp_path / "none.npy")
    assert "if it is a column, say of which file: FILE:p, or --data FILE" in complaint("p")
    assert "there is no such file" in complaint(f"{tmp_path / 'none.csv'}:y", name=tmp_path / "none.csv")
    assert "is a folder; read its files with --data" in complaint(tmp_path, name=tmp_path)
    complaint("x" * 10_000, name="x" * 100)  # too long a name, or none at all
    (tmp_path / "empty").mkdir()
    for data, words in {
        tmp_path / "none.csv": "there is no such file",
        tmp_path / "*.parquet": "no file is called so",
        tmp_path / "empty": "the folder has no files that end in .csv, ",
    }.items():
        code, out, err = lossreg_command("eval", "huber", "--data", data, "--true", "y", "--pred", "p")
        assert (code, out) == (1, "")
        assert words in err
    good = tmp_path / "good.npy"
    np.save(good, GOOD)
    code, _, err = lossreg_command("eval", "huber", "--data", good, "--data", good, "--true", "", "--pred", "")
    assert code == 1
    assert "is given twice" in err


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="everything is permitted here")
def test_what_may_not_be_read(complaint: Any, tmp_path: Path) -> None:
    path = tmp_path / "closed.csv"
    path.write_text("y\n1\n", encoding="utf-8")
    path.chmod(0)
    assert "Permission denied" in complaint(path)


def test_what_may_not_be_read_is_said(complaint: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from lossreg.streams import opening

    path = tmp_path / "closed.csv"

    def closed(name: str, mode: str) -> Any:
        if name == str(path):
            raise PermissionError(13, "Permission denied")
        return open(name, mode)

    path.write_text("y\n1\n", encoding="utf-8")
    monkeypatch.setattr(opening, "open", closed, raising=False)
    assert "closed.csv: Permission denied" in complaint(f"{path}:y", name=path)


# Packed files


PACKERS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "bzip2": bz2.compress, "xz": lzma.compress}
TABLE = "y,p\n" + "1,2\n" * 5000


@pytest.mark.parametrize("packing", PACKERS)
def test_packed_files_that_are_cut_short_or_spoilt(
    complaint: Any, lossreg_command: Any, tmp_path: Path, packing: str
) -> None:
    path = tmp_path / "wrong"
    rows = "".join(f"{n},{n * n}\n" for n in range(5000))
    whole = PACKERS[packing](f"y,p\n{rows}".encode())
    spoilt = bytearray(whole)
    spoilt[len(whole) // 2 : len(whole) // 2 + 40] = bytes(40)
    path.write_bytes(bytes(spoilt))
    complaint(f"{path}:p", name=path)  # what comes out may break as text before the sum of all shows
    for wrong in (whole[: len(whole) // 2], whole[:-3]):
        path.write_bytes(wrong)
        assert f"its {packing} data are corrupt or cut short" in complaint(f"{path}:p", *AT_ONCE, name=path)
        code, out, err = lossreg_command("eval", "mse", "--data", path, "--true", "y", "--pred", "p")
        assert (code, out) == (1, "")
        assert f"its {packing} data are corrupt or cut short" in err
    path.write_bytes(whole[:12])
    complaint(f"{path}:p", name=path)


@pytest.mark.parametrize("packing", PACKERS)
def test_packed_files_that_unpack_to_too_much(
    complaint: Any, lossreg_command: Any, tmp_path: Path, packing: str
) -> None:
    path = tmp_path / "large"
    path.write_bytes(PACKERS[packing](TABLE.encode()))
    said = complaint(f"{path}:p", *AT_ONCE, "--max-unpacked", "10KiB", name=path)
    assert "unpacks to more than 10KiB; if that is meant, allow it: --max-unpacked 40KiB" in said
    options = ("--data", path, "--true", "y", "--pred", "p")
    assert set(lossreg_command("eval", "mse", *options, *AT_ONCE, "--max-unpacked", "40KiB").out.split()) == {"1.0"}
    assert lossreg_command("eval", "mse", *options, "--max-unpacked", "1KiB").out == "1.0\n"  # some lines at a time


def test_packings_that_are_not_read(complaint: Any, tmp_path: Path) -> None:
    path = tmp_path / "data.csv.zst"
    path.write_bytes(b"\x28\xb5\x2f\xfd" + bytes(10))
    assert "is packed by Zstandard; unpack it" in complaint(f"{path}:p", name=path)
    path.write_bytes(gzip.compress(gzip.compress(TABLE.encode())))
    assert "no text in UTF-8" in complaint(f"{path}:p", name=path)


# NPY


def npy(header: str, data: bytes = bytes(16), version: int = 1) -> bytes:
    text = header.encode("latin1") + b"\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text + data


def header(descr: object = "<f8", shape: object = (2,), order: object = False) -> str:
    return repr({"descr": descr, "fortran_order": order, "shape": shape})


NO_NPY = "no NPY file of numbers"
WRONG_NPY = {
    "text": (b"no array", NO_NPY),
    "nothing": (b"", f"{NO_NPY} (empty)"),
    "magic only": (b"\x93NUMPY", NO_NPY),
    "no header": (b"\x93NUMPY\x01\x00", NO_NPY),
    "version": (npy(header(), version=9), NO_NPY),
    "half a header": (npy(header())[:30], NO_NPY),
    "claimed header": (b"\x93NUMPY\x02\x00\xff\xff\xff\x7f{", NO_NPY),
    "code": (npy("__import__('os').getcwd()"), NO_NPY),
    "nested": (npy("(" * 4000), NO_NPY),
    "list": (npy("[1, 2]"), NO_NPY),
    "keys": (npy("{'descr': '<f8'}"), NO_NPY),
    "dtype": (npy(header("<q9")), NO_NPY),
    "dtype of no kind": (npy(header(7)), NO_NPY),
    "objects": (npy(header("|O")), "Python objects, which are not unpickled"),
    "object field": (npy(header([("a", "|O")])), "Python objects, which are not unpickled"),
    "text dtype": (npy(header("<U2")), f"{NO_NPY}, but of dtype <U2"),
    "complex": (npy(header("<c16", (1,))), f"{NO_NPY}, but of dtype complex128"),
    "dates": (npy(header("<M8[s]")), f"{NO_NPY}, but of dtype datetime64[s]"),
    "fields": (npy(header([("a", "<f8")])), f"{NO_NPY}, but of dtype"),
    "bytes": (npy(header("|V8")), f"{NO_NPY}, but of dtype"),
    "negative": (npy(header(shape=(-2,))), "has the shape (-2,)"),
    "shape of floats": (npy(header(shape=(2.0,))), "has the shape (2.0,)"),
    "shape of bools": (npy(header(shape=(True,))), "has the shape (True,)"),
    "shape no tuple": (npy(header(shape=2)), "has the shape 2"),
    "many axes": (npy(header(shape=(1,) * 65)), "has the shape"),
    "order": (npy(header(order="C")), NO_NPY),
    "huge": (
        npy(header(shape=(2**61,))),
        "is cut short: its header promises 18,446,744,073,709,551,616 bytes, and 16 follow",
    ),
    "beyond": (npy(header(shape=(2**62,))), "has the shape"),
    "beyond by product": (npy(header(shape=(2**40, 2**40))), "has the shape"),
    "cut short": (npy(header(shape=(3,))), "is cut short: its header promises 24 bytes, and 16 follow"),
    "no elements": (npy(header(), b""), "is cut short: its header promises 16 bytes, and 0 follow"),
    "no rows": (npy(header(shape=(0,)), b""), "there are no rows"),
}


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("what", WRONG_NPY)
def test_wrong_npy(complaint: Any, tmp_path: Path, what: str, packed: bool) -> None:
    content, words = WRONG_NPY[what]
    path = tmp_path / ("wrong.npy.gz" if packed else "wrong.npy")
    path.write_bytes(gzip.compress(content) if packed else content)
    said = complaint(path)
    assert words in said


def test_npy_of_every_version(lossreg_command: Any, tmp_path: Path) -> None:
    for version in (1, 2, 3):
        path = tmp_path / "good.npy"
        with path.open("wb") as file:
            np.lib.format.write_array(file, np.arange(3.0), version=(version, 0))
        assert lossreg_command("eval", "mse", "--true", path, "--pred", path).out == "0.0\n"


def test_a_suffix_promises_its_format(complaint: Any, tmp_path: Path) -> None:
    for suffix, kind in {"npy": "NPY", "npz": "NPZ", "parquet": "Parquet"}.items():
        path = tmp_path / f"text.{suffix}"
        path.write_text("y,p\n1,2\n", encoding="utf-8")
        assert f"no {kind} file of numbers (it begins otherwise)" in complaint(path)


# NPZ


def archive(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return path


def of_numpy(array: Any) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, allow_pickle=True)
    return stream.getvalue()


def test_npz_with_what_is_no_array_of_numbers(complaint: Any, tmp_path: Path) -> None:
    objects = np.array([{}, None], dtype=object)
    members = {
        "objects.npy": of_numpy(objects),
        "text.npy": b"no array",
        "names.npy": of_numpy(np.array(["a"])),
        "short.npy": of_numpy(np.ones(100))[:-8],
        "claims.npy": npy(header(shape=(2**50,))),
        "notes.txt": b"notes",
    }
    path = archive(tmp_path / "several.npz", members)
    for key, words in {
        "objects": "Python objects, which are not unpickled",
        "text": "is no NPY file of numbers",
        "names": "but of dtype <U1",
        "short": "is cut short: its header promises 800 bytes, and 792 follow",
        "claims": "is cut short: its header promises 9,007,199,254,740,992 bytes, and 16 follow",
        "notes": "no array is called 'notes'",
        "object": "no array is called 'object'; did you mean 'objects'?",
        "": "say which array: objects, text, names, short, claims",
    }.items():
        source = f"{path}:{key}" if key else path
        assert words in complaint(source, name=path)


def test_npz_that_is_broken(complaint: Any, tmp_path: Path) -> None:
    whole = archive(tmp_path / "whole.npz", {"a.npy": of_numpy(np.arange(5000.0))}).read_bytes()
    path = tmp_path / "broken.npz"
    spoilt = bytearray(whole)
    spoilt[500:600] = bytes(100)
    encrypted = bytearray(whole)
    encrypted[6] |= 1  # of the member,
    encrypted[whole.rindex(b"PK\x01\x02") + 8] |= 1  # and in the directory
    unknown = bytearray(whole)
    unknown[8] = unknown[whole.rindex(b"PK\x01\x02") + 10] = 77
    wrong: dict[bytes, str] = {
        whole[: len(whole) // 2]: "or a corrupt one",
        whole[:-10]: "or a corrupt one",
        whole[:4]: "or a corrupt one",
        bytes(spoilt): "or a corrupt one",
        bytes(encrypted): "'a' is encrypted",
        bytes(unknown): "or a corrupt one",
        archive(
            tmp_path / "csv.zip", {"a.csv": b"y,p\n1,2\n"}
        ).read_bytes(): "an archive without arrays; unpack it first, or save a spreadsheet as CSV",
        archive(tmp_path / "empty.zip", {}).read_bytes(): "an archive without arrays",
    }
    for content, words in wrong.items():
        path.write_bytes(content)
        assert words in complaint(f"{path}:a", name=path)


def test_npz_whose_names_are_no_text(complaint: Any, tmp_path: Path) -> None:
    path = archive(tmp_path / "names.npz", {"\u00e9.npy": of_numpy(GOOD)})  # a name that is marked as UTF-8
    path.write_bytes(path.read_bytes().replace("\u00e9".encode(), b"\x8c\xff"))
    assert "no NPZ file of numbers, or a corrupt one" in complaint(f"{path}:a", name=path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_npz_with_two_arrays_of_one_name(complaint: Any, tmp_path: Path) -> None:
    path = tmp_path / "two.npz"
    with zipfile.ZipFile(path, "w") as file:
        for value in (1.0, 2.0):
            file.writestr("a.npy", of_numpy(np.full(2, value)))
    assert "2 arrays are called 'a'" in complaint(f"{path}:a", name=path)


def test_npz_that_unpacks_to_too_much(complaint: Any, lossreg_command: Any, tmp_path: Path) -> None:
    path = archive(tmp_path / "large.npz", {"a.npy": of_numpy(np.zeros(100_000))})
    assert path.stat().st_size < 10_000
    said = complaint(f"{path}:a", *AT_ONCE, "--max-unpacked", "100KiB", name=path)
    assert "'a' unpacks to more than 100KiB" in said
    options = ("--true", f"{path}:a", "--pred", f"{path}:a")
    assert lossreg_command("eval", "mse", *options, *AT_ONCE, "--max-unpacked", "800KB").code == 0
    assert lossreg_command("eval", "mse", *options, "--max-unpacked", "1KB").out == "0.0\n"  # some rows at a time


def test_npz_from_standard_input_is_bounded(
    lossreg_command: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = archive(tmp_path / "a.npz", {"a.npy": of_numpy(np.random.default_rng(0).random(1000))}).read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    options = ("--data", "-", "--true", "a", "--pred", "a", "--max-unpacked", "1KiB")
    code, _, err = lossreg_command("eval", "mse", *options)
    assert code == 1
    assert "standard input unpacks to more than 1KiB" in err


def test_no_member_is_written_anywhere(lossreg_command: Any, tmp_path: Path) -> None:
    path = archive(tmp_path / "outside.npz", {"../outside.npy": of_numpy(GOOD), "a.npy": of_numpy(GOOD)})
    assert lossreg_command("eval", "mse", "--true", f"{path}:../outside", "--pred", f"{path}:a").out == "0.0\n"
    assert [name.name for name in tmp_path.iterdir()] == ["outside.npz"]
    assert not (tmp_path.parent / "outside.npy").exists()


# Parquet


def test_wrong_parquet(complaint: Any, tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    path = tmp_path / "wrong.parquet"
    for content in (b"PAR1", b"PAR1 and nothing else", b"PAR1" + bytes(4) + struct.pack("<I", 2**31 - 1) + b"PAR1"):
        path.write_bytes(content)
        assert "no Parquet file, or a corrupt one" in complaint(f"{path}:p", name=path)


def test_parquet_that_unpacks_to_too_much(complaint: Any, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "large.parquet"
    parquet.write_table(pa.table({"p": np.zeros(100_000)}), path)
    assert path.stat().st_size < 10_000
    assert "unpacks to more than 100KiB" in complaint(f"{path}:p", *AT_ONCE, "--max-unpacked", "100KiB", name=path)
