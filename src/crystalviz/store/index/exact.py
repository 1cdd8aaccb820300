"""Exact search: a query compared with every vector, the best measured again in float64."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from crystalviz.store.index import distances
from crystalviz.store.index.distances import Query
from crystalviz.store.storage.vector_table import VectorTable

EXACT, HNSW = "exact", "hnsw"


class Found(NamedTuple):
    """What a search found, nearest first; equal distances by uuid.

    Attributes
    ----------
    rows : (m,) int64
        Of the table.
    distances : (m,) float32
        Measured with the collection's distance.
    found_by : str
        "exact" or "hnsw".
    """

    rows: np.ndarray
    distances: np.ndarray
    found_by: str


class ExactSearch:
    """Compares a query with the rows of a table, whichever of its versions is given.

    Parameters
    ----------
    distance : str
        One of `distances.DISTANCES`.
    """

    def __init__(self, distance: str) -> None:
        self.distance = distance

    def search(
        self, table: VectorTable, query: Query, k: int, allowed: np.ndarray | None = None
    ) -> Found:
        """Return the k nearest of the living rows, or of the `allowed` (n,) bool of them."""
        everything = allowed is None and table.count == len(table)
        rows = None
        if not everything:
            rows = np.flatnonzero(table.alive if allowed is None else allowed & table.alive)
        if not len(table) or (rows is not None and not len(rows)) or k <= 0:
            return Found(np.empty(0, np.int64), np.empty(0, np.float32), EXACT)
        if rows is not None and len(rows) * 4 < len(table):
            # A small part is cheaper to gather than to ignore.
            values = self.rough(table, query, rows)
        else:
            values = distances.rough(table.matrix, table.norms, query, self.distance)
            if rows is not None:
                values = values[rows]
        near = close_enough(values, k, self.slack(table, query))
        return self.ranked(table, query, k, near if rows is None else rows[near], EXACT)

    def rough(self, table: VectorTable, query: Query, rows: np.ndarray) -> np.ndarray:
        """Return the rough distances (m,) of some rows."""
        if len(rows) and rows[-1] - rows[0] + 1 == len(rows):
            # Neighbours in memory need not be gathered.
            part: slice | np.ndarray = slice(int(rows[0]), int(rows[-1]) + 1)
        else:
            part = rows
        return distances.rough(table.matrix[part], table.norms[part], query, self.distance)

    def slack(self, table: VectorTable, query: Query) -> float:
        """Return how far rough distances may stray."""
        return distances.slack(self.distance, table.norms, query)

    def ranked(
        self,
        table: VectorTable,
        query: Query,
        k: int,
        candidates: np.ndarray,
        found_by: str,
        alike: np.ndarray | None = None,
    ) -> Found:
        """Measure the candidates (m,) int64 and return the k nearest of them.

        Parameters
        ----------
        alike : (m,) int64, optional
            Candidates of the same number have the same vector, which is measured once.
        """
        if alike is None or len(candidates) <= 2 * k:
            measured = self.measure(table, query, candidates)
        else:
            _, first, place = np.unique(alike, return_index=True, return_inverse=True)
            measured = self.measure(table, query, candidates[first])[place]
        order = table.order(candidates, measured)[:k]
        return Found(candidates[order], measured[order], found_by)

    def measure(self, table: VectorTable, query: Query, rows: np.ndarray) -> np.ndarray:
        """Return the distances (m,) float32 of some rows."""
        return distances.measure(table.matrix[rows], query, self.distance)


def close_enough(values: np.ndarray, k: int, slack: float) -> np.ndarray:
    """Return the places (m,) of rough distances that may be among the k smallest true ones."""
    if k >= len(values):
        return np.arange(len(values))
    last = np.partition(values, k - 1)[k - 1]
    return np.flatnonzero(values <= last + slack)
