"""UMAP: a map in which neighbours stay neighbours (the extra ``umap``)."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from crystalviz._optional import require
from crystalviz.clustering._checks import finite_matrix
from crystalviz.clustering.neighbors import nearest_neighbors


def umap_projection(
    vectors: Any, n: int = 2, n_neighbors: int = 15, min_dist: float = 0.1, seed: int = 42
) -> np.ndarray:
    """Lay vectors out so that each stays near its nearest neighbours by cosine similarity.

    L. McInnes, J. Healy, J. Melville, UMAP: uniform manifold approximation and projection for
    dimension reduction (arXiv:1802.03426), through umap-learn, on our exact neighbours. Distances
    between groups, and the axes, mean nothing; use `principal_components` where they must.

    Parameters
    ----------
    vectors : array_like, shape (n_images, d)
    n : int
        Dimensions of the map.
    n_neighbors : int
        How far each image looks: few keep fine structure, many the overall one.
    min_dist : float
        How near two points of the map may lie, 0 to 1.
    seed : int
        The same vectors, seed and version of umap-learn give the same map (on one thread).

    Returns
    -------
    ndarray, shape (n_images, n), float32
        Zeros for fewer than four images: there is nothing to lay out.

    Raises
    ------
    MissingDependencyError
        If umap-learn is not installed; names the extra.
    ValueError
        If a vector is not finite, or `n_neighbors` is under 2.
    """
    umap = require("umap", "umap", "A UMAP projection")
    matrix = finite_matrix(vectors, "vectors").astype(np.float32)
    if n_neighbors < 2:
        raise ValueError(f"n_neighbors must be at least 2, not {n_neighbors}")
    count = len(matrix)
    if count < 4:
        return np.zeros((count, n), np.float32)
    near = min(n_neighbors, count - 1)
    indices, similarity = nearest_neighbors(matrix, near - 1)
    # umap-learn expects every vector as its own first neighbour.
    indices = np.column_stack([np.arange(count, dtype=np.int32), indices])
    distances = np.column_stack([np.zeros(count, np.float32), np.maximum(1 - similarity, 0)])
    fit = umap.UMAP(
        n_components=n,
        n_neighbors=near,
        min_dist=min_dist,
        metric="cosine",
        random_state=seed,
        n_jobs=1,
        precomputed_knn=(indices, distances),
    )
    with warnings.catch_warnings():
        # That new vectors cannot be placed later; nobody asks this fit to.
        warnings.filterwarnings("ignore", "precomputed_knn")
        return np.asarray(fit.fit_transform(matrix), np.float32)
