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
