"""Arrays from files: CSV, NPY, NPZ and Parquet, plain or compressed, one or many, also from standard input."""

from lossreg.cli.inputs.arrays import Input
from lossreg.cli.inputs.sources import read

__all__ = ["Input", "read"]
