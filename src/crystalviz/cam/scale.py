"""Maps as amounts: whether there is evidence at all, and one scale for a set of maps."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def no_evidence(cams: NDArray[Any]) -> np.ndarray:
    """Tell which maps hold no evidence for the class that they explain.

    Such a map is zero everywhere: nothing in that layer speaks for the class. This is an answer,
    not a failure, and not the same as weak evidence, whose map has a peak.

    Parameters
    ----------
    cams : (..., h, w) array

    Returns
    -------
    (...) bool
        (n,) for the maps of n images.
    """
    maps = np.asarray(cams)
    if maps.ndim < 2:
        raise ValueError(f"maps are an (n, h, w) array, not {maps.shape}")
    return np.asarray(~(maps > 0).any(axis=(-2, -1)))


def shared_scale(cams: NDArray[Any], top: float | None = None) -> tuple[float, float]:
    """Return one scale for all maps of a set, so that their colours compare.

    Parameters
    ----------
    cams : (n, h, w) array
        On a common scale themselves: ``compute_cam(..., normalize="set")`` or
        ``normalize=None``. Maps that were each divided by their own peak have lost their amounts.
    top : float, optional
        Share of the whole set's map cells that lie above the low end: with two tones and
        ``overlay_cam(..., top=None)`` that share of the set is coloured, more of it in one picture
        than in another. By default the scale begins at zero.

    Returns
    -------
    (low, high) : (float, float)
        `high` is the largest value of the set, or 1 where the whole set holds no evidence.

    Raises
    ------
    ValueError
        If there is no map, or `top` is not between 0 and 1 (exclusive).
    """
    maps = np.asarray(cams)
    if maps.ndim < 2 or not maps.size:
        raise ValueError(f"a scale needs at least one map (h, w), not an array {maps.shape}")
    high = float(maps.max())
    if high <= 0:
        return 0.0, 1.0
    if top is None:
        return 0.0, high
    if not 0 < top < 1:
        raise ValueError(f"top must be between 0 and 1, not {top}")
    low = max(float(np.quantile(maps, 1 - top)), 0.0)
    # Where the largest value fills the whole share, the scale is just below it.
    return min(low, float(np.nextafter(np.float32(high), np.float32(0)))), high
