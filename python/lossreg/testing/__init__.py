"""For the tests of those who write losses: valid arguments for any loss, and the laws that every loss is held to."""

from lossreg.testing.arguments import arguments
from lossreg.testing.laws import check_loss
from lossreg.testing.pytests import law_tests

__all__ = ["arguments", "check_loss", "law_tests"]
