"""The registry: losses by name, whoever brought them."""

from lossreg.registry.lookup import describe, get, names, plugins, register, unregister

__all__ = ["describe", "get", "names", "plugins", "register", "unregister"]
