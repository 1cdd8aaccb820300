"""A colour for each instance's marks, such that neighbours differ.

Twin of ``widgets_js/src/mark_map/cluster_colors.ts``: a figure and the map show the same colours.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

CLUSTER_COLORS = (
    "#56b4e9", "#e69f00", "#40c88c", "#f0e45a", "#f06e50", "#7891ff", "#a6d846", "#5adcdc",
)  # fmt: skip
# Instances within so many times the jitter must not share a colour.
_NEAR = 24


def cluster_colors(places: pd.DataFrame, jitter: float) -> np.ndarray:
    """Return the number (k,) int of each row's colour: the least used among its neighbours.

    Parameters
    ----------
    places : DataFrame
        x, y (pixels) of the candidates of one image; the index is their row of `candidates_`.
    jitter : float
        `MarkConsensus.jitter_`, pixels.
    """
    n_colors = len(CLUSTER_COLORS)
    spots = places[["x", "y"]].to_numpy(np.float32).astype(float)
    reach = _NEAR * max(jitter, 1e-3)
    colors = np.full(len(spots), -1)
    near = cKDTree(spots).query_ball_point(spots, reach) if len(spots) else []
    for i, row in enumerate(places.index):
        others = np.array([other for other in near[i] if colors[other] >= 0], dtype=int)
        away = np.hypot(*(spots[others] - spots[i]).T)
        # The closer a neighbour, the more its colour is to be avoided.
        weight = np.bincount(colors[others], (1 - away / reach).clip(0) ** 2, n_colors)
        # Among equals the start moves with the row, so that lone ones do not all look alike.
        turn = (row + np.arange(n_colors)) % n_colors
        colors[i] = turn[np.argmin(weight[turn])]
    return colors
