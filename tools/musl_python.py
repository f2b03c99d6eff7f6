"""A Python for musl, of which there is none outside Alpine: zig builds CPython, libffi and zlib from Debian's sources, for any processor.

Needs make, readelf and dpkg-dev of Debian, ziglang, and a Python 3.11 of this machine, which runs what CPython's build runs.
"""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

SOURCES = ["libffi", "zlib", "python3.11"]
LIBFFI = ["--disable-shared", "--disable-docs", "--disable-multi-os-directory", "--disable-exec-static-tramp"]
PYTHON = ["--disable-test-modules", "--without-ensurepip"]
TARGETS = {"zlib": ["libz.a"]}
# What cannot be asked for from outside.
SITE = "ac_cv_file__dev_ptmx=yes\nac_cv_file__dev_ptc=no\nac_cv_buggy_getaddrinfo=no\n"
# The compiler without what CPython's build finds on the system, which is of another libc; it has no word for what it compiles to.
COMPILER = """\
#!/bin/sh
for word; do
    shift
    case $word in
        --print-multiarch|-print-multiarch) exit ;;
        -[IL]/usr/*) ;;
        *) set -- "$@" "$word" ;;
    esac
done
exec {zig} cc -target {machine}-linux-musl -fno-sanitize=undefined -Wno-date-time "$@"
"""


def quietly(*command: str | Path, folder: Path | None = None, **environment: str | Path) -> None:
    """Runs a program; what it says is shown where it fails."""
    words = [str(word) for word in command]
    env = {**os.environ, **{name: str(value) for name, value in environment.items()}}
    done = subprocess.run(
        words, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{shlex.join(words)}\n{done.stdout[-10_000:]}")


def sources(folder: Path, apt_config: Path, names: list[str]) -> dict[str, Path]:
    """The sources as their authors gave them out, by the name of Debian's package, without Debian's changes."""
    quietly("apt-get", "source", "--download-only", *names, folder=folder, APT_CONFIG=apt_config)
    found = {}
    for name in names:
        archives = folder.glob(f"{name}_*.orig.tar.*")
        with tarfile.open(next(path for path in archives if path.suffix != ".asc")) as archive:  # some are signed
            archive.extractall(folder, filter="data")
            found[name] = folder / archive.getnames()[0].split("/")[0]
    return found


def build(machine: str, folder: Path, apt_config: Path) -> None:
    """Lays a Python for musl into `folder/python`: minutes of two cores."""
    native = shutil.which("python3.11")
    if native is None:
        sys.exit("python3.11 not found: a Python for musl is built by one of the same version")
    print(f"a Python for musl on {machine}, built by zig: some minutes the first time", flush=True)
    work, target = folder / "build", f"{machine}-linux-musl"
    work.mkdir(parents=True, exist_ok=True)
    zig = shlex.join([sys.executable, "-m", "ziglang"])
    tools = {"CC": COMPILER.format(zig=zig, machine=machine)}
    tools |= {name.upper(): f'#!/bin/sh\nexec {zig} {name} "$@"\n' for name in ("ar", "ranlib")}
    environment = {"CPPFLAGS": f"-I{work}/include", "CFLAGS": "-fPIC -O1", "LDFLAGS": f"-dynamic -s -L{work}/lib"}
    for name, text in tools.items():
        program = work / f"{target}-{name.lower()}"
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
        environment[name] = str(program)
    (work / "config.site").write_text(SITE, encoding="utf-8")
    environment |= {"READELF": str(shutil.which("readelf")), "CONFIG_SITE": str(work / "config.site")}
    environment["PKG_CONFIG_LIBDIR"] = str(work / "lib" / "pkgconfig")
    # Python takes its name for the platform from the C library of the machine that builds.
    cross = [f"--host={target}", f"--build={platform.machine()}-native-linux-musl"]
    options = {
        "zlib": [f"--prefix={work}", "--static"],
        "libffi": [f"--prefix={work}", *cross, *LIBFFI],
        "python3.11": [f"--prefix={folder / 'python'}", *cross, f"--with-build-python={native}", *PYTHON],
    }
    for name, source in sources(work, apt_config, SOURCES).items():
        quietly("sh", "./configure", *options[name], folder=source, **environment)
        quietly("make", f"-j{os.cpu_count()}", *TARGETS.get(name, ()), folder=source, **environment)
        quietly("make", "install", folder=source, **environment)
