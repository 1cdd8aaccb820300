"""Checks that the clustering functions share."""

from __future__ import annotations

from typing import Any

import numpy as np


def finite_matrix(values: Any, name: str) -> np.ndarray:
    """Return `values` as a 2-D float array with no NaN and no infinity.

    Parameters
    ----------
    values : array_like, shape (n, d)
    name : str
        What the caller calls the rows, for the error message.

    Raises
    ------
    ValueError
        For another number of dimensions, or naming the first rows that are not finite.
    """
    matrix = np.asarray(values)
    if matrix.ndim != 2:
        raise ValueError(
            f"{name} must be a 2-D array, one row per image; the shape is {matrix.shape}"
        )
    if matrix.dtype.kind not in "fiub":
        raise ValueError(f"{name} must be numbers; the dtype is {matrix.dtype}")
    if matrix.dtype.kind != "f":
        matrix = matrix.astype(np.float64)
    bad = np.flatnonzero(~np.isfinite(matrix).all(axis=1))
    if bad.size:
        shown = ", ".join(map(str, bad[:5])) + (", ..." if bad.size > 5 else "")
        raise ValueError(f"{name} must be finite; NaN or infinity in row {shown}")
    return matrix


def as_points(data: Any, name: str = "points") -> np.ndarray:
    """Return what is to be grouped as a finite float64 matrix, one row per image.

    Parameters
    ----------
    data : array_like, shape (n, d), or object
        A `Projection` gives its coordinates, an analysis (or features) its vectors.

    Raises
    ------
    ValueError
        As `finite_matrix`.
    """
    for attribute in ("coordinates", "vectors"):
        found = getattr(data, attribute, None)
        if found is not None:
            return finite_matrix(found, name).astype(np.float64)
    return finite_matrix(data, name).astype(np.float64)


def groups_possible(points: np.ndarray, n_clusters: int) -> int:
    """Return `n_clusters`, or the number of different points if that is less.

    Raises
    ------
    ValueError
        If `n_clusters` is under 1.
    """
    if n_clusters < 1:
        raise ValueError(f"n_clusters must be at least 1, not {n_clusters}")
    return min(n_clusters, len(np.unique(points, axis=0)))
