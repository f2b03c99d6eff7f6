"""Data that come in pieces, from files or from objects, and losses over them in bounded memory.

`evaluate` is the function for everybody; the rest is what the command line and the integrations of clusters are made of: columns
by name, pieces of arguments that know where they came from, and the fold of a state over them.
"""

from lossreg.streams.columns import Columns
from lossreg.streams.evaluate import evaluate, wanted
from lossreg.streams.objects import blocks_of
from lossreg.streams.parts import Part, joined, summed
from lossreg.streams.pieces import Block, Input, Piece, as_promised, check_rows, fold, placed
from lossreg.streams.shares import fold_files
from lossreg.streams.sources import Files

__all__ = [
    "Block",
    "Columns",
    "Files",
    "Input",
    "Part",
    "Piece",
    "as_promised",
    "blocks_of",
    "check_rows",
    "evaluate",
    "fold",
    "fold_files",
    "joined",
    "placed",
    "summed",
    "wanted",
]
