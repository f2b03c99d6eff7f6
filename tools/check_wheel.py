"""Looks into a wheel: is everything inside that must be, nothing that must not, is it small, and does it run where it says?

python tools/check_wheel.py dist/lossreg-*.whl
"""

import re
import sys
import zipfile
from fnmatch import fnmatch
from pathlib import Path

LIMIT = 4_350_000  # bytes
WANTED = [
    "lossreg/__init__.py",
    "lossreg/_native.pyi",
    "lossreg/losses.pyi",
    "lossreg/ops/__init__.pyi",
    "lossreg/include/lossreg/kernel.h",
    "lossreg/cli/template/*.txt",
    "lossreg/py.typed",
    "*.dist-info/licenses/LICENSE-APACHE",
    "*.dist-info/licenses/LICENSE-MIT",
    "*.dist-info/licenses/THIRD-PARTY-NOTICES.md",
    "*.dist-info/entry_points.txt",
    "*.dist-info/sboms/*.cyclonedx.json",  # which crates are in it
]
UNWANTED = ["*.rs", "*.pyc", "tests/*", "benchmarks/*", "asv_bench/*", "*/__pycache__/*"]


def module(path: str) -> str | None:
    """What the native module of a wheel is called, by the interface that the wheel's name promises; none of others."""
    *_, interface, _ = Path(path).name.split("-")
    if interface == "abi3":
        return "lossreg/_native.abi3.*"
    # Builds of Python without its lock have had no stable interface: one wheel for each version.
    return f"lossreg/_native.*{interface[2:]}*" if re.fullmatch(r"cp3\d+t", interface) else None


NAMED = {"manylinux1": (2, 5), "manylinux2010": (2, 12), "manylinux2014": (2, 17)}


def promised(path: str) -> tuple[int, int] | None:
    """The oldest glibc that the name of a wheel promises to run with; (0, 0) where it promises to run without."""
    found = [(int(major), int(minor)) for major, minor in re.findall(r"manylinux_(\d+)_(\d+)", path)]
    found += [version for name, version in NAMED.items() if f"-{name}_" in path or f".{name}_" in path]
    return min(found) if found else (0, 0) if "musllinux" in path else None


def needed(native: bytes) -> tuple[int, int]:
    """The newest version of glibc of which a native module needs a symbol: the linker names it beside the symbol."""
    found = re.findall(rb"\bGLIBC_(\d+)\.(\d+)", native)
    return max(((int(major), int(minor)) for major, minor in found), default=(0, 0))


MACHINES = {62: "x86_64", 183: "aarch64"}  # as the header of an ELF file numbers them


def built_for(native: bytes) -> str:
    """The processor of a native module of Linux, as tags spell it; nothing for the files of other systems."""
    return MACHINES.get(int.from_bytes(native[18:20], "little"), "") if native.startswith(b"\x7fELF") else ""


def complaints(path: str) -> list[str]:
    """What is wrong with the wheel, in sentences."""
    found = []
    with zipfile.ZipFile(path) as wheel:
        size = sum(member.compress_size for member in wheel.infolist())
        names = wheel.namelist()
        natives = {name: wheel.read(name) for name in names if name.endswith((".so", ".pyd"))}
    native = module(path)
    if native is None:
        found.append("it is neither for the stable interface of Python (abi3) nor for a Python without its lock")
    if size >= LIMIT:
        found.append(f"it has {size:,} bytes; wanted less than {LIMIT:,}")
    found += [
        f"{pattern} is missing"
        for pattern in [*WANTED, *filter(None, [native])]
        if not any(fnmatch(name, pattern) for name in names)
    ]
    found += [f"{name} does not belong in it" for name in names if any(fnmatch(name, bad) for bad in UNWANTED)]
    oldest, newest = promised(path), max(map(needed, natives.values()), default=(0, 0))
    if oldest is not None and newest > oldest:
        found.append("it needs glibc {}.{}; its name promises {}.{}".format(*newest, *oldest))
    found += [f"{name} is for {it}" for name, code in natives.items() if (it := built_for(code)) not in Path(path).stem]
    if len(natives) > 1:
        found.append(f"it has more than one native module: {', '.join(natives)}")
    if not found:
        print(f"{path}: {size:,} bytes, {len(names)} files")
    return found


def main() -> int:
    """Check each wheel named."""
    paths = sys.argv[1:]
    if not paths:
        print("name a wheel", file=sys.stderr)
        return 2
    found = [f"{path}: {complaint}" for path in paths for complaint in complaints(path)]
    print(*found, sep="\n", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
