"""Decide from the pixels whether two pictures are one, up to pose and light recompression."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crystalviz.images.pixels import Pixels
from crystalviz.images.poses import apply_pose
from crystalviz.images.scene_signature import fine_detail
from crystalviz.images.tiles import tile

_LONGEST_SIDE = 512
_MAX_STRETCH = 0.03
# Measured on real and synthetic crystals: their fine detail is 2.7 to 30 gray levels; JPEG quality
# 75 copies agree above 0.99 as a whole and correlate above 0.74 in detail, copies with noise of 5
# gray levels above 0.97 and 0.47 (real: 0.61). Blank fields under one lamp agree up to 1.00 as a
# whole, in detail up to 0.97 at a contrast below 1, where rounding draws the same rings into all
# of them, but below 0.2 from a contrast of 1.5 on.
MIN_CONTRAST = 1.5
_MIN_WHOLE = 0.9
_MIN_DETAIL = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Comparable:
    """A picture at no more than 512 pixels a side, and its fine detail.

    Attributes
    ----------
    pixels : (h, w) uint8 array
    detail : (h, w) float32 array
        See `fine_detail`.
    """

    pixels: Pixels
    detail: NDArray[np.float32]

    @classmethod
    def of(cls, pixels: Pixels) -> Comparable:
        """Prepare a picture (H, W) for comparison."""
        small = tile(pixels, _LONGEST_SIDE)
        return cls(small, fine_detail(Image.fromarray(np.ascontiguousarray(small))))


def same_picture(a: Comparable, b: Comparable, poses: Iterable[int]) -> bool:
    """Say whether `b`, in one of `poses`, is `a`: alike as a whole and in detail.

    The whole is compared by Lin's concordance (Biometrics 45, 1989), which other than correlation
    tells a picture from a brighter or flatter one; it alone would merge blank fields under one
    lamp. The detail is compared by correlation, since compression weakens it. Pictures of
    different size are brought to the smaller one's; their proportions must agree within 3 %.
    """
    for pose in poses:
        turned = apply_pose(b.pixels, pose)
        stretch = (turned.shape[1] * a.pixels.shape[0]) / (turned.shape[0] * a.pixels.shape[1])
        if abs(stretch - 1) > _MAX_STRETCH:
            continue
        if turned.shape == a.pixels.shape:
            one, other, detail = a, turned, apply_pose(b.detail, pose)
        elif turned.size > a.pixels.size:
            one, resized = a, Comparable.of(_resize(turned, a.pixels.shape))
            other, detail = resized.pixels, resized.detail
        else:
            one = Comparable.of(_resize(a.pixels, turned.shape))
            other, detail = turned, apply_pose(b.detail, pose)
        if (
            min(one.detail.std(), detail.std()) >= MIN_CONTRAST
            and _agreement(one.detail, detail)[0] >= _MIN_DETAIL
            and _agreement(one.pixels, other)[1] >= _MIN_WHOLE
        ):
            return True
    return False


def _resize(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.LANCZOS))


def _agreement(a: NDArray[Any], b: NDArray[Any]) -> tuple[float, float]:
    """Return Pearson's correlation and Lin's concordance, 0 where they are not defined."""
    x = a.astype(np.float32).ravel()
    y = b.astype(np.float32).ravel()
    offset = float(x.mean() - y.mean())
    x = x - x.mean()
    y = y - y.mean()
    product, spread_x, spread_y = float(x @ y), float(x @ x), float(y @ y)
    if not spread_x * spread_y > 0:
        return 0.0, 0.0
    concordance = 2 * product / (spread_x + spread_y + len(x) * offset**2)
    return product / (spread_x * spread_y) ** 0.5, concordance
