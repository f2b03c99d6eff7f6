"""Runs the tests of an example package in an environment of its own, where it is installed beside lossreg.

    python tools/try_example.py examples/lossreg-relative-error
    python tools/try_example.py --new my-losses                    one that `lossreg new` writes

The environment also sees what is installed for this interpreter, lossreg included, so nothing but the example is
fetched or built.
"""

import os
import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from sysconfig import get_path

ROOT = Path(__file__).resolve().parents[1]


def main() -> int:
    """Install and test."""
    match sys.argv[1:]:
        case ["--new", name]:
            with tempfile.TemporaryDirectory() as folder:
                subprocess.run([sys.executable, "-m", "lossreg", "new", name, "--in", folder], check=True)
                return tried(Path(folder) / name)
        case [example]:
            return tried(Path(example).resolve())
    print("name the folder of an example", file=sys.stderr)
    return 2


def tried(example: Path) -> int:
    """The exit code of an example's tests, where it is installed."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True, symlinks=True)
        python = str(Path(folder) / "bin" / "python")
        query = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        site = Path(subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip())
        (site / "lossreg-beside.pth").write_text(f"import site; site.addsitedir({get_path('purelib')!r})\n")
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps"]
        # What is in Rust is compiled once, whatever temporary folder pip builds it in.
        settings = {"CARGO_TARGET_DIR": str(ROOT / "target" / "examples"), **os.environ}
        subprocess.run([*pip, str(example)], check=True, env=settings)
        return subprocess.run([python, "-m", "pytest", "-q", "tests"], cwd=example, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
