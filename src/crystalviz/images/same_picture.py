"""Decide from the pixels whether two pictures are one, up to pose and light recompression."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from crystalviz.images.pixels import Pixels
from crystalviz.images.poses import apply_pose
from crystalviz.images.tiles import tile

_LONGEST_SIDE = 512
_MAX_STRETCH = 0.03
_DETAIL_WINDOW = 7
# Measured: JPEG quality 75 copies correlate above 0.99 as a whole and above 0.74 in detail, noise
# of 8 gray levels above 0.94 and 0.31; blank fields under one lamp up to 1.00 but below 0.29 in
# detail (below 0.1 where the detail exceeds one gray level).
_MIN_WHOLE = 0.9
_MIN_DETAIL = 0.4


@dataclass(frozen=True, slots=True, eq=False)
class Comparable:
    """A picture at no more than 512 pixels a side, and its fine detail.

    Attributes
    ----------
    pixels : (h, w) uint8 array
    detail : (h, w) float32 array
        What a 7 x 7 mean takes away: crystals' edges and grain without the lighting.
    """

    pixels: Pixels
    detail: NDArray[np.float32]

    @classmethod
    def of(cls, pixels: Pixels) -> Comparable:
        """Prepare a picture (H, W) for comparison."""
        # Loaded here: recompressed copies are rare, and SciPy's image module takes a while.
        from scipy.ndimage import uniform_filter

        small = tile(pixels, _LONGEST_SIDE)
        values = small.astype(np.float32)
        return cls(small, values - uniform_filter(values, _DETAIL_WINDOW, mode="nearest"))


def same_picture(a: Comparable, b: Comparable, poses: Iterable[int]) -> bool:
    """Say whether `b`, in one of `poses`, is `a`: alike as a whole and in detail.

    The whole alone would merge blank fields under one lamp, the detail alone weighs noise too
    much. Pictures of different size are brought to the smaller one's; their proportions must
    agree within 3 %.
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
            _correlation(one.detail, detail) >= _MIN_DETAIL
            and _correlation(one.pixels, other) >= _MIN_WHOLE
        ):
            return True
    return False


def _resize(pixels: Pixels, shape: tuple[int, ...]) -> Pixels:
    image = Image.fromarray(np.ascontiguousarray(pixels))
    return np.asarray(image.resize((shape[1], shape[0]), Image.Resampling.LANCZOS))


def _correlation(a: NDArray[np.generic], b: NDArray[np.generic]) -> float:
    x = a.astype(np.float32).ravel()
    y = b.astype(np.float32).ravel()
    x = x - x.mean()
    y = y - y.mean()
    size = float(np.linalg.norm(x)) * float(np.linalg.norm(y))
    return float(x @ y) / size if size > 0 else 0.0
