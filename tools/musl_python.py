"""A Python for musl, of which there is none outside Alpine: zig builds CPython, libffi and zlib from Debian's sources, for any processor.

Needs Debian 12 with make and dpkg-dev, ziglang, and a Python 3.11 of this machine, which runs what CPython's build runs.
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
# The musl of Debian 12 is 1.2.3; zig links against a newer one, which has these besides. A terminal cannot be asked for from outside.
SITE = "ac_cv_func_preadv2=no ac_cv_func_pwritev2=no ac_cv_file__dev_ptmx=yes ac_cv_file__dev_ptc=no ac_cv_buggy_getaddrinfo=no"
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


def say(folder: Path, *command: str | Path, **environment: str) -> None:
    """Runs one step of a build; what it says is shown where it fails."""
    words = [str(word) for word in command]
    print(" ".join(word.rpartition("/")[2] for word in words[:2]), flush=True)
    env = {**os.environ, **environment}
    done = subprocess.run(
        words, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{shlex.join(words)}\n{done.stdout[-10_000:]}")


def download(folder: Path) -> dict[str, Path]:
    """The sources as their authors gave them out, by the name of Debian's package, without Debian's changes."""
    system = dict(
        line.split("=", 1) for line in Path("/etc/os-release").read_text(encoding="utf-8").splitlines() if "=" in line
    )
    target = "deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)"
    lines = subprocess.check_output(
        ["apt-get", "indextargets", "--format", target, "Created-By: Packages"], text=True
    ).splitlines()
    own = next(line for line in lines if line.split()[-2] == system["VERSION_CODENAME"])
    (folder / "lists" / "partial").mkdir(parents=True, exist_ok=True)
    (folder / "sources.list").write_text(own + "\n", encoding="utf-8")
    options = {
        "Dir::Etc::sourcelist": folder / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": folder / "lists",
    }
    apt = [
        "apt-get",
        *(word for name, value in options.items() for word in ("-o", f"{name}={value}")),
        "-o",
        "APT::Sandbox::User=root",
    ]
    say(folder, *apt, "update")
    say(folder, *apt, "source", "--download-only", *SOURCES)
    found = {}
    for name in SOURCES:
        with tarfile.open(next(folder.glob(f"{name}_*.orig.tar.*"))) as archive:
            archive.extractall(folder, filter="data")
            found[name] = folder / archive.getnames()[0].split("/")[0]
    return found


def build(machine: str, folder: Path) -> None:
    """Lays a Python for musl into `folder/python`: minutes of a core."""
    native = shutil.which("python3.11")
    if native is None:
        sys.exit("python3.11 not found: a Python for musl is built by one of the same version")
    work, target = folder / "build", f"{machine}-linux-musl"
    work.mkdir(parents=True, exist_ok=True)
    sources = download(work)
    zig = shlex.join([sys.executable, "-m", "ziglang"])
    tools = {"CC": COMPILER.format(zig=zig, machine=machine)}
    tools |= {name.upper(): f'#!/bin/sh\nexec {zig} {name} "$@"\n' for name in ("ar", "ranlib")}
    environment = {"CPPFLAGS": f"-I{work}/include", "CFLAGS": "-fPIC -O1", "READELF": str(shutil.which("readelf"))}
    for name, text in tools.items():
        program = work / f"{target}-{name.lower()}"
        program.write_text(text, encoding="utf-8")
        program.chmod(0o755)
        environment[name] = str(program)
    make = ["make", f"-j{os.cpu_count()}"]
    configure = ["sh", "./configure", f"--prefix={work}"]
    say(sources["zlib"], *configure, "--static", **environment)
    say(sources["zlib"], *make, "libz.a", **environment)
    say(sources["zlib"], "make", "install", **environment)
    cross = [f"--host={target}", f"--build={platform.machine()}-pc-linux-gnu"]
    say(
        sources["libffi"], *configure, *cross, "--disable-shared", "--disable-docs", "--disable-multi-os-directory",
        "--disable-exec-static-tramp", **environment,
    )  # fmt: skip
    say(sources["libffi"], *make, "install", **environment)
    (work / "config.site").write_text(SITE.replace(" ", "\n") + "\n", encoding="utf-8")
    environment |= {"LDFLAGS": f"-dynamic -s -L{work}/lib", "CONFIG_SITE": str(work / "config.site")}
    environment["PKG_CONFIG_LIBDIR"] = str(work / "lib" / "pkgconfig")
    python = sources["python3.11"]
    say(
        python, "sh", "./configure", f"--prefix={folder}/python", *cross, f"--with-build-python={native}",
        "--disable-test-modules", "--without-ensurepip", **environment,
    )  # fmt: skip
    say(python, *make, **environment)
    say(python, "make", "install", **environment)
