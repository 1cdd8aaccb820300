"""How firmly each image belongs to its group: clustering repeated on bootstrap samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from crystalviz.clustering._checks import as_points
from crystalviz.clustering.cluster import cluster


class Stability(NamedTuple):
    """What clustering resamples says of a clustering.

    Attributes
    ----------
    labels : ndarray, shape (n,), int64
        The clustering of all images.
    images : ndarray, shape (n,), float64
        For each image the mean Jaccard similarity between its group and the group that it falls
        into in a resample, 0 to 1: 1 means that it always has the same company. NaN if no
        resample held it.
    groups : dict of int to float
        For each group the mean Jaccard similarity with the group of the resample that is most
        like it (C. Hennig, Cluster-wise assessment of cluster stability, Comput. Stat. Data Anal.
        52, 258, 2007). Hennig reads above 0.85 as highly stable, 0.75 as valid, below 0.6 as not
        to be trusted.
    """

    labels: np.ndarray
    images: np.ndarray
    groups: dict[int, float]


def bootstrap_stability(
    data: Any,
    method: str | Callable[[np.ndarray], np.ndarray] = "kmeans",
    n_clusters: int | None = None,
    n_resamples: int = 100,
    seed: int = 42,
    progress: bool = False,
    **options: Any,
) -> Stability:
    r"""Cluster resamples of the images and compare with the clustering of all.

    Each resample is a bootstrap draw of n images, each kept once (some 63 % of them): repeated
    points would look like dense groups of their own. In a resample the image's own group
    :math:`C` (what is left of it) is compared with the group :math:`D` that it falls into,
    :math:`|C \cap D| / |C \cup D|`. Noise counts as a group here.

    Parameters
    ----------
    data : array_like, shape (n, d), or Projection, or analysis
    method : str or callable
        As in `cluster`; or a function of points (m, d) that returns m labels.
    n_clusters : int or None
        As in `cluster`.
    n_resamples : int
    seed : int
    progress : bool
        Show a progress bar.
    **options
        Of `cluster`.

    Raises
    ------
    ValueError
        As `cluster`, or if `n_resamples` is under 1.
    """
    from tqdm.auto import tqdm

    if n_resamples < 1:
        raise ValueError(f"n_resamples must be at least 1, not {n_resamples}")
    points = as_points(data)

    def labels_of(part: np.ndarray) -> np.ndarray:
        if callable(method):
            return np.asarray(method(part))
        return cluster(part, method, n_clusters, seed=seed, **options)

    count = len(points)
    labels = labels_of(points)
    groups, own = np.unique(labels, return_inverse=True)
    total, times = np.zeros(count), np.zeros(count)
    group_total, group_times = np.zeros(len(groups)), np.zeros(len(groups))
    rng = np.random.default_rng(seed)
    for _ in tqdm(range(n_resamples if count else 0), desc="resamples", disable=not progress):
        drawn = np.unique(rng.integers(0, count, count))
        _, found = np.unique(labels_of(points[drawn]), return_inverse=True)
        overlap = np.zeros((len(groups), found.max() + 1))
        np.add.at(overlap, (own[drawn], found), 1)
        left, right = overlap.sum(axis=1, keepdims=True), overlap.sum(axis=0, keepdims=True)
        jaccard = overlap / np.maximum(left + right - overlap, 1)
        total[drawn] += jaccard[own[drawn], found]
        times[drawn] += 1
        present = left[:, 0] > 0
        group_total[present] += jaccard.max(axis=1)[present]
        group_times[present] += 1
    with np.errstate(invalid="ignore"):
        images, per_group = total / times, group_total / group_times
    named = {int(group): float(value) for group, value in zip(groups, per_group, strict=True)}
    return Stability(labels, images, named)
