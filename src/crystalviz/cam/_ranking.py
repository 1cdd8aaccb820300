"""Which pixels of a map are the strongest: exactly as many as asked for, ties in reading order."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

# Below this, sampling costs more than it saves.
_SMALL = 1 << 13
# About one value in 61 is looked at first; a prime, so that the sample walks through all columns.
_STEP = 61
# How far beside the wanted rank, as a share of all values, the sample's bracket reaches.
_MARGIN = 0.015


def strongest(values: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the `count` strongest pixels of a map, 1 <= count <= H W.

    Parameters
    ----------
    values : (H, W) float array
        Not negative; where it is zero there is no evidence.
    count : int

    Returns
    -------
    pixels : (count,) intp
        Their places in reading order. Equal values are taken from the top left. Where fewer
        pixels hold evidence, those nearest to evidence complete the number.
    strong : (count,) bool
        Which of them belong to the stronger half, (count + 1) // 2 of them.
    """
    flat = values.ravel()
    pixels, chosen = _largest(flat, count)
    if chosen.min() <= 0:
        # Not enough evidence: pixels without any are ranked by their distance to some.
        far = ndimage.distance_transform_edt(values <= 0)
        flat = np.where(values > 0, values, -far).ravel()
        pixels, chosen = _largest(flat, count)
    strong = np.zeros(count, bool)
    strong[_largest(chosen, (count + 1) // 2)[0]] = True
    return pixels, strong


def _largest(flat: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the places, ascending, and the values of the `count` largest; ties from the left."""
    floor, ceiling = _bracket(flat, count)
    places = np.flatnonzero(flat >= floor)
    values = flat[places]
    # The threshold is between the bounds, so only what lies there has to be ordered.
    between = values[values <= ceiling]
    rank = places.size - count
    if not 0 <= rank < between.size:
        # The sample misled.
        places, values, between, rank = np.arange(flat.size), flat, flat, flat.size - count
    threshold = np.partition(between, rank)[rank]
    keep = values >= threshold
    surplus = np.count_nonzero(keep) - count
    if surplus:
        keep[np.flatnonzero(values == threshold)[-surplus:]] = False
    return places[keep], values[keep]


def _bracket(flat: np.ndarray, count: int) -> tuple[float, float]:
    """Return bounds between which, very likely, the `count`-th largest value lies."""
    if flat.size <= _SMALL:
        return -np.inf, np.inf
    sample = np.sort(flat[::_STEP])
    place = sample.size * (1 - count / flat.size)
    below, above = place - _MARGIN * sample.size, place + _MARGIN * sample.size + 1
    # Past its ends the sample is no bound.
    floor = sample[int(below)] if below >= 0 else -np.inf
    ceiling = sample[int(above)] if above < sample.size else np.inf
    return float(floor), float(ceiling)
