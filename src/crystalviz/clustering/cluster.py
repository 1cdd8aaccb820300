"""One door to every clustering method."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystalviz.clustering._checks import as_points
from crystalviz.clustering.agglomerative import agglomerative
from crystalviz.clustering.density import hdbscan
from crystalviz.clustering.gaussian_mixture import gaussian_mixture
from crystalviz.clustering.kmeans import k_means
from crystalviz.clustering.numbering import number_by_size
from crystalviz.clustering.pca import principal_components

CLUSTER_METHODS = ("kmeans", "agglomerative", "gaussian_mixture", "hdbscan")
"""What `cluster` takes as `method`."""


def cluster(
    data: Any,
    method: str = "kmeans",
    n_clusters: int | None = None,
    *,
    components: int | None = None,
    seed: int = 42,
    **options: Any,
) -> np.ndarray:
    """Group images.

    ``cluster(analysis, n_clusters=4, components=2)`` finds the groups of the table's
    `kmeans_pca_cluster`, numbered by size.

    Parameters
    ----------
    data : array_like, shape (n, d), or Projection, or analysis
        A Projection gives its coordinates, an analysis its vectors.
    method : str
        One of `CLUSTER_METHODS`.
    n_clusters : int or None
        Groups wanted; None for 4. HDBSCAN finds the number itself and takes none.
    components : int or None
        Project on so many principal components first; None for the data as they are.
    seed : int
        For the methods that start at random (K-means, Gaussian mixture).
    **options
        Of `k_means`, `agglomerative`, `gaussian_mixture` or `hdbscan`.

    Returns
    -------
    ndarray, shape (n,), int64
        Group of each image: 0 is the largest, of equally large ones the one that appears first;
        -1 is noise (HDBSCAN only). The same data and seed give the same numbers.

    Raises
    ------
    ValueError
        For an unknown method, `n_clusters` with HDBSCAN, or data that are not finite.
    """
    if method not in CLUSTER_METHODS:
        raise ValueError(f"no clustering method {method!r}; there are {', '.join(CLUSTER_METHODS)}")
    if method == "hdbscan" and n_clusters is not None:
        raise ValueError(
            "hdbscan finds the number of groups itself: leave n_clusters out, and say with "
            "min_cluster_size how many images make a group"
        )
    points = as_points(data)
    if components is not None and len(points):
        points = principal_components(points, components).coordinates
    wanted = 4 if n_clusters is None else n_clusters
    if method == "kmeans":
        return number_by_size(k_means(points, wanted, seed=seed, **options))
    if method == "agglomerative":
        return agglomerative(points, wanted, **options)
    if method == "gaussian_mixture":
        return gaussian_mixture(points, wanted, seed=seed, **options).labels
    return hdbscan(points, **options).labels
