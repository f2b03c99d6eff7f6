"""The hot loops of the release build are vector code of the level that they were compiled for.

A helper that is not inlined stays at the baseline, and an unlucky loop stays scalar, both silently: the numbers are the same,
only several times slower. So the release build is made once more, with symbols, and its block kernels are read.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
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

INFOS = [lossreg.describe(name) for name in (*lossreg.names("pointwise"), *lossreg.names("adversarial"))]
# Losses that are formulas of an element: not those that look up what a class stands for, nor of sides that see each other's mean.
ELEMENTS = [info.name for info in INFOS if not (info.coupled or info.target.has_class_indices)]

LEVELS = {"avx2": "ymm", "avx512": "zmm"}
# Identical code is kept once, under either name.
SAME = {"least_squares_discriminator", "wasserstein_generator"}
BODY = re.compile(r"simd::level::(?P<level>avx2|avx512)::<(?P<body>.*)>$")
KERNEL = re.compile(r"kernel::Chosen<(?P<dtype>f32|f64), lossreg_(?:fused|losses)::(?P<loss>\w+)::Loss,")
# Where rows and lists spend their time.
ENGINE = {
    "narrow::RowTerms": "rowwise::narrow::RowTerms<",
    "heads::Heads": "rowwise::heads::Heads<",
    "soft::SideBySide": "rowwise::soft::SideBySide<",
    "linear::SideBySide": "rowwise::linear::SideBySide<",
    "lists::SideBySide": "lists::kernel::SideBySide<",
    "formula::Run": "lossreg_formula::run::Run<",
}
PACKED = re.compile(r"^v(add|sub|mul|div|fn?m(add|sub)\d+|max|min|sqrt)p[sd]$")
SCALAR = re.compile(r"^v(add|sub|mul|div|fn?m(add|sub)\d+|max|min|sqrt)s[sd]$")


@pytest.fixture(scope="module")
def bodies(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, Counter[str]]]:
    """The level and the name of what is compiled for levels, and how often each kind of instruction is in it."""
    target = tmp_path_factory.mktemp("target")
    environment = {
        **os.environ,
        "CARGO_PROFILE_RELEASE_STRIP": "none",
        "PYO3_BUILD_EXTENSION_MODULE": "1",
        "PYO3_PYTHON": sys.executable,
        "RUSTFLAGS": "-Csymbol-mangling-version=v0",  # with the types in the names
    }
    command = ["cargo", "build", "--quiet", "--release", "-p", "lossreg-py", "--target-dir", str(target)]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return [*read(target / "release" / "lib_native.so")]


def read(library: Path) -> Iterator[tuple[str, str, Counter[str]]]:
    for symbol, instructions in functions(library):
        if match := BODY.search(symbol):
            yield match["level"], match["body"], counted(instructions, LEVELS[match["level"]])


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
        count["calls to functions"] += name == "call" and "number::functions" in operands
    return count


@pytest.mark.parametrize("level", LEVELS)
def test_the_kernels_are_vector_code(bodies: list[tuple[str, str, Counter[str]]], level: str) -> None:
    """The heaviest losses have none for AVX-512: where that is, they run those for AVX2."""
    kernels = [(match, count) for its, body, count in bodies if its == level and (match := KERNEL.search(body))]
    for dtype in ("f32", "f64") if level == "avx2" else ():
        there = {match["loss"] for match, _ in kernels if match["dtype"] == dtype}
        assert {*ELEMENTS} <= there | SAME, "kernels that are not in the build"
    for match, count in kernels:
        said = f"{match.string}: {dict(count)}"
        few = count["scalar"] + count["narrow"] - 1  # one is of a constant
        assert count["packed"] >= few, f"mostly scalar or narrow: {said}"
        assert not count["calls to functions"], f"something was not inlined: {said}"


@pytest.mark.parametrize("engine", ENGINE)
def test_the_engines_are_vector_code(bodies: list[tuple[str, str, Counter[str]]], engine: str) -> None:
    found = [(level, body, count) for level, body, count in bodies if ENGINE[engine] in body]
    assert found, "it is not in the build"
    for level, body, count in found:
        assert count["packed"] > count["scalar"], f"mostly scalar: {level}, {body}: {dict(count)}"
