"""The laws that every loss is held to, for the tests of those who write one."""

from lossreg.testing.laws import check_loss

__all__ = ["check_loss"]
