"""Losses for compiled code of other libraries, which calls them without the interpreter.

XLA, the compiler of JAX, calls `xla_handler`'s function with its buffers and the name of a loss; `xla_name` is how it comes to
know the loss.
"""

from lossreg._native import xla_handler, xla_name

__all__ = ["xla_handler", "xla_name"]
