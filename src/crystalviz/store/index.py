"""Search for the nearest vectors.

`VectorIndex` is all that a query knows of it; `ExactIndex` compares with every vector.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

# How far float32 BLAS may stray from the true cosine, generously; what lies this
# close to the last place is measured again in float64.
_COSINE_SLACK = 2e-5
_RELATIVE_SLACK = 2e-5

_BLOCK = 1024


class VectorIndex(Protocol):
    """What every index answers.

    Rows are numbered as the uuids were sorted, so that equal distances come by uuid.
    """

    def __len__(self) -> int:
        """Return the number of vectors."""
        ...

    def search(
        self, query: np.ndarray, k: int, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return rows (m,) int64 and distances (m,) float32, nearest first, m <= k.

        Parameters
        ----------
        query : (d,) float32
            A finite vector.
        k : int
            How many at most.
        allowed : (n,) bool, optional
            Which rows may be answered; all of them where nothing is said.
        """
        ...

    def health(self) -> dict[str, Any]:
        """Return how answers are found: search, recall, objects."""
        ...


class ExactIndex:
    """Compares the query with every vector: one BLAS product, then the top in float64.

    Parameters
    ----------
    matrix : (n, d) float32
        Vectors as inserted, in the order of their uuids.
    distance : {"cosine", "dot", "l2-squared"}
        As Weaviate defines them: 1 - cosine, never below 0; -dot; squared L2.
    """

    def __init__(self, matrix: np.ndarray, distance: str = "cosine") -> None:
        self.distance = distance
        self._norms = np.sqrt(np.einsum("ij,ij->i", matrix, matrix, dtype=np.float64))
        if distance == "cosine":
            # A zero vector stays zero: its distance to everything is 1, as in Weaviate.
            scale = np.where(self._norms > 0, self._norms, 1.0)
            matrix = matrix / scale.astype(np.float32)[:, None]
        self._matrix = np.ascontiguousarray(matrix)

    def __len__(self) -> int:
        return len(self._matrix)

    def search(
        self, query: np.ndarray, k: int, allowed: np.ndarray | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and distances, nearest first; see `VectorIndex.search`."""
        candidates = np.arange(len(self)) if allowed is None else np.flatnonzero(allowed)
        k = min(k, len(candidates))
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        wide = query.astype(np.float64)
        norm = float(np.sqrt(wide @ wide))
        if self.distance == "cosine" and norm > 0:
            wide = wide / norm
        # A small allowed set is cheaper to gather than to ignore.
        gather = allowed is not None and len(candidates) * 4 < len(self)
        rows = self._matrix[candidates] if gather else self._matrix
        dots = rows @ wide.astype(np.float32)
        if allowed is not None and not gather:
            dots = dots[candidates]
        if k < len(candidates):
            rough, slack = self._rough(dots, candidates, norm)
            last = np.partition(rough, k - 1)[k - 1]
            candidates = candidates[rough <= last + slack]
        distances = self._measure(candidates, wide)
        order = np.lexsort((candidates, distances))[:k]
        return candidates[order], distances[order]

    def health(self) -> dict[str, Any]:
        """Return `{"search": "exact", "recall": 1.0, "objects": n}`."""
        return {"search": "exact", "recall": 1.0, "objects": len(self)}

    def _rough(
        self, dots: np.ndarray, candidates: np.ndarray, norm: float
    ) -> tuple[np.ndarray, float]:
        if self.distance == "cosine":
            return -dots, _COSINE_SLACK
        largest = float(self._norms.max())
        if self.distance == "dot":
            return -dots, _RELATIVE_SLACK * largest * norm
        squared = self._norms[candidates] ** 2 - 2.0 * dots
        return squared, _RELATIVE_SLACK * (largest + norm) ** 2

    def _measure(self, rows: np.ndarray, query: np.ndarray) -> np.ndarray:
        """Return distances that depend on nothing but the two vectors.

        BLAS may sum the same row in another order at another place; here equal
        vectors get equal distances, so that their order is by uuid.
        """
        measured = np.empty(len(rows), np.float64)
        for start in range(0, len(rows), _BLOCK):
            block = self._matrix[rows[start : start + _BLOCK]].astype(np.float64)
            if self.distance == "l2-squared":
                part = ((block - query) ** 2).sum(axis=1)
            elif self.distance == "dot":
                part = -(block * query).sum(axis=1)
            else:
                # A float32 unit vector is a little longer or shorter than 1, and its
                # direction is known to 1e-7: finer differences are noise.
                norms = np.sqrt((block * block).sum(axis=1))
                cosine = (block * query).sum(axis=1) / np.where(norms > 0, norms, 1.0)
                part = np.maximum(np.round(1.0 - cosine, 7), 0.0)
            measured[start : start + _BLOCK] = part
        # -0.0 would show as such.
        return measured.astype(np.float32) + np.float32(0)
