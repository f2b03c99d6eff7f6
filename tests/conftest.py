"""What tests share is importable: the modules of `support`, and the tables of `truth`."""

import sys
from pathlib import Path

TESTS = Path(__file__).parent
sys.path[:0] = [str(TESTS), str(TESTS / "support"), str(TESTS / "truth")]
