"""What tests share is importable: `drawn` and the tables of `truth`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
