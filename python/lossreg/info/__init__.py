"""What there is to know about losses, parameters and plugins, as plain data."""

from lossreg.info.domains import Domain, Start
from lossreg.info.records import LossInfo, ParamInfo, PluginInfo

__all__ = ["Domain", "LossInfo", "ParamInfo", "PluginInfo", "Start"]
