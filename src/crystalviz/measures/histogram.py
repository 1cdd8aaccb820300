"""Gray value histogram of an image at native size."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crystalviz.images import load_pixels
from crystalviz.images.ahead import default_workers

# Large images are counted in blocks of rows, on all cores; views that are not contiguous are
# copied block by block, not whole.
_BLOCK_PIXELS = 1 << 22


def histogram(image: str | os.PathLike[str] | NDArray[Any]) -> NDArray[np.int64]:
    """Count the pixels of each gray value, at native size.

    Parameters
    ----------
    image : path or array
        A file, or an array (H, W), (H, W, 3) or (H, W, 4); brought to 8-bit gray by
        `crystalviz.images.load_pixels`.

    Returns
    -------
    (256,) int64 array
        Pixels with value 0, 1, ..., 255; the sum is H x W.

    Raises
    ------
    ImageReadError
        If the file cannot be read.
    ValueError
        If the array is not an image.
    """
    pixels = load_pixels(image)
    rows = max(1, _BLOCK_PIXELS // pixels.shape[1])

    def count(start: int) -> NDArray[np.int64]:
        block = np.ascontiguousarray(pixels[start : start + rows])
        # Pillow counts bytes in place: np.bincount first widens each pixel to eight bytes.
        return np.asarray(Image.fromarray(block).histogram(), np.int64)

    starts = range(0, len(pixels), rows)
    if len(starts) == 1:
        return count(0)
    with ThreadPoolExecutor(min(default_workers(), len(starts))) as pool:
        return np.sum(list(pool.map(count, starts)), axis=0, dtype=np.int64)
