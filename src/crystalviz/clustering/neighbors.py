"""Exact nearest neighbours by cosine similarity."""

from __future__ import annotations

from typing import Any

import numpy as np

from crystalviz.clustering import _neighbor_graph
from crystalviz.clustering._checks import finite_matrix
from crystalviz.clustering._unit import normalised, unit_float32

# float32 products of unit vectors are off by less than this, so nothing within it is dropped
# before the exact comparison.
SLACK = 4e-6
# So many candidates beyond the neighbours wanted are compared in double precision.
SPARE = 4096


class ExactNeighbors:
    """Vectors prepared for neighbour questions.

    They are normalised once and kept in single precision; one matrix product finds the
    candidates, and those near the cut are compared again in double precision, so that every
    answer is that of a brute-force search in double precision. Exact search is also the faster
    one up to about 20,000 vectors for one question, and 100,000 for all at once.

    Parameters
    ----------
    vectors : array_like, shape (n, d)
        Need not be normalised. A zero vector has similarity 0 to everything. Kept as it is, not
        copied, if it is an array; do not change it meanwhile.

    Raises
    ------
    ValueError
        If a vector is not finite.
    """

    def __init__(self, vectors: Any) -> None:
        self._matrix = finite_matrix(vectors, "vectors")
        self._unit = unit_float32(self._matrix)

    def __len__(self) -> int:
        return len(self._matrix)

    def of_row(self, row: int, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the `k` most similar other vectors of one vector.

        Parameters
        ----------
        row : int
        k : int

        Returns
        -------
        indices : ndarray, shape (min(k, n - 1),), int32
            Most similar first, equal similarities by row.
        similarity : ndarray, same shape, float32
            Cosine similarity, -1 to 1.
        """
        scores = self._unit @ self._unit[row]
        scores[row] = -np.inf
        return self._best(scores, normalised(self._matrix[row][None])[0], min(k, len(self) - 1))

    def of_vector(self, vector: Any, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the `k` stored vectors that are most similar to any other, as `of_row` does.

        Parameters
        ----------
        vector : array_like, shape (d,)
        k : int

        Raises
        ------
        ValueError
            If the vector is not finite or has another length.
        """
        query = finite_matrix(np.asarray(vector)[None], "vector")
        if query.shape[1:] != self._matrix.shape[1:]:
            raise ValueError(
                f"the vector has shape {query.shape[1:]}, the stored ones {self._matrix.shape[1:]}"
            )
        scores = self._unit @ unit_float32(query)[0]
        return self._best(scores, normalised(query)[0], min(k, len(self)))

    def _best(
        self, scores: np.ndarray, query: np.ndarray, wanted: int
    ) -> tuple[np.ndarray, np.ndarray]:
        if wanted < 1:
            return np.zeros(0, np.int32), np.zeros(0, np.float32)
        cut = np.partition(scores, len(scores) - wanted)[len(scores) - wanted]
        near = np.flatnonzero((scores >= cut - SLACK) & np.isfinite(scores))
        if len(near) > wanted + SPARE:
            # Thousands of copies of one picture: the lowest rows of them are enough.
            near = near[np.lexsort((near, -scores[near]))[: wanted + SPARE]]
        cosine = (normalised(self._matrix[near]) * query).sum(axis=1)
        order = np.lexsort((near, -cosine))[:wanted]
        return near[order].astype(np.int32), np.clip(cosine[order], -1, 1).astype(np.float32)

    def graph(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the `k` most similar other vectors of every vector, as `nearest_neighbors` does.

        Raises
        ------
        ValueError
            If `k` is negative.
        """
        if k < 0:
            raise ValueError(f"k must not be negative, not {k}")
        count = len(self)
        indices = np.full((count, k), -1, np.int32)
        similarity = np.full((count, k), np.nan, np.float32)
        wanted = min(k, count - 1)
        if wanted >= 1:
            found = _neighbor_graph.graph(normalised(self._matrix), self._unit, wanted, SLACK)
            indices[:, :wanted], similarity[:, :wanted] = found
        return indices, similarity


def nearest_neighbors(vectors: Any, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Find the `k` most similar other vectors of every vector.

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

    See Also
    --------
    ExactNeighbors : the same search, prepared once for many questions.
    """
    return ExactNeighbors(vectors).graph(k)


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
    return ExactNeighbors(vectors).of_row(row, k)
