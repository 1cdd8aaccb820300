"""Vectors of length one, in double and in single precision."""

from __future__ import annotations

import numpy as np

_BLOCK_ROWS = 1024


def normalised(matrix: np.ndarray) -> np.ndarray:
    """Return the rows divided by their length, float64; zero rows stay zero.

    Each row's numbers depend on that row alone, so a part gives the same bits as the whole.
    """
    wide = matrix.astype(np.float64)
    # Scaling by the largest entry first keeps the squares from overflowing or vanishing.
    peak = np.abs(wide).max(axis=1, keepdims=True, initial=0.0)
    wide /= np.where(peak > 0, peak, 1.0)
    norm = np.sqrt((wide * wide).sum(axis=1, keepdims=True))
    wide /= np.where(norm > 0, norm, 1.0)
    return wide


def unit_float32(matrix: np.ndarray) -> np.ndarray:
    """Return `normalised` as float32, without a double precision copy of the whole."""
    unit = np.empty(matrix.shape, np.float32)
    for start in range(0, len(matrix), _BLOCK_ROWS):
        block = slice(start, start + _BLOCK_ROWS)
        unit[block] = normalised(matrix[block])
    return unit
