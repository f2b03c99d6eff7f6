"""The registry: losses by name, whoever brought them."""

from lossreg.registry.lookup import combine, describe, get, names, plugins, register, unregister

__all__ = ["combine", "describe", "get", "names", "plugins", "register", "unregister"]
