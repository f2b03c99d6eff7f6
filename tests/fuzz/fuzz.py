"""Coverage-guided garbage for what reads other people's bytes: losses as text, and the files of `lossreg eval`.

    python tests/fuzz/fuzz.py                             every target for a minute
    python tests/fuzz/fuzz.py --seconds 600 --target files

Good input gives a result, bad input one of our errors; anything else, and what takes longer than a hang, ends the run with the input
and its traceback. Parquet belongs to pyarrow, and is left out.
"""

from __future__ import annotations

import argparse
import gzip
import io
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


TEXTS = [
    b"huber",
    b"huber(delta=1.35)",
    b"cce(axis=-1, class_weight=[1, 2.5], label_smoothing=0.1)",
    b"focal(alpha=None)",
]
TARGETS: dict[str, tuple[Callable[[bytes], None], Callable[[], list[bytes]]]] = {
    "text": (of_text, lambda: TEXTS),
    "files": (of_files, files_to_begin_with),
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
