"""Gaussian mixture: groups as overlapping ellipsoids, and each point's share in them."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from crystalviz.clustering._checks import as_points, groups_possible
from crystalviz.clustering._threads import threads_for
from crystalviz.clustering.numbering import number_by_size

# A full covariance matrix of more dimensions has more numbers than most sets have images.
_FULL_UP_TO = 16


class Mixture(NamedTuple):
    """Points in a mixture of Gaussians.

    Attributes
    ----------
    labels : ndarray, shape (n,), int64
        Most probable group of each point, the largest group 0.
    probability : ndarray, shape (n, groups), float64
        Posterior probability of each group; rows sum to 1. A component that is no point's most
        probable one comes after the groups.
    bic : float
        Bayesian information criterion (G. Schwarz, Ann. Stat. 6, 461, 1978) of the fit to the
        points divided by their overall spread; lower is better, for the same points.
    """

    labels: np.ndarray
    probability: np.ndarray
    bic: float


def gaussian_mixture(
    points: Any,
    n_clusters: int = 4,
    covariance: Literal["full", "tied", "diag", "spherical"] | None = None,
    seed: int = 42,
    n_init: int = 5,
) -> Mixture:
    """Fit a mixture of Gaussians by expectation maximisation (scikit-learn), best of `n_init`.

    Parameters
    ----------
    points : array_like, shape (n, d), or Projection, or analysis
    n_clusters : int
        Components wanted; there are never more than different points.
    covariance : "full", "tied", "diag", "spherical" or None
        Shape of the ellipsoids, as in scikit-learn. None: full up to 16 dimensions, else diag.
    seed : int
    n_init : int

    Raises
    ------
    ValueError
        If `n_clusters` is under 1, the covariance unknown, or a point not finite.
    """
    from sklearn.mixture import GaussianMixture

    matrix = as_points(points)
    if covariance is None:
        covariance = "full" if matrix.shape[1] <= _FULL_UP_TO else "diag"
    shapes = ("full", "tied", "diag", "spherical")
    if covariance not in shapes:
        raise ValueError(f"no covariance {covariance!r}; there are {', '.join(shapes)}")
    groups = groups_possible(matrix, n_clusters)
    if groups <= 1 and len(np.unique(matrix, axis=0)) <= 1:
        return Mixture(
            np.zeros(len(matrix), np.int64), np.ones((len(matrix), min(1, len(matrix)))), np.nan
        )
    # The smallest variance allowed is absolute in scikit-learn; so it is relative to the spread.
    spread = np.sqrt(((matrix - matrix.mean(axis=0)) ** 2).mean())
    scaled = (matrix - matrix.mean(axis=0)) / spread
    fit = GaussianMixture(groups, covariance_type=covariance, random_state=seed, n_init=n_init)
    with threads_for(scaled.size):
        found = fit.fit_predict(scaled)
    labels = number_by_size(found)
    # Component of each new number; empty components keep their order behind the groups.
    component_of = [int(found[np.flatnonzero(labels == number)[0]]) for number in np.unique(labels)]
    component_of += [c for c in range(groups) if c not in component_of]
    return Mixture(labels, fit.predict_proba(scaled)[:, component_of], float(fit.bic(scaled)))
