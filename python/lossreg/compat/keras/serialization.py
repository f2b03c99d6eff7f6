"""Losses by name and as data: Keras's identifiers and config dictionaries, which Keras can read too."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lossreg import ParameterError
from lossreg.shown import shown

from . import functions
from .losses import CLASSES

OBJECTS: dict[str, Callable[..., Any]] = {
    **CLASSES,
    **{
        name: function
        for name, function in vars(functions).items()
        if inspect.isfunction(function) and hasattr(function, "__wrapped__")
    },
    **functions.ALIASES,
    **{name.upper(): function for name, function in functions.ALIASES.items()},
}


def get(identifier: Any) -> Any:
    """The loss meant by a name, a config dictionary, a class, or the loss itself; None is None.

    The name of a class gives an instance with its defaults, that of a function the function.
    """
    if identifier is None:
        return None
    found = deserialize(identifier) if isinstance(identifier, (str, Mapping)) else identifier
    if not callable(found):
        raise ParameterError(
            f"Could not interpret loss identifier: {shown(identifier)}; pass a name, a config or a loss"
        )
    return found() if inspect.isclass(found) else found


def serialize(loss: Any) -> dict[str, Any]:
    """The config dictionary of a loss or a loss function, as Keras writes it."""
    if inspect.isfunction(loss):
        return {"module": "builtins", "class_name": "function", "config": loss.__name__, "registered_name": "function"}
    name = type(loss).__name__
    known = OBJECTS.get(name) is type(loss)
    return {
        "module": "keras.losses" if known else type(loss).__module__,
        "class_name": name,
        "config": {key: _plain(value) for key, value in loss.get_config().items()},
        "registered_name": None if known else name,
    }


def deserialize(name: Any, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The loss of a config dictionary or a name; names in `custom_objects` come first."""
    if custom_objects is not None and not isinstance(custom_objects, Mapping):
        raise ParameterError(f"custom_objects is {shown(custom_objects)}; wanted a mapping of names to losses")
    objects = {**OBJECTS, **(custom_objects or {})}
    config: Any = {}
    identifier = name
    if isinstance(identifier, Mapping):
        if "class_name" not in identifier:
            raise ParameterError(f"Could not parse config: {shown(dict(identifier))}; it has no class_name")
        config, identifier = identifier.get("config"), identifier["class_name"]
        if isinstance(identifier, str) and identifier == "function":
            config, identifier = {}, config
    if not isinstance(identifier, str) or identifier not in objects:
        raise ParameterError(
            f"Could not interpret loss identifier: {shown(identifier)}; there are {', '.join(sorted(objects))}, and pass "
            "losses of your own in custom_objects={name: loss}"
        )
    found = objects[identifier]
    make = getattr(found, "from_config", None)
    if config is not None and not isinstance(config, Mapping):
        raise ParameterError(f"the config of {identifier} is {shown(config)}; wanted what get_config returned")
    return make({key: _restored(value) for key, value in (config or {}).items()}) if make else found


def _plain(value: Any) -> Any:
    """A value as data, arrays as Keras writes them."""
    if isinstance(value, np.ndarray) and value.ndim:
        return {"class_name": "__numpy__", "config": {"value": value.tolist(), "dtype": value.dtype.name}}
    return value.item() if isinstance(value, (np.ndarray, np.generic)) else value


def _restored(value: Any) -> Any:
    if isinstance(value, Mapping) and value.get("class_name") == "__numpy__":
        return np.array(value["config"]["value"], dtype=value["config"]["dtype"])
    return value
