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
    pixels : (H W,) bool
        True at `count` pixels. Equal values are taken from the top left in reading order. Where
        fewer pixels hold evidence, those nearest to evidence complete the number.
    strong : (count,) bool
        Which of them, in reading order, belong to the stronger half, (count + 1) // 2 of them.
    """
    flat = values.ravel()
    sample = _sample(flat)
    threshold = _kth_largest(flat, count, _bracket(sample, count / flat.size))
    if threshold <= 0:
        # Not enough evidence: pixels without any are ranked by their distance to some.
        far = ndimage.distance_transform_edt(values <= 0)
        flat = np.where(values > 0, values, -far).ravel()
        sample = _sample(flat)
        threshold = _kth_largest(flat, count, _bracket(sample, count / flat.size))
    # Masks all along: gathering and scattering by them is twice as fast as by places.
    pixels = _at_least(flat, threshold, count)
    chosen = flat[pixels]
    half = (count + 1) // 2
    middle = _kth_largest(chosen, half, _bracket(sample, half / flat.size))
    return pixels, _at_least(chosen, middle, half)


def _kth_largest(values: np.ndarray, k: int, bracket: tuple[float, float]) -> np.floating:
    """Return the k-th largest; sought between two bounds first, which if wrong cost time only."""
    floor, ceiling = bracket
    between = values[(values >= floor) & (values <= ceiling)]
    rank = between.size - k + np.count_nonzero(values > ceiling)
    if 0 <= rank < between.size:
        return np.partition(between, rank)[rank]
    # The sample misled.
    return np.partition(values, values.size - k)[values.size - k]


def _at_least(values: np.ndarray, threshold: np.floating, count: int) -> np.ndarray:
    """Mark `count` values from the threshold up; of those at the threshold the first ones."""
    keep = values >= threshold
    surplus = np.count_nonzero(keep) - count
    if surplus:
        keep[np.flatnonzero(values == threshold)[-surplus:]] = False
    return keep


def _sample(flat: np.ndarray) -> np.ndarray:
    """Return a sorted sample of the values; empty where there are few of them."""
    return np.sort(flat[::_STEP]) if flat.size > _SMALL else flat[:0]


def _bracket(sample: np.ndarray, share: float) -> tuple[float, float]:
    """Return bounds between which, very likely, the value lies that `share` of all reach."""
    place = sample.size * (1 - share)
    below, above = place - _MARGIN * sample.size, place + _MARGIN * sample.size + 1
    # Past its ends the sample is no bound.
    floor = sample[int(below)] if sample.size and below >= 0 else -np.inf
    ceiling = sample[int(above)] if above < sample.size else np.inf
    return float(floor), float(ceiling)
