"""For tests: valid arguments for any loss, the laws that every loss is held to, and whether predictions have a loss's scale."""

from lossreg.testing.arguments import arguments
from lossreg.testing.laws import check_loss
from lossreg.testing.pytests import law_tests
from lossreg.testing.scale import check_scale

__all__ = ["arguments", "check_loss", "check_scale", "law_tests"]
