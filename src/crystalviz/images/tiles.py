"""Small versions of pictures, for galleries and atlases."""

from __future__ import annotations

import numpy as np
from PIL import Image

from crystalviz.images.pixels import Pixels


def tile(pixels: Pixels, side: int = 128) -> Pixels:
    """Shrink a picture so that its longest side is `side`; a smaller one stays as it is.

    The filter is Lanczos with antialiasing; pictures much larger than the tile are first averaged
    over whole blocks down to three times its size, which the eye cannot tell apart and is faster.

    Parameters
    ----------
    pixels : (H, W) uint8 array
    side : int
        Longest side of the result, in pixels.

    Returns
    -------
    (h, w) uint8 array
        The proportions are kept (rounded to whole pixels, at least 1).
    """
    if side < 1:
        raise ValueError(f"side must be at least 1 pixel, not {side}")
    height, width = pixels.shape
    scale = side / max(height, width)
    if scale >= 1:
        return pixels
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0))
