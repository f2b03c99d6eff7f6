"""The core on CPUs that this machine does not have, emulated: the same bits, and the tests of the core.

    python tools/elsewhere.py

Needs qemu-user and a linker for arm64 (Debian: qemu-user, gcc-aarch64-linux-gnu, libc6-dev-arm64-cross). The fingerprints of
every loss (rust/losses/examples/bits.rs) are compared between this CPU's levels, an x86-64 of 2008 without AVX or FMA, and arm64 with
NEON; then the tests of the core run on arm64, but for those of the pool, whose forks the emulation does not survive.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ARM = "aarch64-unknown-linux-gnu"
ON_ARM = ["qemu-aarch64", "-L", "/usr/aarch64-linux-gnu"]
LINKER = "aarch64-linux-gnu-gcc"
CARGO_FOR_ARM = {
    "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_LINKER": LINKER,
    "CARGO_TARGET_AARCH64_UNKNOWN_LINUX_GNU_RUNNER": " ".join(ON_ARM),
}


def program(*target: str) -> str:
    """Builds the program that prints the fingerprints; its path."""
    command = [
        "cargo",
        "build",
        "--release",
        "-p",
        "lossreg-losses",
        "--example",
        "bits",
        "--message-format=json",
        *target,
    ]
    built = subprocess.run(command, cwd=ROOT, env={**os.environ, **CARGO_FOR_ARM}, stdout=subprocess.PIPE, check=True)
    artifacts = [json.loads(line) for line in built.stdout.splitlines()]
    return next(artifact["executable"] for artifact in reversed(artifacts) if artifact.get("executable"))


def fingerprints(*command: str, level: str = "") -> list[str]:
    """A line for each loss and form."""
    run = subprocess.run(command, env={**os.environ, "LOSSREG_CPU": level}, capture_output=True, text=True, check=True)
    return run.stdout.splitlines()


def main() -> int:
    """Compares, and says what differs."""
    missing = [name for name in ("qemu-x86_64", ON_ARM[0], LINKER) if shutil.which(name) is None]
    if missing:
        print(f"{', '.join(missing)} not found; on Debian: qemu-user gcc-aarch64-linux-gnu libc6-dev-arm64-cross")
        return 2
    here, arm = program(), program("--target", ARM)
    machines = {f"here, {level}": fingerprints(here, level=level) for level in levels(here)}
    machines["x86-64 of 2008"] = fingerprints("qemu-x86_64", "-cpu", "Nehalem", here)
    machines["arm64"] = fingerprints(*ON_ARM, arm)
    wanted = next(iter(machines.values()))
    differing = 0
    for machine, lines in machines.items():
        others = [line for line, other in zip(lines, wanted, strict=True) if line != other]
        differing += len(others)
        print(f"{machine:18} {len(lines) - len(others)} of {len(wanted)} fingerprints as on the first")
        print("".join(f"    {line}\n" for line in others), end="")
    for crate in ("core", "losses"):
        names = sorted(path.stem for path in (ROOT / f"rust/{crate}/tests").glob("*.rs") if path.stem != "parallel")
        tests = ["cargo", "test", "--quiet", "--release", "-p", f"lossreg-{crate}", "--target", ARM, "--lib"]
        tests += [word for name in names for word in ("--test", name)]
        subprocess.run(tests, cwd=ROOT, env={**os.environ, **CARGO_FOR_ARM}, check=True)
    return 1 if differing else 0


def levels(program: str) -> list[str]:
    """The levels that this CPU has."""
    known = ("baseline", "avx2", "avx512") if os.uname().machine == "x86_64" else ("baseline",)
    return [level for level in known if says_its_level(program, level)]


def says_its_level(program: str, level: str) -> bool:
    """Whether the program runs at that level when told to."""
    run = subprocess.run(
        [program], env={**os.environ, "LOSSREG_CPU": level}, capture_output=True, text=True, check=True
    )
    return run.stderr.strip() == level


if __name__ == "__main__":
    sys.exit(main())
