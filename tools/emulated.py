"""The fast tests with a wheel for arm64, emulated: Debian's Python for that processor, the wheels of what it needs, and this one.

    python tools/emulated.py dist/lossreg-*-manylinux*_aarch64.whl [arguments of pytest]

Needs a Debian of any processor with its package qemu-user. What apt and pip bring goes into target/emulated, nothing into the system. The
tests are copied away from the checkout, so that they meet the wheel alone.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
QEMU = "qemu-aarch64"
FOLDER = ROOT / "target" / "emulated"
SYSTEM, SITE, APT = FOLDER / "system", FOLDER / "site", FOLDER / "apt"
PACKAGES = ["python3", "libstdc++6"]  # NumPy's wheel takes the second as given
NEWEST_GLIBC = 36  # of Debian 12; newer ones run what it runs
# An emulated processor is ten times slower; programs that fork while they have threads do not survive there.
TESTS = [
    "tests/arguments/test_arrays.py",
    "tests/arguments/test_dtypes.py",
    "tests/laws/test_laws.py::test_a_loss_keeps_the_laws_that_others_are_held_to",
    "tests/laws/test_laws.py::test_nan_gives_nan",
    "tests/laws/test_laws.py::test_sums_and_means_are_rounded_once",
    "tests/laws/test_one_hot.py",
    "tests/truth/test_truth.py::test_errors_keep_their_bounds",
]

# apt as it would be on a machine of that processor with nothing installed, with the sources of this one.
APT_CONFIG = """\
APT::Architecture "arm64";
APT::Architectures {{ "arm64"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
"""


def quietly(*command: str | Path, **environment: str) -> None:
    """Runs a program; what it says is shown where it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, env={**os.environ, **environment}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(words)}\n{done.stdout}{done.stderr}")


def system() -> None:
    """Debian's Python for arm64 and the libraries that it needs, laid into a folder."""
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (APT / folder).mkdir(parents=True, exist_ok=True)
    (APT / "status").touch()
    (APT / "apt.conf").write_text(APT_CONFIG.format(folder=APT), encoding="utf-8")
    environment = {"APT_CONFIG": str(APT / "apt.conf")}
    quietly("apt-get", "update", **environment)
    quietly("apt-get", "install", "--yes", "--download-only", *PACKAGES, **environment)
    for package in sorted((APT / "cache" / "archives").glob("*.deb")):
        quietly("dpkg-deb", "--extract", package, SYSTEM)


def python() -> Path:
    """A command that is the emulated Python, for tests that start another one too: there sys.executable is this command."""
    real = SYSTEM / "usr" / "bin" / "python3"
    if not real.is_symlink():
        system()
    command = real.with_name("emulated")
    command.write_text(f'#!/bin/sh\nexec {QEMU} -L "{SYSTEM}" -0 "$0" "{real}" "$@"\n', encoding="utf-8")
    command.chmod(0o755)
    return command


def install(wheel: Path) -> None:
    """The wheel and what the tests need, as pip would choose them on arm64."""
    shutil.rmtree(SITE, ignore_errors=True)
    version = (SYSTEM / "usr" / "bin" / "python3").readlink().name.removeprefix("python")
    glibc = [f"manylinux_2_{minor}_aarch64" for minor in range(17, NEWEST_GLIBC + 1)]
    platforms = [word for name in ("manylinux2014_aarch64", *glibc) for word in ("--platform", name)]
    needed = subprocess.check_output([sys.executable, ROOT / "tools" / "requirements.py", "laws"], text=True).split()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--only-binary=:all:"]
    quietly(*pip, *platforms, "--python-version", version, "--target", SITE, wheel, *needed)


def main() -> int:
    """Brings what is missing, and runs the tests."""
    if len(sys.argv) < 2:
        print("name a wheel", file=sys.stderr)
        return 2
    if missing := [name for name in (QEMU, "apt-get", "dpkg-deb") if shutil.which(name) is None]:
        print(f"{', '.join(missing)} not found; on Debian: apt-get install qemu-user", file=sys.stderr)
        return 2
    command = python()
    install(Path(sys.argv[1]))
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "tests", Path(folder, "tests"), ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        arguments = sys.argv[2:] or TESTS
        pytest = [command, "-m", "pytest", "-q", "-m", "not slow and not wheel and not site", *arguments]
        return subprocess.run(pytest, cwd=folder, env={**os.environ, "PYTHONPATH": str(SITE)}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
