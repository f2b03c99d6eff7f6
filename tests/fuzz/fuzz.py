"""Coverage-guided garbage for what reads other people's bytes: losses as text, formulas and their graphs, the files of `lossreg eval`,
and the structs of kernels.

    python tests/fuzz/fuzz.py                             every target for a minute
    python tests/fuzz/fuzz.py --seconds 600 --target files

Good input gives a result, bad input one of our errors; anything else, and what takes longer than a hang, ends the run with the input
and its traceback. Parquet belongs to pyarrow, and is left out.
"""

from __future__ import annotations

import argparse
import ctypes
import gzip
import io
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import atheris
import numpy as np

with atheris.instrument_imports(include=["lossreg"]):
    import lossreg
    from lossreg import ffi
    from lossreg._native import formula_functions
    from lossreg.registry import spec  # noqa: F401  (instrumented before it is first used)
    from lossreg.streams import Files

LIMIT = 1 << 20


def of_text(data: bytes) -> None:
    """A loss as text; what can be read is rebuilt by its own words."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        loss = lossreg.get(text)
    except lossreg.LossregError as error:
        said(error)
    else:
        assert lossreg.get(repr(loss)) == loss
        assert lossreg.get(loss.config()) == loss


def of_formulas(data: bytes) -> None:
    """The text of a formula, of free characters or of words that formulas have; what is one has derivatives, however it is written."""
    take = atheris.FuzzedDataProvider(data)
    parts = take.ConsumeIntInRange(0, 60)
    words = [take.PickValueInList(GRAMMAR) for _ in range(parts)]
    free = take.ConsumeIntInRange(0, 3) == 0
    text = take.ConsumeUnicode(sys.maxsize) if free else "".join(words)
    kind = take.PickValueInList(list(FORMULAS))
    options = FORMULAS[kind]
    names = [*options.get("columns", ()), *options.get("target_columns", ())]
    text = text + "".join(f" + 0*{name}" for name in names) if names and not free else text
    try:
        loss = lossreg.define(text, name="fuzzed", **options)
        y, x = lossreg.testing.arguments(loss, 3)
        for dtype in (np.float32, np.float64):
            _, grad, hess = loss.value_grad_hess(y.astype(dtype) if y.dtype.kind == "f" else y, x.astype(dtype))
            assert grad.shape == hess.shape == x.shape
        whole = loss.value_and_grad(y, x, reduction="none")
        alone = loss.grad(y, x, reduction="none")
    except lossreg.LossregError as error:
        said(error)
    else:
        assert np.array_equal(whole[1], alone, equal_nan=True)
        assert pickle.loads(pickle.dumps(loss)) == loss


def said(error: Exception) -> None:
    if not str(error):
        raise AssertionError("an error without words") from error


PATH = Path(tempfile.mkdtemp()) / "data"


def of_files(data: bytes) -> None:
    """A file of any kind; the first byte chooses the columns."""
    if not data or data[1:].startswith(b"PAR1"):
        return
    PATH.write_bytes(data[1:])
    columns = ["", ":a", ":1", ":b,c", ":0,-1"][data[0] % 5]
    try:
        files = Files.each({"y_pred": f"{PATH}{columns}"}, separator=[None, ",", "\t"][data[0] // 5 % 3], limit=LIMIT)
        blocks = [block["y_pred"].array("y_pred") for block in files.blocks()]
        whole = files.whole()["y_pred"].values
    except lossreg.LossregError as error:
        said(error)
    else:
        assert np.array_equal(whole, np.concatenate(blocks) if whole.ndim else blocks[0], equal_nan=True)
        assert files.paths == [str(PATH)]


def files_to_begin_with() -> list[bytes]:
    npy, npz = io.BytesIO(), io.BytesIO()
    np.save(npy, np.arange(6.0).reshape(3, 2))
    np.savez_compressed(npz, a=np.arange(3.0), b=np.eye(2))
    text = b"a,b,c\n1,2.5,-3e4\nnan,inf,0x1\n"
    files = [text, text.replace(b",", b";"), b"1\n2\n", npy.getvalue(), npz.getvalue(), gzip.compress(text)]
    return [bytes([column]) + file for file in files for column in (0, 1, 7)]


@ffi.ELEMENTS_F64
def elements(data: object, params: Any, count: int, y: Any, x: Any, value: Any, grad: Any, hess: Any) -> int:
    """The kernel of all structs, which writes nothing."""
    return 0


class Handed:
    """Hands over a struct of these fields, which stays alive with it."""

    def __init__(self, struct: ctypes.Structure) -> None:
        self.struct = struct

    def __lossreg_kernel__(self) -> object:
        return ffi.NEW_CAPSULE(ctypes.addressof(self.struct), ffi.CAPSULE, None)


def of_kernels(data: bytes) -> None:
    """A struct whose texts, numbers and flags are anything; its pointers point to something, or nowhere."""
    take = atheris.FuzzedDataProvider(data)
    right = take.ConsumeIntInRange(0, 15) < 15  # mostly what leads further than the first check

    def text() -> bytes | None:
        free = take.ConsumeUnicodeNoSurrogates(12).encode()
        return take.PickValueInList([free, free, b"", None, take.ConsumeBytes(12) if not right else b"words"])

    def flags(most: int) -> int:
        return take.ConsumeIntInRange(0, most) if right else take.ConsumeIntInRange(0, 2**64 - 1)

    def called() -> bytes | None:
        return take.PickValueInList([b"a", b"b", b"delta", text()])

    def numbers() -> list[float]:
        free = [take.ConsumeFloat() for _ in range(3)]
        return take.PickValueInList([[1.0, 0.0, 2.0], [0.0, -np.inf, np.inf], free])

    count = take.ConsumeIntInRange(0, 3)
    params = (ffi._Param * 3)(
        *((called(), text(), *numbers(), flags(8)) for _ in range(count)),
    )
    texts = {name: text() for name in ffi.TEXTS}
    if right:
        texts |= {name: take.PickValueInList(words) for name, words in WORDS.items()}
    function = ctypes.cast(elements, ctypes.c_void_p)
    size = ctypes.sizeof(ffi._Struct)
    struct = ffi._Struct(
        version=1 if right else take.ConsumeIntInRange(0, 2**32 - 1),
        struct_size=size if right else take.ConsumeIntInRange(0, size + 8),
        **texts,
        flags=flags(16),
        n_params=count if right else take.ConsumeIntInRange(0, 2**63) + 4,
        params=ctypes.cast(params, ctypes.POINTER(ffi._Param)) if right else None,
        **dict.fromkeys(ffi.FUNCTIONS[: take.PickValueInList([1, 1, 1, 0, 2, 3, 4])], function),
    )
    try:
        loss = lossreg.from_kernel(Handed(struct))
        y, x = lossreg.testing.arguments(loss, 3)
        loss.value(y, x)
        loss.value_grad_hess(y, x)
    except lossreg.LossregError as error:
        said(error)
    else:
        assert loss.info.name == loss.name
        assert repr(loss).startswith(loss.name)


WORDS = {
    "name": [b"mine", b"a_b", b"Mine", b"huber", b"", b"\xff", None],
    "target": [b"real", b"label", b"soft label", b"positive", b"class index", b"", None],
    "prediction": [b"real", b"raw", b"probability", b"non-negative", b"", None],
    "link": [b"identity", b"logit", b"log", b"softmax", b"", None],
}
TEXTS = [
    b"huber",
    b"huber(delta=1.35)",
    b"cce(axis=-1, class_weight=[1, 2.5], label_smoothing=0.1)",
    b"focal(alpha=None)",
]
GRAMMAR = [
    *("y_true", "y_pred", "r", "a", "b", "w", "q", "log_q", "p", "flag", "u", "u = ", "\n", "sum(", "-sum(", "where("),
    *("+", "-", "*", "/", "**", "(", ")", ")", ")", ",", "<", "<=", ">", ">=", "==", "!=", " is ", "None", " "),
    *("0", "1", "2", "0.5", "-1", "1e300", "1e-300", "3", "pi", "7", "abs(", "sign(", "sqrt(", "square(", "maximum("),
    *(f"{function}(" for function, _ in formula_functions()),
]
FORMULAS: dict[str, dict[str, Any]] = {
    "elements": {"params": {"p": 0.5, "flag": True}},
    "labels": {"params": {"p": (2.0, "> 0")}, "target": "soft label", "link": "logit"},
    "columns": {"columns": ("a", "b"), "target_columns": ("y_true", "w"), "params": {"p": 0.5}},
    "given": {"target_columns": ("w", "b"), "target": ("label", "positive")},
}
TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "text": (of_text, lambda: TEXTS),
    "formulas": (of_formulas, lambda: [bytes(range(one, one + 150)) for one in (0, 40, 80, 100)]),
    "files": (of_files, files_to_begin_with),
    "kernels": (of_kernels, lambda: [bytes([one]) * 200 for one in (0, 1, 7, 64, 255)]),
}


def run(name: str, seconds: int) -> Any:
    """Feed one target, in this process, until the time is over: the fuzzer ends the process."""
    target, seeds = TARGETS[name]
    corpus = Path(tempfile.mkdtemp())
    for number, seed in enumerate(seeds()):
        (corpus / str(number)).write_bytes(seed)
    found = f"-artifact_prefix={corpus}/found-"
    atheris.Setup(
        [sys.argv[0], str(corpus), f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=4096", found], target
    )
    atheris.Fuzz()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--target", choices=TARGETS, help="this one only, in this process")
    options = parser.parse_args()
    if options.target:
        run(options.target, options.seconds)
    commands = ([sys.executable, __file__, "--target", name, "--seconds", str(options.seconds)] for name in TARGETS)
    return max(subprocess.run(command, check=False).returncode for command in commands)


if __name__ == "__main__":
    sys.exit(main())
