"""Means and intervals that count each scene once, however many poses of it there are."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

MIN_SCENES = 6
"""With fewer scenes not even full agreement shows anything at 95 %.

All of n scenes lie on one side by chance with probability 2 * 0.5**n, which is over 0.05 up to 5.
"""

DRAWS = 4000
"""Resamples of a bootstrap."""


class Interval(NamedTuple):
    """A mean over scenes with its confidence interval.

    Attributes
    ----------
    mean : float
        Mean of the scenes' means; NaN without a value.
    low, high : float
        NaN with fewer than two scenes.
    scenes : int
        Scenes with a value.
    """

    mean: float
    low: float
    high: float
    scenes: int

    @property
    def excludes_zero(self) -> bool:
        """Whether the whole interval lies on one side of 0 and rests on enough scenes."""
        return self.scenes >= MIN_SCENES and (self.low > 0 or self.high < 0)


def scene_interval(
    values: ArrayLike, scenes: ArrayLike, confidence: float = 0.95, seed: int = 0
) -> Interval:
    """Return the mean over scenes and a bootstrap interval that resamples whole scenes.

    Parameters
    ----------
    values : (n,) array
        One value for each image; NaN ones are left out.
    scenes : (n,) int array
        Images of one scene (poses of one picture) share a number. They are not independent: the
        scene's mean is one observation.
    confidence : float
        Between 0 and 1.
    seed : int

    Returns
    -------
    Interval

    Notes
    -----
    Expanded percentile interval (Hesterberg 2015, doi:10.1080/00031305.2015.1089789): the
    percentile bootstrap is too narrow for few observations by the factor sqrt((n - 1) / n) and by
    using normal instead of t quantiles; its percentiles are moved outwards to make up for that.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must be between 0 and 1, not {confidence}")
    means = scene_means(values, scenes)
    n = len(means)
    if n == 0:
        return Interval(np.nan, np.nan, np.nan, 0)
    centre = float(means.mean())
    if n == 1:
        return Interval(centre, np.nan, np.nan, 1)
    draws = np.random.default_rng(seed).integers(0, n, (DRAWS, n))
    resampled = means[draws].mean(axis=1)
    reach = np.sqrt(n / (n - 1)) * stats.t.ppf((1 + confidence) / 2, n - 1)
    tail = stats.norm.sf(reach)
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return Interval(centre, float(low), float(high), n)


def scene_means(values: ArrayLike, scenes: ArrayLike) -> NDArray[np.float64]:
    """Return the mean of each scene that has a value, in order of the scenes' numbers.

    Raises
    ------
    ValueError
        If there is not one scene for each value.
    """
    numbers = np.asarray(values, np.float64)
    groups = np.asarray(scenes)
    if numbers.ndim != 1 or groups.shape != numbers.shape:
        raise ValueError(
            f"{numbers.shape} values and {groups.shape} scenes: give one scene for each value"
        )
    known = ~np.isnan(numbers)
    _, inverse = np.unique(groups[known], return_inverse=True)
    counts = np.bincount(inverse)
    return np.bincount(inverse, weights=numbers[known]) / np.maximum(counts, 1)
