"""The fast tests on a Python without its lock, where threads of Python run at once.

    python3.14t tools/free_threaded.py [arguments of pytest]

Started by a Python that has its lock, it builds one that has none, from Debian's sources: the newest of 3.15, 3.14 and 3.13 whose
sources the mirror keeps, which not every one does of newer Debians. It says which were not to be had. PyO3 leaves 3.13 out by a check
alone, which is passed over here. That needs a C compiler and Debian's libffi-dev, libssl-dev and zlib1g-dev. Everything goes into
target/free-threaded, where no linking optimises the extension.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from foreign import ROOT, catalogue, tested
from musl_python import quietly, sources

FOLDER = ROOT / "target" / "free-threaded"
VERSIONS = {"3.15": "sid", "3.14": "sid", "3.13": "trixie"}  # the newest first, with the Debian that has it
OPTIONS = ["--disable-gil", "--disable-test-modules", "--with-ensurepip=install"]
# Quickly built, and of any version.
BUILD = {
    "CARGO_PROFILE_RELEASE_LTO": "off",
    "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16",
    "UNSAFE_PYO3_SKIP_VERSION_CHECK": "1",
}
TESTS = [
    "tests/arguments",
    "tests/authoring",
    "tests/laws",
    "tests/process",
    "tests/registry",
    "tests/states",
    "tests/truth/test_truth.py",
]


def built() -> Path:
    """The newest Python without its lock that can be had."""
    for version, suite in VERSIONS.items():
        folder = FOLDER / version
        python = folder / "python" / "bin" / f"python{version}t"
        if python.exists() or made(version, suite, folder):
            return python
    sys.exit(
        "no sources of a Python that can do without its lock: name one, as in make test-free-threaded PYTHON=python3.14t"
    )


def made(version: str, suite: str, folder: Path) -> bool:
    """Whether a Python could be built: not where the mirror lacks its sources."""
    work = folder / "build"
    work.mkdir(parents=True, exist_ok=True)
    try:
        config = catalogue(folder / "apt", platform.machine(), f"deb-src {suite}")
        source = sources(work, config, [f"python{version}"])[f"python{version}"]
    except SystemExit as error:
        print(f"Python {version} is not tried, its sources could not be had: {str(error).strip().splitlines()[-1]}")
        return False
    print(f"a Python {version} without its lock: some minutes the first time", flush=True)
    quietly("sh", "./configure", f"--prefix={folder / 'python'}", *OPTIONS, folder=source)
    quietly("make", f"-j{os.cpu_count()}", folder=source)
    quietly("make", "install", folder=source)
    shutil.rmtree(work)
    return True


def main() -> int:
    """Build a wheel, run the tests and say how they ended."""
    own = Path(sys.executable) if sysconfig.get_config_var("Py_GIL_DISABLED") else built()
    python, wheels = FOLDER / "env" / "bin" / "python", FOLDER / "dist"
    quietly(own, "-m", "venv", "--clear", FOLDER / "env")
    needed = subprocess.check_output([sys.executable, ROOT / "tools" / "requirements.py", "laws"], text=True).split()
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install"]
    quietly(*pip, "--only-binary=:all:", "maturin>=1.9.4,<2", *needed)
    for old in wheels.glob("*.whl"):
        old.unlink()
    maturin = [python, "-m", "maturin", "build", "--release", "--interpreter", python, "--out", wheels]
    quietly(*maturin, folder=ROOT, CARGO_TARGET_DIR=FOLDER / "cargo", **BUILD)
    quietly(*pip, "--no-deps", next(wheels.glob("*.whl")))
    return tested(python, sys.argv[1:] or TESTS)


if __name__ == "__main__":
    sys.exit(main())
