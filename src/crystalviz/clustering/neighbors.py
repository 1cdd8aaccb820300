"""Exact nearest neighbours by cosine similarity."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystalviz.clustering._checks import finite_matrix

_BLOCK_BYTES = 64 << 20
# float32 products of unit vectors are off by less than this, so nothing within it is dropped
# before the exact comparison.
_SLACK = 4e-6


def nearest_neighbors(vectors: Any, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the `k` most similar other vectors of every vector.

    All pairs are compared with one matrix product per block of rows; the candidates near the
    cut are then compared again in float64, so that the answer is that of a brute-force search
    in double precision. Exact search is also the faster one up to about 100,000 vectors asked
    for all at once.

    Parameters
    ----------
    vectors : array_like, shape (n, d)
        Need not be normalised. A zero vector has similarity 0 to everything.
    k : int
        Neighbours wanted of each.

    Returns
    -------
    indices : ndarray, shape (n, k), int32
        Rows, most similar first, equal similarities by row; the vector itself is left out
        (copies of it are not). -1 where there are fewer than `k` others.
    similarity : ndarray, shape (n, k), float32
        Cosine similarity, -1 to 1; NaN where the index is -1.

    Raises
    ------
    ValueError
        If `k` is negative or a vector is not finite.
    """
    if k < 0:
        raise ValueError(f"k must not be negative, not {k}")
    matrix = finite_matrix(vectors, "vectors")
    count = len(matrix)
    indices = np.full((count, k), -1, np.int32)
    similarity = np.full((count, k), np.nan, np.float32)
    wanted = min(k, count - 1)
    if wanted < 1:
        return indices, similarity

    unit = _normalised(matrix)
    first = _first_equal_row(unit)
    has_copies = bool((first != np.arange(count)).any())
    quick = unit.astype(np.float32)
    rows = max(1, min(count, _BLOCK_BYTES // (4 * count)))
    # One buffer for all blocks: fresh memory for each costs as much as the product itself.
    buffer = np.empty((rows, count), np.float32)
    for start in range(0, count, rows):
        stop = min(start + rows, count)
        scores = np.matmul(quick[start:stop], quick.T, out=buffer[: stop - start])
        if has_copies:
            # A matrix product may round copies differently at the edge of a tile.
            scores = scores[:, first]
        scores[np.arange(stop - start), np.arange(start, stop)] = -np.inf
        for offset, row in enumerate(scores):
            chosen, cosine = _best(unit, start + offset, row, wanted)
            indices[start + offset, :wanted] = chosen
            similarity[start + offset, :wanted] = cosine
    return indices, similarity


def nearest_to(vectors: np.ndarray, row: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the neighbours of one row, as `nearest_neighbors` would.

    Parameters
    ----------
    vectors : ndarray, shape (n, d)
    row : int
    k : int

    Returns
    -------
    indices : ndarray, shape (min(k, n - 1),), int32
    similarity : ndarray, same shape, float32
    """
    unit = _normalised(finite_matrix(vectors, "vectors"))
    wanted = min(k, len(unit) - 1)
    if wanted < 1:
        return np.zeros(0, np.int32), np.zeros(0, np.float32)
    scores = (unit * unit[row]).sum(axis=1)
    scores[row] = -np.inf
    order = np.lexsort((np.arange(len(unit)), -scores))[:wanted]
    return order.astype(np.int32), np.clip(scores[order], -1, 1).astype(np.float32)


def _normalised(matrix: np.ndarray) -> np.ndarray:
    wide = matrix.astype(np.float64)
    # Scaling by the largest entry first keeps the squares from overflowing or vanishing.
    peak = np.abs(wide).max(axis=1, keepdims=True, initial=0.0)
    wide /= np.where(peak > 0, peak, 1.0)
    norm = np.sqrt((wide * wide).sum(axis=1, keepdims=True))
    return wide / np.where(norm > 0, norm, 1.0)


def _first_equal_row(unit: np.ndarray) -> np.ndarray:
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(row.tobytes(), i) for i, row in enumerate(unit)])


def _best(
    unit: np.ndarray, row: int, scores: np.ndarray, wanted: int
) -> tuple[np.ndarray, np.ndarray]:
    cut = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
    near = np.flatnonzero(scores >= cut - _SLACK)
    if len(near) > 4 * wanted + 64:
        # Hundreds of copies of one picture: the lowest rows of them are enough.
        near = near[np.lexsort((near, -scores[near]))[: 4 * wanted + 64]]
    near = near[near != row]
    cosine = (unit[near] * unit[row]).sum(axis=1)
    order = np.lexsort((near, -cosine))[:wanted]
    return near[order], np.clip(cosine[order], -1.0, 1.0)
