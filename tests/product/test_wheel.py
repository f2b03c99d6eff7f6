"""The wheel that `make wheel` leaves in dist/, in a fresh environment of its own: tests meet what users install."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SUBSET = [
    "process/test_import.py",
    "process/test_memory.py",
    "registry/test_registry.py",
    "registry/test_package.py",
    "arguments/test_arrays.py",
    "arguments/test_dtypes.py",
    "truth/test_truth.py",
]


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    return done.stdout


def newest(pattern: str, command: str) -> Path:
    found = sorted((ROOT / "dist").glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        pytest.skip(f"there is none: {command}")
    return found[-1]


def environment(folder: Path) -> Path:
    """A fresh environment's Python."""
    venv.create(folder, with_pip=True, symlinks=True)
    return folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment with the wheel in it."""
    wheel = newest("lossreg-*.whl", "make wheel")
    folder = tmp_path_factory.mktemp("wheel")
    python = environment(folder / "env")
    needed = run(sys.executable, ROOT / "tools" / "requirements.py", "laws", cwd=folder).split()
    run(python, "-m", "pip", "--disable-pip-version-check", "-q", "install", wheel, "ml_dtypes", *needed, cwd=folder)
    return python


@pytest.mark.wheel
def test_the_wheel_works_where_nothing_else_is(python: Path, tmp_path: Path) -> None:
    code = (
        "import lossreg, lossreg._native as n, importlib.metadata as m; "
        "assert lossreg.get('huber', delta=2.0)([0.0], [1.0]) == 0.5; "
        "assert lossreg.__version__ == m.version('lossreg'); print(lossreg.__file__, n.__file__)"
    )
    assert str(ROOT) not in run(python, "-c", code, cwd=tmp_path)
    assert "No broken requirements" in run(python, "-m", "pip", "check", cwd=tmp_path)


@pytest.mark.wheel
def test_the_tests_pass_against_the_wheel(python: Path, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests", tmp_path / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    chosen = [f"tests/{name}" for name in SUBSET]
    run(python, "-m", "pytest", "-q", "-m", "not slow and not wheel", *chosen, cwd=tmp_path)


@pytest.mark.wheel
def test_the_command_says_what_it_misses(python: Path, tmp_path: Path) -> None:
    command = python.with_name("lossreg")
    done = subprocess.run([str(command), "list"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "lossreg[cli]" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not (ROOT / "tools" / "check_wheel.py").is_file(), reason="this is not a checkout of the project")
@pytest.mark.parametrize(
    ("tag", "symbols", "complaint"),
    [
        ("abi3-manylinux_2_17_x86_64.manylinux2014_x86_64", b"memcpy\0GLIBC_2.14\0GLIBC_2.2.5\0GLIBC_2.17", ""),
        ("abi3-manylinux_2_17_x86_64", b"GLIBC_2.17\0GLIBC_2.28\0", "it needs glibc 2.28; its name promises 2.17"),
        ("abi3-manylinux2014_aarch64", b"GLIBC_2.34\0GLIBC_2.4", "it needs glibc 2.34; its name promises 2.17"),
        ("abi3-musllinux_1_2_x86_64", b"GLIBC_2.2.5", "it needs glibc 2.2; its name promises 0.0"),
        ("abi3-musllinux_1_2_aarch64", b"\x7fELF" + bytes(14) + b"\xb7\0", ""),
        ("abi3-manylinux2014_x86_64", b"\x7fELF" + bytes(14) + b"\xb7\0", "lossreg/_native.abi3.so is for aarch64"),
        ("abi3-linux_x86_64", b"GLIBC_2.39", ""),
        ("abi3-win_amd64", b"", ""),
        ("cp314t-win_amd64", b"", ""),
        (
            "cp314-win_amd64",
            b"",
            "it is neither for the stable interface of Python (abi3) nor for a Python without its lock",
        ),
    ],
)
def test_a_wheel_that_is_not_what_its_name_says_is_found(
    tag: str, symbols: bytes, complaint: str, tmp_path: Path
) -> None:
    spec = importlib.util.spec_from_file_location("check_wheel", ROOT / "tools" / "check_wheel.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    path = tmp_path / f"lossreg-0.1.0-cp311-{tag}.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for name in [*module.WANTED, module.module(path.name) or "lossreg/_native.so"]:
            wheel.writestr(name.replace("*.dist-info", "lossreg-0.1.0.dist-info").replace("*", "so"), symbols)
    assert module.complaints(str(path)) == ([complaint] if complaint else [])


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cargo") is None, reason="cargo is not installed")
def test_the_source_distribution_builds(tmp_path: Path) -> None:
    maturin = shutil.which("maturin") or str(Path(sys.executable).with_name("maturin"))
    run(maturin, "sdist", "--out", tmp_path / "dist", cwd=ROOT)
    (archive,) = (tmp_path / "dist").glob("*.tar.gz")
    with tarfile.open(archive) as tar:
        names = {name.split("/", 1)[-1] for name in tar.getnames()}
        assert {"LICENSE-MIT", "LICENSE-APACHE", "THIRD-PARTY-NOTICES.md", "Cargo.lock", "pyproject.toml"} <= names
        assert not [name for name in names if name.endswith(".so")]
        tar.extractall(tmp_path, filter="data")
    (source,) = (path for path in tmp_path.glob("lossreg-*") if path.is_dir())
    target = ["--profile", "dev", "--target-dir", tmp_path / "target", "--interpreter", sys.executable]
    run(maturin, "build", "--quiet", *target, "--out", tmp_path / "wheels", cwd=source)
    assert list((tmp_path / "wheels").glob("lossreg-*.whl"))
