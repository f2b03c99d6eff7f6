"""What is not a plain NumPy array becomes one here, or is refused with the reason and the fix.

The native side takes plain arrays as they are; everything else comes through `as_plain_array` first: lists, frames,
Arrow data, tensors. What would lose something silently (masks, nulls, gradients, a device copy) is an error.
"""

from lossreg.arrays.plain import as_plain_array

__all__ = ["as_plain_array"]
