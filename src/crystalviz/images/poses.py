"""The eight poses of a picture: quarter turns, with and without a mirror (the group D4)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

POSES = range(8)
"""Pose p: turned counter-clockwise by p % 4 quarters, after a left-right mirror if p >= 4."""

POSE_NAMES = (
    "as it is",
    "turned 90° left",
    "turned 180°",
    "turned 90° right",
    "mirrored",
    "mirrored, turned 90° left",
    "mirrored, turned 180°",
    "mirrored, turned 90° right",
)
"""In words; mirrored left to right, then turned."""

EXIF_POSES = {1: 0, 2: 4, 3: 2, 4: 6, 5: 5, 6: 3, 7: 7, 8: 1}
"""The pose that turns a picture upright, by its EXIF orientation value (Exif 2.3, tag 274)."""


def apply_pose(pixels: NDArray[Any], pose: int) -> NDArray[Any]:
    """Return a view of `pixels` (H, W) in one of the eight poses.

    >>> apply_pose(np.array([[1, 2]]), 1)
    array([[2],
           [1]])
    """
    return np.rot90(pixels[:, ::-1] if pose >= 4 else pixels, pose % 4)


def compose_poses(first: int, then: int) -> int:
    """Return the pose that does what `first` and, after it, `then` do.

    >>> compose_poses(1, 4)  # turned left and then mirrored: mirrored and then turned right
    7
    """
    # A mirror turns the sense of the turns before it.
    turns = then % 4 + (-(first % 4) if then >= 4 else first % 4)
    return turns % 4 + (4 if (first >= 4) != (then >= 4) else 0)


def inverse_pose(pose: int) -> int:
    """Return the pose that undoes `pose`; each of the four with a mirror undoes itself."""
    return pose if pose >= 4 else -pose % 4
