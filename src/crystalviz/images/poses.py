"""The eight poses of a picture: quarter turns, with and without a mirror (the group D4)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

POSES = range(8)
"""Pose p: turned counter-clockwise by p % 4 quarters, after a left-right mirror if p >= 4."""

EXIF_POSES = {1: 0, 2: 4, 3: 2, 4: 6, 5: 5, 6: 3, 7: 7, 8: 1}
"""The pose that turns a picture upright, by its EXIF orientation value (Exif 2.3, tag 274)."""


def apply_pose(pixels: NDArray[Any], pose: int) -> NDArray[Any]:
    """Return a view of `pixels` (H, W) in one of the eight poses.

    >>> apply_pose(np.array([[1, 2]]), 1)
    array([[2],
           [1]])
    """
    return np.rot90(pixels[:, ::-1] if pose >= 4 else pixels, pose % 4)
