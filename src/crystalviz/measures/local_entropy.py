"""Local entropy: how varied the gray values are around each pixel."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from crystalviz.images import load_pixels
from crystalviz.measures._windows import odd_window, window_areas


def local_entropy(
    image: str | os.PathLike[str] | NDArray[Any], window: int = 7
) -> NDArray[np.float64]:
    r"""Return the entropy of the gray values in a square around each pixel, in bits.

    .. math:: H(x, y) = -\sum_g p_g \log_2 p_g

    over the pixels of the window that lie inside the image. Unlike the entropy of the whole
    picture it sees arrangement: fine structure is high, smooth shading low. Crystallization
    imaging uses windows of 7 (edges, fines) and 71 pixels (whole crystals).

    Parameters
    ----------
    image : path or array
        As in `crystalviz.histogram`.
    window : int
        Side of the square in pixels, odd.

    Returns
    -------
    (H, W) float64 array
        0 to 8; and at most log2 of the pixels in the window.

    Raises
    ------
    ValueError
        If `window` is even or under 1.

    Notes
    -----
    The histograms of one row's windows slide down together, one pixel of each window at a time
    (T. S. Huang, G. J. Yang, G. Y. Tang, A fast two-dimensional median filtering algorithm, 1979);
    with n pixels in a window and counts c, H = log2 n - (1 / n) sum c log2 c, and a pixel that
    comes or goes changes one term of the sum. Time grows with the window's side.
    """
    radius = odd_window(window) // 2
    pixels = load_pixels(image)
    height, width = pixels.shape
    counts = np.arange(window * window + 1, dtype=np.float64)
    terms = counts * np.log2(np.maximum(counts, 1.0))
    gains = np.append(np.diff(terms), 0.0)  # of one more pixel of a gray value seen c times

    seen = np.zeros(width * 256, np.int32)  # 256 counts for each window of the row
    first_count = np.arange(width) * 256
    padded = np.zeros((height, width + 2 * radius), np.intp)
    padded[:, radius : radius + width] = pixels
    # For each column of the window: which windows of the row have it inside the image.
    spans = [
        (max(0, radius - column), min(width, width + radius - column), column)
        for column in range(window)
    ]
    place, count, gain = np.empty(width, np.intp), np.empty(width, np.int32), np.empty(width)
    total = np.zeros(width)

    def slide(row: int, arriving: bool) -> None:
        line = padded[row]
        for low, high, column in spans:
            if low >= high:
                continue
            at = np.add(
                first_count[low:high], line[low + column : high + column], out=place[low:high]
            )
            known = seen.take(at, out=count[low:high], mode="clip")
            if arriving:
                total[low:high] += gains.take(known, out=gain[low:high], mode="clip")
                known += 1
            else:
                known -= 1
                total[low:high] -= gains.take(known, out=gain[low:high], mode="clip")
            seen[at] = known

    sums = np.empty((height, width))
    for row in range(-radius, height):
        if row + radius < height:
            slide(row + radius, arriving=True)
        if row - radius - 1 >= 0:
            slide(row - radius - 1, arriving=False)
        if row >= 0:
            sums[row] = total
    areas = window_areas(pixels.shape, window)
    # Sliding leaves rounding errors of 1e-13; an entropy is never negative.
    return np.maximum(np.log2(areas) - sums / areas, 0.0)
