"""Texture from gray-level co-occurrence: which gray values stand a fixed step apart."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from crystalviz.images import Pixels, load_pixels

DIRECTIONS = (0, 45, 90, 135)
"""Degrees; with the symmetric matrix they are all eight neighbours of a pixel."""


class Texture(NamedTuple):
    """Features of the gray-level co-occurrence matrix p(i, j) (Haralick et al. 1973).

    Attributes
    ----------
    contrast : float
        Sum of p (i - j)^2, in squared gray levels; 0 for a flat picture.
    correlation : float
        Of the two gray values, -1 to 1; 1 for a flat picture.
    energy : float
        Square root of the sum of p^2 (the angular second moment), up to 1 for a flat picture.
    homogeneity : float
        Sum of p / (1 + (i - j)^2) (the inverse difference moment), up to 1 for a flat picture.
    """

    contrast: float
    correlation: float
    energy: float
    homogeneity: float


def texture(
    image: str | os.PathLike[str] | NDArray[Any],
    offset: int = 5,
    directions: Sequence[float] = DIRECTIONS,
) -> Texture:
    """Return the mean of the co-occurrence features over `directions`.

    The matrix has all 256 gray values, counts each pair in both orders and is divided by its sum
    (R. M. Haralick, K. Shanmugam, I. Dinstein, IEEE Trans. Syst. Man Cybern. 3, 610, 1973).

    Parameters
    ----------
    image : path or array
        As in `crystalviz.histogram`.
    offset : int
        Distance of the two pixels of a pair; along a diagonal each coordinate is rounded.
        Crystallization imaging uses 5.
    directions : sequence of float
        Degrees; 0 is along a row, 90 along a column.

    Raises
    ------
    ValueError
        If `offset` is under 1, no direction is given, or the image is too small for a pair.
    """
    if offset < 1:
        raise ValueError(f"offset must be at least 1 pixel, not {offset}")
    if not len(directions):
        raise ValueError("directions is empty; give at least one angle in degrees")
    pixels = load_pixels(image)
    found = [_features(cooccurrence(pixels, offset, angle)) for angle in directions]
    return Texture(*(float(value) for value in np.mean(found, axis=0)))


def cooccurrence(pixels: Pixels, offset: int, direction: float) -> NDArray[np.int64]:
    """Count the pairs of gray values that stand `offset` pixels apart.

    Parameters
    ----------
    pixels : (H, W) uint8 array
    offset : int
    direction : float
        Degrees.

    Returns
    -------
    (256, 256) int64 array
        Symmetric: each pair is counted in both orders.

    Raises
    ------
    ValueError
        If the image is too small for a pair.
    """
    angle = math.radians(direction)
    down, right = round(math.sin(angle) * offset), round(math.cos(angle) * offset)
    height, width = pixels.shape
    if abs(down) >= height or abs(right) >= width:
        raise ValueError(
            f"an image of {width} x {height} pixels has no two that are {offset} apart at "
            f"{direction:g} degrees; take a smaller offset"
        )
    rows = slice(max(0, -down), height - max(0, down))
    columns = slice(max(0, -right), width - max(0, right))
    one = pixels[rows, columns]
    other = pixels[
        rows.start + down : rows.stop + down, columns.start + right : columns.stop + right
    ]
    pairs = np.bincount((one.astype(np.intp) << 8 | other).ravel(), minlength=1 << 16)
    pairs = pairs.reshape(256, 256)
    return pairs + pairs.T


def _features(pairs: NDArray[np.int64]) -> tuple[float, float, float, float]:
    one, other = np.nonzero(pairs)
    share = pairs[one, other] / pairs.sum()
    squares = (one - other) ** 2
    mean = (share * one).sum()
    variance = (share * (one - mean) ** 2).sum()
    contrast = (share * squares).sum()
    # cov(i, j) = variance - E[(i - j)^2] / 2, because i and j are distributed alike.
    correlation = 1.0 - contrast / (2.0 * variance) if variance > 0 else 1.0
    energy = math.sqrt((share * share).sum())
    return contrast, correlation, energy, (share / (1.0 + squares)).sum()
