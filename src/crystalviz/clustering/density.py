"""HDBSCAN: dense regions are groups, what lies between is noise."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from crystalviz.clustering._checks import as_points


class DensityGroups(NamedTuple):
    """Dense groups of points.

    Attributes
    ----------
    labels : ndarray, shape (n,), int64
        Group of each point, the largest group 0; -1 is noise.
    strength : ndarray, shape (n,), float64
        How firmly a point belongs to its group, 0 (noise) to 1 (its densest part).
    """

    labels: np.ndarray
    strength: np.ndarray


def hdbscan(
    points: Any, min_cluster_size: int = 5, min_samples: int | None = None
) -> DensityGroups:
    """Find dense groups of any shape and number, and the points that are in none.

    HDBSCAN* with excess of mass (R. J. G. B. Campello, D. Moulavi, J. Sander, Density-based
    clustering based on hierarchical density estimates, 2013), scikit-learn's. Nothing is random.
    In more than some ten dimensions all densities look alike: project first.

    Parameters
    ----------
    points : array_like, shape (n, d), or Projection, or analysis
    min_cluster_size : int
        The fewest points that are a group, 2 or more.
    min_samples : int or None
        Neighbours that make a point dense; larger leaves more noise. None: `min_cluster_size`.

    Raises
    ------
    ValueError
        If `min_cluster_size` is under 2, `min_samples` under 1, or a point not finite.
    """
    from sklearn.cluster import HDBSCAN

    from crystalviz.clustering.numbering import number_by_size

    if min_cluster_size < 2:
        raise ValueError(f"min_cluster_size must be at least 2, not {min_cluster_size}")
    if min_samples is not None and min_samples < 1:
        raise ValueError(f"min_samples must be at least 1, not {min_samples}")
    matrix = as_points(points)
    neighbours = min_cluster_size if min_samples is None else min_samples
    if len(matrix) < max(min_cluster_size, neighbours):
        return DensityGroups(np.full(len(matrix), -1, np.int64), np.zeros(len(matrix)))
    fit = HDBSCAN(min_cluster_size=min_cluster_size, min_samples=min_samples, copy=True)
    labels = fit.fit_predict(matrix)
    return DensityGroups(number_by_size(labels), fit.probabilities_)
