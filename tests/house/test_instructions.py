"""The hot loops of the release build are vector code of the level that they were compiled for.

A helper that is not inlined stays at the baseline, and an unlucky loop stays scalar, both silently: the numbers are the same,
only several times slower. So the release build is made once more, with symbols, and its block kernels are read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import lossreg

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / "rust").is_dir(), reason="this is not a checkout of the project"),
    pytest.mark.skipif(
        not (shutil.which("cargo") and shutil.which("objdump")), reason="cargo or objdump is not installed"
    ),
    pytest.mark.skipif(os.uname().machine != "x86_64", reason="the instructions are those of x86-64"),
]

LEVELS = {"avx2": "ymm", "avx512": "zmm"}
# Identical code is kept once, under either name.
SAME = {"sparse_categorical_cross_entropy": "categorical_cross_entropy"}
ROWS = re.compile(r"simd::(?P<level>avx2|avx512)::<.*rowwise::batch::Batch<(?P<dtype>f32|f64),")
KERNEL = re.compile(r"simd::(?P<level>avx2|avx512)::<.*block::Chosen<(?P<dtype>f32|f64), \S*?::(?P<loss>\w+)::Loss,")
PACKED = re.compile(r"^v(add|sub|mul|div|fn?m(add|sub)\d+|max|min|sqrt)p[sd]$")
SCALAR = re.compile(r"^v(add|sub|mul|div|fn?m(add|sub)\d+|max|min|sqrt)s[sd]$")


@pytest.fixture(scope="module")
def kernels(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str, str], list[Counter[str]]]:
    """How often each kind of instruction is in each kernel: by level, loss and dtype, one for each set of outputs."""
    target = tmp_path_factory.mktemp("target")
    environment = {
        **os.environ,
        "CARGO_PROFILE_RELEASE_STRIP": "none",
        "PYO3_BUILD_EXTENSION_MODULE": "1",
        "RUSTFLAGS": "-Csymbol-mangling-version=v0",  # with the types in the names
    }
    command = ["cargo", "build", "--quiet", "--release", "-p", "lossreg-py", "--target-dir", str(target)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return read(target / "release" / "lib_native.so")


def read(library: Path) -> dict[tuple[str, str, str], list[Counter[str]]]:
    found = defaultdict(list)
    for symbol, instructions in functions(library):
        if match := KERNEL.search(symbol) or ROWS.search(symbol):
            name = match.groupdict().get("loss", "rows")
            found[match["level"], name, match["dtype"]].append(counted(instructions, LEVELS[match["level"]]))
    return found


def functions(library: Path) -> Iterator[tuple[str, list[str]]]:
    """The functions with their instructions, disassembled."""
    command = ["objdump", "-d", "-C", "--no-show-raw-insn", "-M", "intel", str(library)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        symbol, instructions = "", []
        for line in process.stdout:
            if head := re.match(r"[0-9a-f]+ <(.*)>:$", line):
                yield symbol, instructions
                symbol, instructions = head[1], []
            elif "\t" in line:
                instructions.append(line.split("\t", 1)[1].strip())
        yield symbol, instructions
    assert process.returncode == 0


def counted(instructions: list[str], register: str) -> Counter[str]:
    count: Counter[str] = Counter()
    for instruction in instructions:
        name, _, operands = instruction.partition(" ")
        count["packed"] += bool(PACKED.match(name)) and register in operands
        count["narrow"] += bool(PACKED.match(name)) and register not in operands
        count["scalar"] += bool(SCALAR.match(name))
        count["calls to functions"] += name == "call" and "panic" not in operands and "mem" not in operands
    return count


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("loss", lossreg.names())
def test_a_kernel_is_vector_code(
    kernels: dict[tuple[str, str, str], list[Counter[str]]], loss: str, level: str, dtype: str
) -> None:
    found = kernels[level, loss, dtype] or kernels[level, SAME.get(loss, loss), dtype]
    assert found, "the kernel is not in the build"
    for count in found:
        said = f"{loss}, {dtype}, {level}: {dict(count)}"
        assert count["packed"] > count["scalar"] + count["narrow"], f"mostly scalar or narrow: {said}"
        assert not count["calls to functions"], f"something was not inlined: {said}"


@pytest.mark.parametrize("dtype", ["f32", "f64"])
@pytest.mark.parametrize("level", LEVELS)
def test_the_rows_are_vector_code(
    kernels: dict[tuple[str, str, str], list[Counter[str]]], level: str, dtype: str
) -> None:
    found = kernels[level, "rows", dtype]
    assert found, "the engine of rows is not in the build"
    for count in found:
        assert count["packed"] > count["scalar"], f"mostly scalar: {dtype}, {level}: {dict(count)}"
