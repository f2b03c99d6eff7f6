"""Runs the tests of an example package in an environment of its own, where it is installed beside lossreg.

    python tools/try_example.py examples/lossreg-relative-error

The environment also sees what is installed for this interpreter, lossreg included, so nothing but the example is
fetched or built.
"""

import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from sysconfig import get_path


def main() -> int:
    """Install and test."""
    if len(sys.argv) != 2:
        print("name the folder of an example", file=sys.stderr)
        return 2
    example = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True, symlinks=True)
        python = str(Path(folder) / "bin" / "python")
        query = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        site = Path(subprocess.run(query, check=True, capture_output=True, text=True).stdout.strip())
        (site / "lossreg-beside.pth").write_text(f"import site; site.addsitedir({get_path('purelib')!r})\n")
        pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--no-deps"]
        subprocess.run([*pip, str(example)], check=True)
        return subprocess.run([python, "-m", "pytest", "-q", "tests"], cwd=example, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
