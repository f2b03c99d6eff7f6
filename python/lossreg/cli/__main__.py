"""``python -m lossreg.cli`` is the command `lossreg`."""

from lossreg.cli import main

main()
