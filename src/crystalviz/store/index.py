"""Search for the nearest vectors.

`VectorIndex` is all that a query knows of it; `ExactIndex` compares with every vector.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from crystalviz.store.vector_table import VectorTable

# How far float32 BLAS may stray from the true cosine, generously; what lies this
# close to the last place is measured again in float64.
_COSINE_SLACK = 2e-5
_RELATIVE_SLACK = 2e-5

_BLOCK = 1024


class Found(NamedTuple):
    """Rows (m,) int64 and distances (m,) float32, nearest first, equal ones by uuid; and how."""

    rows: np.ndarray
    distances: np.ndarray
    found_by: str


class VectorIndex(Protocol):
    """What every index answers, of whichever version of its table it is asked."""

    def search(
        self, table: VectorTable, query: np.ndarray, k: int, allowed: np.ndarray | None = None
    ) -> Found:
        """Return the k nearest rows, or fewer.

        Parameters
        ----------
        table : VectorTable
            n rows.
        query : (d,) float32
            A finite vector.
        k : int
            How many at most.
        allowed : (n,) bool, optional
            Which rows may be answered; all of them where nothing is said.
        """
        ...

    def health(self, table: VectorTable) -> dict[str, Any]:
        """Return how answers are found: search, recall, objects."""
        ...

    def close(self) -> None:
        """Let go of files and threads."""
        ...


def open_index(
    folder: Path, collection_id: int, tenant: str, name: str, space: Any, writable: bool
) -> VectorIndex:
    """Return the index over one vector of a collection."""
    return ExactIndex(space.distance)


class ExactIndex:
    """Compares the query with every vector: one BLAS product, then the top in float64.

    Parameters
    ----------
    distance : {"cosine", "dot", "l2-squared"}
        As Weaviate defines them: 1 - cosine, never below 0; -dot; squared L2.
    """

    def __init__(self, distance: str = "cosine") -> None:
        self.distance = distance

    def search(
        self, table: VectorTable, query: np.ndarray, k: int, allowed: np.ndarray | None = None
    ) -> Found:
        """Return rows and distances, nearest first; see `VectorIndex.search`."""
        candidates = np.flatnonzero(table.alive if allowed is None else table.alive & allowed)
        k = min(k, len(candidates))
        if k <= 0:
            return Found(np.empty(0, np.int64), np.empty(0, np.float32), "exact")
        wide = query.astype(np.float64)
        norm = float(np.sqrt(wide @ wide))
        if self.distance == "cosine" and norm > 0:
            wide = wide / norm
        # A small allowed set is cheaper to gather than to ignore.
        gather = len(candidates) * 4 < len(table)
        rows = table.matrix[candidates] if gather else table.matrix
        dots = rows @ wide.astype(np.float32)
        if not gather:
            dots = dots[candidates]
        norms = table.norms[candidates]
        if k < len(candidates):
            rough, slack = self._rough(dots, norms, norm)
            last = np.partition(rough, k - 1)[k - 1]
            candidates = candidates[rough <= last + slack]
        distances = self._measure(table.matrix, candidates, wide)
        order = table.order(candidates, distances)[:k]
        return Found(candidates[order], distances[order], "exact")

    def health(self, table: VectorTable) -> dict[str, Any]:
        """Return `{"search": "exact", "recall": 1.0, "objects": n}`."""
        return {"search": "exact", "recall": 1.0, "objects": table.count}

    def close(self) -> None:
        """Do nothing: there are no files."""

    def _rough(self, dots: np.ndarray, norms: np.ndarray, norm: float) -> tuple[np.ndarray, float]:
        if self.distance == "cosine":
            # A zero vector stays zero: its distance to everything is 1, as in Weaviate.
            return -dots / np.where(norms > 0, norms, 1.0), _COSINE_SLACK
        largest = float(norms.max())
        if self.distance == "dot":
            return -dots, _RELATIVE_SLACK * largest * norm
        squared = norms**2 - 2.0 * dots
        return squared, _RELATIVE_SLACK * (largest + norm) ** 2

    def _measure(self, matrix: np.ndarray, rows: np.ndarray, query: np.ndarray) -> np.ndarray:
        """Return distances that depend on nothing but the two vectors.

        BLAS may sum the same row in another order at another place; here equal
        vectors get equal distances, so that their order is by uuid.
        """
        measured = np.empty(len(rows), np.float64)
        for start in range(0, len(rows), _BLOCK):
            block = matrix[rows[start : start + _BLOCK]].astype(np.float64)
            if self.distance == "l2-squared":
                part = ((block - query) ** 2).sum(axis=1)
            elif self.distance == "dot":
                part = -(block * query).sum(axis=1)
            else:
                # The direction of a float32 vector is known to 1e-7: finer differences are noise.
                norms = np.sqrt((block * block).sum(axis=1))
                cosine = (block * query).sum(axis=1) / np.where(norms > 0, norms, 1.0)
                part = np.maximum(np.round(1.0 - cosine, 7), 0.0)
            measured[start : start + _BLOCK] = part
        # -0.0 would show as such.
        return measured.astype(np.float32) + np.float32(0)
