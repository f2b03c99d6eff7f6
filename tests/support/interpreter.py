"""A Python of its own for what could crash it, hang it, or change the state of its process."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

HANG = 300.0  # seconds: what nothing takes that does not hang, on a machine that has other work too


# What Python says since 3.12 of every fork beside threads: that they go well is what is tested.
FORKS = "This process:DeprecationWarning"


def run(code: str, *, timeout: float = HANG, **environment: str) -> str:
    """What the code prints; an error, a crash or a warning fails the test. No setting of threads or CPU is inherited."""
    inherited = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    inherited.pop("LOSSREG_CPU", None)
    done = subprocess.run(
        [sys.executable, "-X", "faulthandler", "-W", f"ignore:{FORKS}", "-c", textwrap.dedent(code)],
        capture_output=True,
        check=False,
        text=True,
        timeout=timeout,
        env={**inherited, **environment},
    )
    assert done.returncode == 0, f"exit code {done.returncode}\n{done.stdout}\n{done.stderr}"
    assert not done.stderr, done.stderr
    return done.stdout
