"""Principal components: exact, with signs that do not change from run to run."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np

from crystalviz.clustering._checks import finite_matrix
from crystalviz.clustering._threads import threads_for

# A full singular value decomposition of such a matrix takes milliseconds.
_FULL_SVD_ENTRIES = 1 << 18
# A covariance matrix of up to this width takes less time than ARPACK's passes over the vectors;
# so do the products of so many images with each other.
_COVARIANCE_UP_TO = 4096
# Nor does it take long to find all axes of a covariance matrix of this width.
_ALL_AXES_UP_TO = 512
_BLOCK_ROWS = 2048


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
    covariance matrix for up to 4,096 dimensions, the matrix of all products for up to 4,096
    images, ARPACK from a fixed start for the rest).

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
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    matrix = finite_matrix(vectors, "vectors")
    if matrix.dtype not in (np.float32, np.float64):
        matrix = matrix.astype(np.float64)
    count, width = matrix.shape
    if not count or not width:
        raise ValueError(
            f"principal components need at least one vector; the shape is {matrix.shape}"
        )

    coordinates = np.zeros((count, n), np.float32)
    ratio = np.zeros(n)
    axes = np.zeros((n, width))
    mean = matrix.mean(axis=0, dtype=np.float64)
    possible = min(n, count - 1, width)
    # The mean of equal numbers can be off by a rounding step, so compare rows, not variances.
    if possible < 1 or (matrix == matrix[0]).all():
        return Projection(coordinates, ratio, axes, matrix[0].astype(np.float64))

    if matrix.size <= _FULL_SVD_ENTRIES or min(count, width) <= 2 * possible:
        found, share = _scikit_learn(matrix - mean, possible, "full")
    elif width <= _COVARIANCE_UP_TO:
        found, share = _from_covariance(matrix, mean, possible)
    elif count <= _COVARIANCE_UP_TO:
        found, share = _from_products(matrix, mean, possible)
    else:
        # Centred in double precision, single precision finds the same axes to 1e-8, three times
        # as fast; scaled, because tiny variances would vanish in it.
        centred = matrix - mean
        scaled = (centred / np.abs(centred).max()).astype(np.float32)
        found, share = _scikit_learn(scaled, possible, "arpack")
        if not np.isfinite(share).all():
            # ARPACK can lose the directions without variance; the full decomposition does not.
            found, share = _scikit_learn(centred, possible, "full")

    largest = np.abs(found).argmax(axis=1)
    signs = np.where(found[np.arange(possible), largest] < 0, -1.0, 1.0)
    axes[:possible] = found * signs[:, None]
    ratio[:possible] = np.clip(share, 0.0, 1.0)
    for block in _blocks(count):
        coordinates[block, :possible] = (matrix[block] - mean) @ axes[:possible].T
    return Projection(coordinates, ratio, axes, mean)


def _scikit_learn(
    centred: np.ndarray, wanted: int, solver: Literal["full", "arpack"]
) -> tuple[np.ndarray, np.ndarray]:
    from sklearn.decomposition import PCA

    with threads_for(centred.size):
        pca = PCA(n_components=wanted, svd_solver=solver, random_state=0).fit(centred)
    return pca.components_.astype(np.float64), pca.explained_variance_ratio_


def _from_covariance(
    matrix: np.ndarray, mean: np.ndarray, wanted: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (axes, share of variance) from the covariance matrix.

    A block of rows at a time is centred in double precision; wide ones are multiplied in single
    precision and added up in double. On 13,664 x 2,048 the axes are those of the full
    decomposition to 1e-12.
    """
    count, width = matrix.shape
    precision = np.float64 if width <= _ALL_AXES_UP_TO else np.float32
    blocks = _blocks(count)
    peak = max(np.abs(matrix[block] - mean).max() for block in blocks)
    covariance = np.zeros((width, width))
    for block in blocks:
        # Scaled, because tiny variances would vanish in single precision.
        scaled = ((matrix[block] - mean) / peak).astype(precision)
        covariance += scaled.T @ scaled
    values, vectors = _largest(covariance, wanted)
    return vectors.T, values / np.trace(covariance)


def _from_products(
    matrix: np.ndarray, mean: np.ndarray, wanted: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return (axes, share of variance) from the products of each vector with each.

    For fewer images than dimensions: both matrices have the same variances, and an axis is the
    sum of the vectors weighted with what this one finds.
    """
    count, width = matrix.shape
    precision = np.float64 if count <= _ALL_AXES_UP_TO else np.float32
    blocks = _blocks(width)
    peak = max(np.abs(matrix[:, block] - mean[block]).max() for block in blocks)
    products = np.zeros((count, count))
    for block in blocks:
        scaled = ((matrix[:, block] - mean[block]) / peak).astype(precision)
        products += scaled @ scaled.T
    values, vectors = _largest(products, wanted)
    axes = np.empty((wanted, width))
    for block in blocks:
        axes[:, block] = vectors.T @ ((matrix[:, block] - mean[block]) / peak)
    # Where nothing varies the sum is rounding; at right angles to the other axes it is harmless.
    return np.linalg.qr(axes.T)[0].T, values / np.trace(products)


def _largest(symmetric: np.ndarray, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the largest eigenvalues, descending, and their vectors in columns."""
    from scipy.sparse.linalg import eigsh

    width = len(symmetric)
    if width <= _ALL_AXES_UP_TO:
        values, vectors = np.linalg.eigh(symmetric)
    else:
        # From ones, an axis along which the entries cancel would never be found.
        start = np.random.default_rng(0).standard_normal(width)
        with threads_for(width):  # many short products, one after the other
            values, vectors = eigsh(symmetric, k=wanted, v0=start, tol=1e-10)
    order = np.argsort(-values, kind="stable")[:wanted]
    return values[order], vectors[:, order]


def _blocks(count: int) -> list[slice]:
    return [slice(start, start + _BLOCK_ROWS) for start in range(0, count, _BLOCK_ROWS)]
