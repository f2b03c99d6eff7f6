"""The fast tests with a wheel for another processor or for musl: a Python of that kind, the wheels of what it needs, and this one.

    python tools/foreign.py dist/lossreg-*-musllinux*_aarch64.whl [arguments of pytest]

Python is Debian's where the wheel needs glibc; for musl there is none, so zig builds it from Debian's sources (tools/musl_python.py).
Needs Debian 12, and its package qemu-user where the processor is another one. What apt and pip bring goes into target/foreign,
nothing into the system. The tests are copied away from the checkout, so that they meet the wheel alone.
"""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cached_property
from pathlib import Path

from musl_python import build, quietly

ROOT = Path(__file__).resolve().parents[1]
DEBIAN = {"x86_64": "amd64", "aarch64": "arm64"}
# NumPy's wheel takes libstdc++ as given, and needs musl 1.2.4 or newer: its relocations are relative ones of a kind that is new there.
PACKAGES = {"manylinux": ["python3", "libstdc++6"], "musllinux": ["musl"]}
SUITES = {"manylinux": "bookworm", "musllinux": "trixie"}
# What pip may choose: the glibc of Debian 12, or musl 1.2; newer ones run what these run.
PLATFORMS = {
    "manylinux": ["manylinux2014", *(f"manylinux_2_{minor}" for minor in range(17, 37))],
    "musllinux": ["musllinux_1_1", "musllinux_1_2"],
}
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

# apt as it would be on a machine of that processor with nothing installed.
APT_CONFIG = """\
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Dir::Etc::sourcelist "{folder}/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State "{folder}/state";
Dir::State::status "{folder}/status";
Dir::Cache "{folder}/cache";
"""


def mirror() -> str:
    """Where this machine has Debian's packages from."""
    system = platform.freedesktop_os_release()["VERSION_CODENAME"]
    listed = subprocess.check_output(["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)"], text=True)
    return dict(line.split() for line in listed.splitlines())[system]


def catalogue(folder: Path, machine: str, *sources: str) -> Path:
    """What Debian has for a processor, as an apt of its own knows it, by that apt's configuration; sources are kinds and suites."""
    for inner in ("state/lists/partial", "cache/archives/partial"):
        (folder / inner).mkdir(parents=True, exist_ok=True)
    (folder / "status").touch()
    config, debian = folder / "apt.conf", mirror()
    config.write_text(APT_CONFIG.format(folder=folder, architecture=DEBIAN[machine]), encoding="utf-8")
    lines = (f"{kind} {debian} {suite} main\n" for kind, suite in map(str.split, sources))
    (folder / "sources.list").write_text("".join(lines), encoding="utf-8")
    quietly("apt-get", "update", APT_CONFIG=config)
    return config


class System:
    """A system in a folder, for one processor and one C library."""

    def __init__(self, libc: str, machine: str) -> None:
        self.libc, self.machine = libc, machine
        self.folder = ROOT / "target" / "foreign" / f"{libc}-{machine}"
        self.root, self.site, self.apt = self.folder / "system", self.folder / "site", self.folder / "apt"

    @property
    def emulator(self) -> str | None:
        """The program that runs another processor's code."""
        return None if platform.machine() == self.machine else f"qemu-{self.machine}"

    def lay(self) -> None:
        """What Debian has for that processor, laid into the folder."""
        config = catalogue(self.apt, self.machine, f"deb {SUITES[self.libc]}", "deb-src bookworm")
        quietly("apt-get", "install", "--yes", "--download-only", *PACKAGES[self.libc], APT_CONFIG=config)
        for package in sorted((self.apt / "cache" / "archives").glob("*.deb")):
            quietly("dpkg-deb", "--extract", package, self.root)
        if not (self.root / "lib").exists():  # newer Debians have one place for it
            (self.root / "lib").symlink_to("usr/lib")

    @cached_property
    def real(self) -> Path:
        """Python itself, which only that system runs."""
        musl = self.libc == "musllinux"
        path = self.folder / "python" / "bin" / "python3" if musl else self.root / "usr" / "bin" / "python3"
        if not path.is_symlink():
            self.lay()
            if musl:
                build(self.machine, self.folder, self.apt / "apt.conf")
        return path

    @cached_property
    def command(self) -> Path:
        """A command that is this Python, for tests that start another one too: there sys.executable is this command."""
        loader = next(self.root.glob("lib*/ld-*"))
        start = f'{self.emulator} -L "{self.root}" -0 "$0"' if self.emulator else f'"{loader}" --argv0 "$0"'
        command = self.real.with_name("foreign")
        command.write_text(f'#!/bin/sh\nexec {start} "{self.real}" "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        return command

    def install(self, wheel: Path) -> None:
        """The wheel and what the tests need, as pip would choose them there."""
        shutil.rmtree(self.site, ignore_errors=True)
        version = self.real.readlink().name.removeprefix("python")
        platforms = [word for name in PLATFORMS[self.libc] for word in ("--platform", f"{name}_{self.machine}")]
        needed = subprocess.check_output(
            [sys.executable, ROOT / "tools" / "requirements.py", "laws"], text=True
        ).split()
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--only-binary=:all:"]
        quietly(*pip, *platforms, "--python-version", version, "--target", self.site, wheel, *needed)


def tested(python: Path, arguments: list[str], **environment: str) -> int:
    """How the fast tests end with a Python that has the wheel, away from the checkout."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "tests", Path(folder, "tests"), ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", folder)
        pytest = [python, "-m", "pytest", "-q", "-m", "not slow and not wheel and not site", *arguments]
        return subprocess.run(pytest, cwd=folder, env={**os.environ, **environment}, check=False).returncode


def main() -> int:
    """Run the tests and say how they ended."""
    wheel = Path(sys.argv[1])
    kind = re.search(r"-(manylinux|musllinux)\w*?_(x86_64|aarch64)\b", wheel.name)
    if kind is None:
        print(f"{wheel.name} is for neither of {', '.join(DEBIAN)} with glibc or musl", file=sys.stderr)
        return 2
    system = System(*kind.groups())
    programs = [system.emulator, "apt-get", "dpkg-deb"]
    if missing := [name for name in programs if name and shutil.which(name) is None]:
        print(f"{', '.join(missing)} not found; on Debian: apt-get install qemu-user", file=sys.stderr)
        return 2
    system.install(wheel)
    return tested(system.command, sys.argv[2:] or TESTS, PYTHONPATH=str(system.site))


if __name__ == "__main__":
    sys.exit(main())
