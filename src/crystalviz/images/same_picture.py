"""Decide from the pixels whether two pictures are one, up to pose and light recompression."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crystalviz.images.pixels import Pixels
from crystalviz.images.poses import apply_pose
from crystalviz.images.scene_signature import fine_detail
from crystalviz.images.tiles import tile

_LONGEST_SIDE = 512
_LEAST_SIDE = 32
_EDGE = 3
_CELLS = 16
_MAX_STRETCH = 0.03
# Measured on real and synthetic crystals at half their size. Copies (JPEG quality 30 and up, 0.5
# times the size and up, noise of 8 gray levels, 15 levels brighter, gamma 0.8): detail correlates
# above 0.82, no cell deviates by more than 0.25 of the contrast, gain within 14 %. Blank fields
# under one lamp: detail below 0.1, below 0.4 after JPEG at quality 30, 0.5 with a fixed pattern
# as strong as the noise. One field in which a particle has moved: cells deviate by more than 0.9.
_MIN_DETAIL = 0.75
_MAX_DEVIATION = 0.4
_MAX_GAIN = 1.35
_MAX_OFFSET = 30.0


@dataclass(frozen=True, slots=True, eq=False)
class Comparable:
    """A picture at no more than 512 pixels a side, and what is compared of it.

    Attributes
    ----------
    pixels : (h, w) uint8 array
    half : (h / 2, w / 2) float32 array
        The picture at half the size, where noise and compression weigh less; as it is where it is
        smaller than 64 pixels.
    detail : float32 array
        The fine detail of `half` (see `fine_detail`), without the edge, which lighting falls into.
    """

    pixels: Pixels
    half: NDArray[np.float32]
    detail: NDArray[np.float32]

    @classmethod
    def of(cls, pixels: Pixels) -> Comparable:
        """Prepare a picture (H, W) for comparison."""
        small = tile(pixels, _LONGEST_SIDE)
        image = Image.fromarray(np.ascontiguousarray(small))
        half = image.reduce(2) if min(small.shape) >= 2 * _LEAST_SIDE else image
        detail = fine_detail(half)
        if min(detail.shape) > 4 * _EDGE:
            detail = detail[_EDGE:-_EDGE, _EDGE:-_EDGE]
        return cls(small, np.asarray(half, np.float32), detail)


def pose_of_same_picture(a: Comparable, b: Comparable, poses: Iterable[int]) -> int | None:
    """Return the one of `poses` in which `b` is `a`, the most alike if several are, or None.

    They are one picture if their fine detail correlates and, once brightness and contrast are
    equalled (they may differ a little, as exposures do), no part of one deviates from the other:
    recompression changes a picture everywhere alike, while another picture of the same field
    differs where something has moved. Pictures of different size are brought to the smaller one's;
    their proportions must agree within 3 %.
    """
    found: list[tuple[float, int]] = []
    for pose in poses:
        one, other = _at_one_size(a, b, pose)
        if one is None or other is None:
            continue
        detail = _correlation(one.detail, other.detail)
        if detail >= _MIN_DETAIL and _deviates_nowhere(one.half, other.half):
            found.append((-detail, pose))
    return min(found)[1] if found else None


def _at_one_size(
    a: Comparable, b: Comparable, pose: int
) -> tuple[Comparable | None, Comparable | None]:
    turned = apply_pose(b.pixels, pose)
    stretch = (turned.shape[1] * a.pixels.shape[0]) / (turned.shape[0] * a.pixels.shape[1])
    if abs(stretch - 1) > _MAX_STRETCH:
        return None, None
    if turned.shape == a.pixels.shape:
        if all(side % 2 == 0 for side in turned.shape):
            half, detail = apply_pose(b.half, pose), apply_pose(b.detail, pose)
            return a, Comparable(turned, half, detail)
        # Halving an odd number of pixels leaves over the last ones: those of the turned picture.
        return a, Comparable.of(turned)
    if turned.size > a.pixels.size:
        return a, Comparable.of(_resize(turned, a.pixels.shape))
    return Comparable.of(_resize(a.pixels, turned.shape)), Comparable.of(turned)


def _resize(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.LANCZOS))


def _correlation(a: NDArray[np.float32], b: NDArray[np.float32]) -> float:
    """Return Pearson's correlation, 0 where it is not defined."""
    x, y = a.ravel() - a.mean(), b.ravel() - b.mean()
    spread = float(x @ x) * float(y @ y)
    return float(x @ y) / spread**0.5 if spread > 0 else 0.0


def _deviates_nowhere(a: NDArray[np.float32], b: NDArray[np.float32]) -> bool:
    """Say whether b, with the mean and contrast of a, is near a in each of 16 x 16 cells."""
    spread_a, spread_b = float(a.std()), float(b.std())
    if not spread_a * spread_b > 0 or abs(log(spread_a / spread_b)) > log(_MAX_GAIN):
        return False
    if abs(float(a.mean() - b.mean())) > _MAX_OFFSET:
        return False
    residual: NDArray[Any] = (a - a.mean()) - (b - b.mean()) * np.float32(spread_a / spread_b)
    cells = Image.fromarray(residual).resize((_CELLS, _CELLS), Image.Resampling.BOX)
    return float(np.abs(np.asarray(cells)).max()) <= _MAX_DEVIATION * spread_a
