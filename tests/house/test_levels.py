"""No arithmetic of a loop is compiled for no CPU level: a closure that the compiler does not inline is a function of its own, without the
instructions of the level that runs it, and takes ten to fifty times as long. Nothing else shows that: the bits are the same."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ("cargo", "nm", "objdump", "readelf")

# Fused products are calls where a CPU level has no instruction for them: in the code for such CPUs, and in what runs once a call or a
# loss, a sequence, a row that is sorted or one of a full Hessian.
ALLOWED = re.compile(
    r"simd::level::baseline|engine::kernel::element|^compiler_builtins|^<?lossreg_formula::graph|::constants$|::of_classes::"
    r"|Divisor>::divide|Targets>::summary|opposed::job::Scores>::of|sequences::job::Job>::one|sparsemax::threshold|margins_between"
)


def run(*command: str, **settings: str) -> str:
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **settings}, check=True, stdout=subprocess.PIPE, text=True
    ).stdout


@pytest.mark.slow
@pytest.mark.skipif(
    platform.machine() != "x86_64" or sys.platform != "linux",
    reason="the levels are those of x86-64, and the tools of Linux",
)
@pytest.mark.skipif(not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}")
def test_fused_products_are_instructions() -> None:
    target = ROOT / "target" / "levels"
    run(
        *("cargo", "build", "--quiet", "--release", "-p", "lossreg-py"),
        CARGO_TARGET_DIR=str(target),
        CARGO_PROFILE_RELEASE_STRIP="none",
        RUSTFLAGS="-C symbol-mangling-version=v0",
        PYO3_PYTHON=sys.executable,
        PYO3_BUILD_EXTENSION_MODULE="1",
    )
    library = str(target / "release" / "lib_native.so")
    products = set(re.findall(r"^0*([0-9a-f]+) \w fmaf?$", run("nm", "--defined-only", library), re.MULTILINE))
    assert len(products) == 2
    # They are called by what lies in these places.
    relocated = re.findall(
        r"^([0-9a-f]+) .* R_X86_64_RELATIVE +([0-9a-f]+)$", run("readelf", "-rW", library), re.MULTILINE
    )
    places = {int(place, 16) for place, to in relocated if to in products}
    calls: Counter[str] = Counter()
    function = ""
    for line in run("objdump", "-d", "-C", "--no-show-raw-insn", library).splitlines():
        if line.endswith(">:"):
            function = line.partition("<")[2][:-2]
        elif (at := re.search(r"# ([0-9a-f]+) ", line)) and int(at[1], 16) in places:
            calls[function] += 1
    assert sum("simd::level::baseline" in name for name in calls) > 20, "no call was found where there are many"
    assert not [name for name in calls if not ALLOWED.search(name)]
