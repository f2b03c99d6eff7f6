"""What there is to know about losses, parameters and plugins, as plain data."""

from lossreg.info.domains import Domain
from lossreg.info.records import LossInfo, ParamInfo, PluginInfo
from lossreg.info.start_values import Start

__all__ = ["Domain", "LossInfo", "ParamInfo", "PluginInfo", "Start"]
