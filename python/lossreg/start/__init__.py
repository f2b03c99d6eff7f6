"""Start values: the constant raw score with the least loss."""

from lossreg.start.constant import init_score

__all__ = ["init_score"]
