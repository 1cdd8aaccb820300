"""Principal components: exact, with signs that do not change from run to run."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from crystalviz.clustering._checks import finite_matrix

# A full singular value decomposition of such a matrix takes milliseconds.
_FULL_SVD_ENTRIES = 1 << 18
# Nor does it take long to find the axes of a covariance matrix of this width.
_COVARIANCE_UP_TO = 512


class Projection(NamedTuple):
    """Vectors seen along their principal components.

    Attributes
    ----------
    coordinates : ndarray, shape (n, n_components), float32
        Centred coordinates, in the units of the vectors.
    explained_variance_ratio : ndarray, shape (n_components,), float64
        Share of the total variance along each component, 0 to 1; zeros if nothing varies.
    components : ndarray, shape (n_components, d), float64
        Unit axes; the entry of largest magnitude of each is positive. An axis along which the
        vectors cannot vary (fewer images than components) is zero.
    mean : ndarray, shape (d,), float64
    """

    coordinates: np.ndarray
    explained_variance_ratio: np.ndarray
    components: np.ndarray
    mean: np.ndarray


def principal_components(vectors: Any, n: int = 2) -> Projection:
    """Project vectors on their first `n` principal components.

    scikit-learn's own choice of solver is randomised above 500 images, which moves the axes
    visibly on feature vectors; this uses the exact solvers only (full SVD for small inputs, the
    covariance matrix for short vectors, ARPACK from a fixed start for the rest).

    Parameters
    ----------
    vectors : array_like, shape (n_images, d)
    n : int
        Number of components.

    Returns
    -------
    Projection
        Zeros stand in for components that do not exist: one image, or identical vectors.

    Raises
    ------
    ValueError
        If a vector holds NaN or infinity, or there is no vector.
    """
    from sklearn.decomposition import PCA

    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    matrix = finite_matrix(vectors, "vectors").astype(np.float64)
    count, width = matrix.shape
    if not count or not width:
        raise ValueError(
            f"principal components need at least one vector; the shape is {matrix.shape}"
        )

    coordinates = np.zeros((count, n))
    ratio = np.zeros(n)
    axes = np.zeros((n, width))
    mean = matrix.mean(axis=0)
    possible = min(n, count - 1, width)
    # The mean of equal numbers can be off by a rounding step, so compare rows, not variances.
    if possible < 1 or (matrix == matrix[0]).all():
        return Projection(coordinates.astype(np.float32), ratio, axes, matrix[0].copy())

    centred = matrix - mean
    if matrix.size <= _FULL_SVD_ENTRIES or min(count, width) <= 2 * possible:
        pca = PCA(n_components=possible, svd_solver="full").fit(centred)
    elif width <= min(count, _COVARIANCE_UP_TO):
        pca = PCA(n_components=possible, svd_solver="covariance_eigh").fit(centred)
    else:
        # Centred in double precision, single precision finds the same axes to 1e-8, three times
        # as fast; scaled, because tiny variances would vanish in it.
        scaled = (centred / np.abs(centred).max()).astype(np.float32)
        pca = PCA(n_components=possible, svd_solver="arpack", random_state=0).fit(scaled)
        if not np.isfinite(pca.explained_variance_ratio_).all():
            # ARPACK can lose the directions without variance; the full decomposition does not.
            pca = PCA(n_components=possible, svd_solver="full").fit(centred)
    found = pca.components_.astype(np.float64)

    largest = np.abs(found).argmax(axis=1)
    signs = np.where(found[np.arange(possible), largest] < 0, -1.0, 1.0)
    axes[:possible] = found * signs[:, None]
    ratio[:possible] = np.clip(pca.explained_variance_ratio_, 0.0, 1.0)
    coordinates[:, :possible] = centred @ axes[:possible].T
    return Projection(coordinates.astype(np.float32), ratio, axes, mean)
