"""The gap statistic: how much tighter the groups are than those of points without groups."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crystalviz.clustering._threads import threads_for


class Gap(NamedTuple):
    """Gap statistic for 1, 2, ... groups.

    Attributes
    ----------
    within : ndarray, shape (k_max,), float64
        Natural logarithm of the squared distances to the groups' means, summed.
    gap : ndarray, same shape
        How much lower that is than for uniform points, on average.
    error : ndarray, same shape
        Standard deviation of the uniform points' value, times sqrt(1 + 1 / references).
    """

    within: np.ndarray
    gap: np.ndarray
    error: np.ndarray

    @property
    def best(self) -> int:
        """The fewest groups k with gap(k) >= gap(k + 1) - error(k + 1)."""
        enough = np.flatnonzero(self.gap[:-1] >= self.gap[1:] - self.error[1:])
        return int(enough[0]) + 1 if enough.size else int(np.argmax(self.gap)) + 1


def gap_statistic(
    points: np.ndarray, k_max: int, n_references: int, seed: int, progress: bool = False
) -> Gap:
    """Compare K-means of the points with K-means of uniform points in the same box.

    The box is aligned with the points' principal axes (R. Tibshirani, G. Walther, T. Hastie,
    Estimating the number of clusters in a data set via the gap statistic, J. R. Stat. Soc. B 63,
    411, 2001; reference distribution b).

    Parameters
    ----------
    points : ndarray, shape (n, d), float64
        More than `k_max` different ones.
    k_max : int
    n_references : int
        Sets of uniform points.
    seed : int
    progress : bool
    """
    from tqdm.auto import tqdm

    rng = np.random.default_rng(seed)
    centred = points - points.mean(axis=0)
    # Distances do not change in the principal axes' frame, so the points need not come back.
    turned = centred @ np.linalg.svd(centred, full_matrices=False)[2].T
    low, high = turned.min(axis=0), turned.max(axis=0)
    with (
        threads_for(turned.size),
        tqdm(total=n_references + 1, desc="gap", disable=not progress) as bar,
    ):
        within = _log_within(turned, k_max, seed)
        bar.update()
        reference = np.empty((n_references, k_max))
        for row in range(n_references):
            reference[row] = _log_within(rng.uniform(low, high, turned.shape), k_max, seed)
            bar.update()
    error = reference.std(axis=0) * np.sqrt(1 + 1 / n_references)
    return Gap(within, reference.mean(axis=0) - within, error)


def _log_within(points: np.ndarray, k_max: int, seed: int) -> np.ndarray:
    from sklearn.cluster import KMeans

    return np.log(
        [KMeans(k, n_init=5, random_state=seed).fit(points).inertia_ for k in range(1, k_max + 1)]
    )
