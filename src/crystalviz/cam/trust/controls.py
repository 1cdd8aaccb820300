"""Maps that know nothing of the picture: what any method has to beat."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

CONTROLS = ("random", "uniform", "centre")
"""Names that `control_maps` takes."""

COMPARED = ("random", "centre")
"""The controls that a method has to beat. A uniform map has no order, and is shown for scale: all
of the picture fades and comes back together, which is hard on deletion and easy for insertion."""


def control_maps(
    kind: str, count: int, shape: tuple[int, int], seed: int = 0
) -> NDArray[np.float32]:
    """Make maps that do not look at the picture.

    Parameters
    ----------
    kind : {"random", "uniform", "centre"}
        Independent uniform noise in each cell; the same value everywhere (so that all of the
        picture fades together); or a round hill in the middle, which is where a
        crop's subject usually lies.
    count : int
    shape : (h, w)
        As the maps of the method that is compared: coarseness alone changes the scores.
    seed : int
        Of the noise.

    Returns
    -------
    (count, h, w) float32
        0 to 1, peak 1.

    Raises
    ------
    ValueError
        If the kind is unknown.
    """
    height, width = shape
    if kind == "random":
        maps = np.random.default_rng(seed).random((count, height, width))
        return (maps / maps.max(axis=(1, 2), keepdims=True)).astype(np.float32)
    if kind == "uniform":
        return np.ones((count, height, width), np.float32)
    if kind == "centre":
        rows, columns = (
            np.abs(np.linspace(-1, 1, side)) if side > 1 else np.zeros(1) for side in shape
        )
        # A quarter of the side as the standard deviation: about zero at the rim.
        hill = np.exp(-8 * (rows[:, None] ** 2 + columns**2) / 4)
        return np.repeat((hill / hill.max())[None], count, axis=0).astype(np.float32)
    raise ValueError(f"no control {kind!r}; there are {', '.join(CONTROLS)}")
