"""The augmentation of training images: a random view, the same for the same seed."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

ROTATION = 30.0
SHIFT = 0.2
ZOOM = 0.3
"""Degrees, share of the side, and share of the size, each to either side: the recipe of The
Georgia Project, which adds a left-right and an up-down mirror with even odds."""


def random_view(pixels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Turn, shift, zoom and mirror a picture.

    Parameters
    ----------
    pixels : (h, w) uint8
    rng : numpy.random.Generator

    Returns
    -------
    (h, w) float32
        Gray 0 to 255, from one bilinear interpolation; what lies outside of the
        picture is its nearest edge pixel. Height and width are zoomed independently.
    """
    height, width = pixels.shape
    angle = np.deg2rad(rng.uniform(-ROTATION, ROTATION))
    shift = rng.uniform(-SHIFT, SHIFT, 2) * (height, width)
    scale = rng.uniform(1 - ZOOM, 1 + ZOOM, 2)
    mirror = np.where(rng.random(2) < 0.5, -1.0, 1.0)
    cosine, sine = np.cos(angle), np.sin(angle)
    # Where each pixel of the view comes from, about the centre of the picture.
    matrix = np.array([[cosine, -sine], [sine, cosine]]) * (scale * mirror)
    centre = (np.array([height, width]) - 1) / 2
    return ndimage.affine_transform(
        pixels,
        matrix,
        offset=centre + shift - matrix @ centre,
        output=np.float32,
        order=1,
        mode="nearest",
    )
