"""What the histogram says of brightness and contrast: moments, quantiles, dispersion."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from crystalviz.measures.histogram import histogram

DECILES = tuple(range(10, 100, 10))
"""The percentages 10, 20, ..., 90."""


class GrayLevels(NamedTuple):
    """Moments of the gray values.

    Attributes
    ----------
    mean : float
        Brightness, 0 to 255.
    deviation : float
        Standard deviation over all pixels (divided by their number), in gray levels.
    dispersion : float
        Variance / mean, the index of dispersion (D. R. Cox, P. A. W. Lewis, The Statistical
        Analysis of Series of Events, 1966), in gray levels; also known as normalized gray-level
        variance, a focus measure (A. Santos et al., J. Microsc. 188, 264, 1997). 0 if black.
    """

    mean: float
    deviation: float
    dispersion: float


def gray_levels(image: str | os.PathLike[str] | NDArray[Any]) -> GrayLevels:
    """Return mean, standard deviation and index of dispersion of the gray values.

    Parameters
    ----------
    image : path or array
        As in `crystalviz.histogram`.
    """
    return gray_levels_from_histogram(histogram(image))


def gray_levels_from_histogram(counts: ArrayLike) -> GrayLevels:
    """Return what `gray_levels` does, from how often each of the values 0, 1, ... occurs."""
    counts = positive_histogram(counts)
    values = np.arange(len(counts))
    total = counts.sum()
    mean = (counts * values).sum() / total
    variance = (counts * (values - mean) ** 2).sum() / total
    return GrayLevels(
        float(mean), float(np.sqrt(variance)), float(variance / mean) if mean > 0 else 0.0
    )


def gray_quantiles(
    image: str | os.PathLike[str] | NDArray[Any], percent: Sequence[float] = DECILES
) -> NDArray[np.float64]:
    """Return the gray values below which the given percentages of the pixels lie.

    Interpolated linearly between neighbouring values in order of size (definition 7 of
    R. J. Hyndman and Y. Fan, Am. Stat. 50, 361, 1996), as `numpy.percentile` does.

    Parameters
    ----------
    image : path or array
        As in `crystalviz.histogram`.
    percent : sequence of float
        Each 0 to 100.

    Returns
    -------
    (len(percent),) float64 array
        The last minus the first is the span of the histogram, a robust measure of contrast.

    Raises
    ------
    ValueError
        If a percentage is not within 0 to 100.
    """
    return quantiles_from_histogram(histogram(image), percent)


def quantiles_from_histogram(
    counts: ArrayLike, percent: Sequence[float] = DECILES
) -> NDArray[np.float64]:
    """Return what `gray_quantiles` does, from how often each of the values 0, 1, ... occurs."""
    counts = positive_histogram(counts)
    wanted = np.asarray(percent, np.float64)
    if not ((wanted >= 0) & (wanted <= 100)).all():
        raise ValueError(f"percentages are 0 to 100, not {list(percent)}")
    below = np.cumsum(counts)
    rank = wanted / 100 * (below[-1] - 1)
    lower = np.searchsorted(below, np.floor(rank), side="right")
    upper = np.searchsorted(below, np.ceil(rank), side="right")
    return lower + (upper - lower) * (rank - np.floor(rank))


def positive_histogram(counts: ArrayLike) -> NDArray[np.float64]:
    """Return `counts` as a flat float64 array.

    Raises
    ------
    ValueError
        If a count is negative or all are zero.
    """
    array = np.asarray(counts, np.float64).ravel()
    if array.min(initial=0) < 0 or not array.sum() > 0:
        raise ValueError("a histogram has no negative count and at least one positive one")
    return array
