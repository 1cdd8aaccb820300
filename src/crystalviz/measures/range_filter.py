"""Range filter: the span of the gray values around each pixel."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystalviz.images import load_pixels
from crystalviz.measures._windows import odd_window


def range_filter(
    image: str | os.PathLike[str] | NDArray[Any], window: int = 7
) -> NDArray[np.uint8]:
    """Return the largest minus the smallest gray value in a square around each pixel.

    The difference of a morphological dilation and erosion (J.-F. Rivest, P. Soille, S. Beucher,
    Morphological gradients, 1993): edges and texture are high, flat ground is 0.

    Parameters
    ----------
    image : path or array
        As in `crystalviz.histogram`.
    window : int
        Side of the square in pixels, odd; cut at the border.

    Returns
    -------
    (H, W) uint8 array

    Raises
    ------
    ValueError
        If `window` is even or under 1.
    """
    from scipy import ndimage

    size = odd_window(window)
    pixels = load_pixels(image)
    # Repeating the border adds no value that the cut window lacks.
    highest = ndimage.maximum_filter(pixels, size, mode="nearest")
    lowest = ndimage.minimum_filter(pixels, size, mode="nearest")
    return highest - lowest
