"""How alike two maps are: Pearson, Spearman and structural similarity, for stacks of maps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, stats

# A map whose values differ by less than this share of its peak has no shape to compare.
_FLAT = 1e-6
_SSIM_WINDOW = 7
# The constants of Wang et al. 2004 for values of range 1.
_C1, _C2 = 0.01**2, 0.03**2


def pearson(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Correlate maps pixel by pixel.

    Parameters
    ----------
    first, second : (n, h, w) arrays

    Returns
    -------
    (n,) float64
        -1 to 1; NaN where one of the two maps is flat and so has no shape.
    """
    return _correlate(_rows(first), _rows(second))


def spearman(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Correlate the ranks of the pixels of maps; equal values share their mean rank.

    Parameters
    ----------
    first, second : (n, h, w) arrays

    Returns
    -------
    (n,) float64
        -1 to 1; NaN where one of the two maps is flat.
    """
    # Flatness is judged on the values: ranks would make a shape of rounding noise.
    one, two = _rows(first), _rows(second)
    shaped = _has_shape(one) & _has_shape(two)
    result = np.full(len(one), np.nan)
    if shaped.any():
        ranks = [stats.rankdata(np.round(rows[shaped], 9), axis=1) for rows in (one, two)]
        result[shaped] = _correlate(*ranks)
    return result


def ssim(first: NDArray[np.floating], second: NDArray[np.floating]) -> NDArray[np.float64]:
    """Structural similarity of maps with values 0 to 1.

    Parameters
    ----------
    first, second : (n, h, w) arrays

    Returns
    -------
    (n,) float64
        Up to 1 for equal maps, about 0 for unrelated ones.

    Notes
    -----
    Wang et al. 2004, doi:10.1109/TIP.2003.819861, with a uniform window of 7 x 7 (the largest odd
    one that fits a smaller map), sample covariances and constants for a range of 1; the mean
    over all windows that lie inside the map.
    """
    one, two = (np.asarray(maps, np.float64) for maps in (first, second))
    sides = [min(_SSIM_WINDOW, side - (side + 1) % 2) for side in one.shape[1:]]
    size = (1, *sides)
    count = sides[0] * sides[1]
    sample = count / (count - 1) if count > 1 else 1.0

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return ndimage.uniform_filter(values, size)

    m1, m2 = mean(one), mean(two)
    v1 = sample * (mean(one * one) - m1 * m1)
    v2 = sample * (mean(two * two) - m2 * m2)
    covariance = sample * (mean(one * two) - m1 * m2)
    values = (2 * m1 * m2 + _C1) * (2 * covariance + _C2)
    values /= (m1 * m1 + m2 * m2 + _C1) * (v1 + v2 + _C2)
    top, left = (side // 2 for side in sides)
    inside = values[:, top : values.shape[1] - top, left : values.shape[2] - left]
    return inside.mean(axis=(1, 2))


def _rows(maps: NDArray[np.floating]) -> NDArray[np.float64]:
    values = np.asarray(maps, np.float64)
    return values.reshape(len(values), -1)


def _has_shape(rows: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.ptp(rows, axis=1) > _FLAT * np.maximum(np.abs(rows).max(axis=1), 1e-12)


def _correlate(one: NDArray[np.float64], two: NDArray[np.float64]) -> NDArray[np.float64]:
    shaped = _has_shape(one) & _has_shape(two)
    a = one - one.mean(axis=1, keepdims=True)
    b = two - two.mean(axis=1, keepdims=True)
    length = np.sqrt((a * a).sum(axis=1) * (b * b).sum(axis=1))
    result = np.full(len(one), np.nan)
    np.divide((a * b).sum(axis=1), length, out=result, where=shaped & (length > 0))
    return np.clip(result, -1.0, 1.0)
