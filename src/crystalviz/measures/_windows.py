"""Square windows around each pixel, cut at the image's border."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def odd_window(window: int) -> int:
    """Return `window`, the side of a square in pixels.

    Raises
    ------
    ValueError
        If it is even or under 1: such a window has no middle.
    """
    if window < 1 or window % 2 == 0:
        raise ValueError(f"window must be an odd number of pixels, 1 or more; not {window}")
    return int(window)


def window_areas(shape: tuple[int, ...], window: int) -> NDArray[np.int64]:
    """Return how many pixels of each window lie inside an image of `shape` (H, W)."""
    radius = window // 2

    def along(length: int) -> NDArray[np.int64]:
        at = np.arange(length)
        return np.minimum(at + radius, length - 1) - np.maximum(at - radius, 0) + 1

    return along(shape[0])[:, None] * along(shape[1])[None, :]
