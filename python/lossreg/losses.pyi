# Written by `python tools/generate_stubs.py` from the losses' own data; change those, not this file.
from collections.abc import Callable, Sequence

from lossreg import Loss

__all__ = [
    "absolute_error",
    "binary_cross_entropy",
    "binary_focal",
    "categorical_cross_entropy",
    "categorical_focal",
    "exponential",
    "gamma",
    "half_squared_error",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "minimax_discriminator",
    "minimax_generator",
    "pinball",
    "poisson",
    "sparse_categorical_cross_entropy",
    "squared_error",
    "tweedie",
]

def __getattr__(name: str) -> Callable[..., Loss]: ...  # losses of plugins
def absolute_error() -> Loss: ...
def binary_cross_entropy(
    *,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    pos_weight: float = 1.0,
) -> Loss: ...
def binary_focal(
    *,
    gamma: float = 2.0,
    alpha: float | None = None,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
) -> Loss: ...
def categorical_cross_entropy(
    *,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    class_weight: Sequence[float] | None = None,
    axis: int = -1,
) -> Loss: ...
def categorical_focal(
    *,
    gamma: float = 2.0,
    alpha: float | Sequence[float] | None = None,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Loss: ...
def exponential() -> Loss: ...
def gamma(*, log_input: bool = True) -> Loss: ...
def half_squared_error() -> Loss: ...
def hinge(*, margin: float = 1.0) -> Loss: ...
def huber(*, delta: float = 1.0) -> Loss: ...
def kl_divergence(*, from_logits: bool = True, axis: int = -1) -> Loss: ...
def log_cosh() -> Loss: ...
def minimax_discriminator(*, label_smoothing: float = 0.0) -> Loss: ...
def minimax_generator(*, saturating: bool = True) -> Loss: ...
def pinball(*, quantile: float = 0.5) -> Loss: ...
def poisson(*, log_input: bool = True, full: bool = False) -> Loss: ...
def sparse_categorical_cross_entropy(
    *,
    from_logits: bool = True,
    label_smoothing: float = 0.0,
    class_weight: Sequence[float] | None = None,
    ignore_index: int | None = None,
    axis: int = -1,
) -> Loss: ...
def squared_error() -> Loss: ...
def tweedie(*, power: float = 1.5, log_input: bool = True) -> Loss: ...
