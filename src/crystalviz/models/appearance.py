"""What a picture looks like, apart from any model: 46 numbers about its light and its edges.

A network that was trained to tell needles from agglomerates keeps little of what a cat has that
crystals lack. These numbers keep it, and `crystalviz.models.novelty` compares them.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from crystalviz.models.preprocess import resize

SIDE = 128
_SCALES = 4
_QUANTILES = (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98)
APPEARANCE_DIMENSION = len(_QUANTILES) + 3 + 9 * _SCALES


def appearance(pixels: np.ndarray) -> np.ndarray:
    """Describe the light and the edges of one picture at four scales.

    Parameters
    ----------
    pixels : (H, W) uint8
        Brought to 128 x 128 first, so that a stored tile says nearly the same as its image.

    Returns
    -------
    (46,) float32
        Of the gray values, after mean 0 and variance 1: seven quantiles and the skewness; then
        the mean and the log contrast that they had before. Then nine numbers at each of four
        scales (128, 64, 32, 16 pixels a side): mean gradient, its spread, how far edges run in
        parallel within 8 x 8 blocks (coherence of the structure tensor, Bigun and Granlund 1987)
        plain and weighted by their strength, how unevenly they are spread over the picture; the
        contrast, peakedness and skewness of the band between this scale and the next (Laplacian
        pyramid, Burt and Adelson 1983); whether edges lie in the bright or the dark parts.

    Notes
    -----
    Logarithms and bounds keep blank and saturated pictures finite. Turning or mirroring a picture
    changes the numbers little, not at all in theory.
    """
    small = resize(pixels, (SIDE, SIDE))
    gray = small.astype(np.float32)
    contrast = float(gray.std())
    mean = float(gray.mean())
    level = (gray - np.float32(mean)) / np.float32(contrast + 2.0)
    numbers: list[float] = list((_quantiles(small) - mean) / (contrast + 2.0))
    numbers += [float(np.clip((level * level * level).mean(), -4, 4))]
    numbers += [mean / 64.0, float(np.log(contrast + 2.0))]
    for _ in range(_SCALES):
        coarser = _halved(level)
        numbers += _edges(level)
        numbers += _band(level, coarser)
        level = coarser
    return np.array(numbers, np.float32)


def appearances(pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Return `appearance` of each picture, (n, 46) float32."""
    rows = [appearance(pixels) for pixels in pictures]
    return np.stack(rows) if rows else np.empty((0, APPEARANCE_DIMENSION), np.float32)


def _edges(level: np.ndarray) -> list[float]:
    # Over cells of 2 x 2 pixels, so that both directions are taken at the same place.
    down, right = level[1:] - level[:-1], level[:, 1:] - level[:, :-1]
    gx, gy = (right[1:] + right[:-1]) / 2, (down[:, 1:] + down[:, :-1]) / 2
    xx, yy, xy = gx * gx, gy * gy, gx * gy
    energy = xx + yy
    strength = np.sqrt(energy)
    rows = (level[1:] + level[:-1]) / 2
    cells = (rows[:, 1:] + rows[:, :-1]) / 2
    average, root = float(strength.mean()), float(np.sqrt(energy.mean()))
    side = 8 if len(level) > 16 else 4
    bx, by, bxy = _blocks(xx, side), _blocks(yy, side), _blocks(xy, side)
    total = bx + by
    parallel = np.sqrt((bx - by) ** 2 + 4 * bxy * bxy)
    return [
        float(np.log(average + 0.01)),
        float(np.log((root + 0.01) / (average + 0.01))),
        float((parallel / (total + 1e-3)).mean()),
        float(parallel.mean() / (total.mean() + 1e-3)),
        float(np.log((total.std() + 1e-3) / (total.mean() + 1e-3))),
        float((cells * strength).mean() / (root + 0.01)),
    ]


def _band(level: np.ndarray, coarser: np.ndarray) -> list[float]:
    half = len(coarser)
    fine = level.reshape(half, 2, half, 2) - coarser[:, None, :, None]
    deviation = float(np.sqrt(np.mean(fine * fine)))
    return [
        float(np.log(deviation + 1e-3)),
        float(np.log((np.abs(fine).mean() + 1e-3) / (deviation + 1e-3))),
        float(np.clip((fine * fine * fine).mean() / (deviation + 1e-2) ** 3, -4, 4)),
    ]


def _halved(level: np.ndarray) -> np.ndarray:
    rows = level[0::2] + level[1::2]
    return (rows[:, 0::2] + rows[:, 1::2]) * np.float32(0.25)


def _blocks(values: np.ndarray, side: int) -> np.ndarray:
    """Mean over blocks; of 8 m - 1 cells the last block is one short."""
    count = len(values)
    blocks = (count + 1) // side
    whole = np.zeros((blocks * side, blocks * side), np.float32)
    whole[:count, :count] = values
    sizes = np.full(blocks, side, np.float32)
    sizes[-1] = count - (blocks - 1) * side
    sums = whole.reshape(blocks, side, blocks, side).sum(axis=(1, 3))
    return np.asarray(sums / (sizes[:, None] * sizes[None, :]))


def _quantiles(gray: np.ndarray) -> np.ndarray:
    """As `np.quantile`, from the counts of the 256 gray values."""
    below = np.cumsum(np.bincount(gray.ravel(), minlength=256))
    place = np.array(_QUANTILES) * (gray.size - 1)
    lower = np.searchsorted(below, np.floor(place), "right")
    upper = np.searchsorted(below, np.ceil(place), "right")
    return np.asarray(lower + (upper - lower) * (place - np.floor(place)))
