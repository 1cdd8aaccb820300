"""K-means with the seed application's settings."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystalviz.clustering._checks import finite_matrix


def k_means(points: Any, n_clusters: int = 4, seed: int = 42, n_init: int = 10) -> np.ndarray:
    """Group points by Lloyd's K-means (scikit-learn), the best of `n_init` starts.

    Parameters
    ----------
    points : array_like, shape (n, d)
        The 2-D projection of the vectors, for the table's `kmeans_pca_cluster`.
    n_clusters : int
        Groups wanted; there are never more than different points.
    seed : int
    n_init : int

    Returns
    -------
    ndarray, shape (n,), int64
        Group of each point, from 0. The same points and seed give the same numbers.

    Raises
    ------
    ValueError
        If `n_clusters` is under 1 or a point is not finite.
    """
    from sklearn.cluster import KMeans

    if n_clusters < 1:
        raise ValueError(f"n_clusters must be at least 1, not {n_clusters}")
    matrix = finite_matrix(points, "points").astype(np.float64)
    if not len(matrix):
        return np.zeros(0, np.int64)
    groups = min(n_clusters, len(np.unique(matrix, axis=0)))
    if groups == 1:
        return np.zeros(len(matrix), np.int64)
    fit = KMeans(groups, random_state=seed, n_init=n_init, max_iter=10_000).fit(matrix)
    return fit.labels_.astype(np.int64)
