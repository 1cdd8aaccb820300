"""K-means with the seed application's settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystalviz.clustering._checks import as_points, groups_possible
from crystalviz.clustering._threads import threads_for


def k_means(points: Any, n_clusters: int = 4, seed: int = 42, n_init: int = 10) -> np.ndarray:
    """Group points by Lloyd's K-means (scikit-learn), the best of `n_init` starts.

    Parameters
    ----------
    points : array_like, shape (n, d), or Projection
        The 2-D projection of the vectors, for the table's `kmeans_pca_cluster`.
    n_clusters : int
        Groups wanted; there are never more than different points.
    seed : int
    n_init : int

    Returns
    -------
    ndarray, shape (n,), int64
        Group of each point, from 0. The same points and seed give the same numbers;
        `cluster` numbers the groups by size.

    Raises
    ------
    ValueError
        If `n_clusters` is under 1 or a point is not finite.
    """
    from sklearn.cluster import KMeans

    matrix = as_points(points)
    groups = groups_possible(matrix, n_clusters)
    if not len(matrix):
        return np.zeros(0, np.int64)
    if groups == 1:
        return np.zeros(len(matrix), np.int64)
    with threads_for(matrix.size):
        fit = KMeans(groups, random_state=seed, n_init=n_init, max_iter=10_000).fit(matrix)
    return fit.labels_.astype(np.int64)
