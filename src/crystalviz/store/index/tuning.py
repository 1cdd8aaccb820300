"""How widely a graph must be searched: the smallest `ef` whose measured recall is enough."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from crystalviz.store.index.distances import L2
from crystalviz.store.index.folding import prepared

# What is promised is .99; the sample must show a little more, because it is a sample.
RECALL = 0.99
_ASKED = 0.995
# Below it a query is hardly faster; Weaviate's dynamic ef has the same floor.
_FLOOR = 100
_QUERIES = 128
_BLOCK = 2048
# A search with `ef` costs about as much as comparing 30 x ef vectors one after the other
# (measured: 512 and 2,048 dimensions, in groups and uniform), and must be three times faster.
_ROWS_PER_EF = 90

# Weaviate's dynamic ef, `adapters/repos/db/vector/hnsw/search.go`: clamp(8 k, 100, 500).
DYNAMIC = -1


def pays(ef: int, count: int) -> bool:
    """Return whether a search with `ef` is clearly faster than comparing `count` vectors."""
    return ef * _ROWS_PER_EF <= count


@dataclass(frozen=True)
class Dynamic:
    """Weaviate's dynamic ef: k times `factor`, within `least` and `most`."""

    least: int = 100
    most: int = 500
    factor: int = 8


@dataclass(frozen=True)
class Tuning:
    """How widely to search for k neighbours, and how many of the true ones were found.

    Attributes
    ----------
    ef_10, ef_100 : int
        For 10 and for 100 neighbours.
    recall_10, recall_100 : float
        Measured with them: the share of the true neighbours that were found.
    fixed : bool
        The collection's configuration says `ef`; then recall is what comes of it.
    dynamic : Dynamic or None
        Where `ef` is -1.
    """

    ef_10: int
    ef_100: int
    recall_10: float
    recall_100: float
    fixed: bool = False
    dynamic: Dynamic | None = None

    def ef(self, k: int) -> int:
        """Return how many nodes to look at for k neighbours; never fewer than k."""
        return max(k, _wanted_ef(k, self.ef_10, self.ef_100, self.fixed, self.dynamic))


def _wanted_ef(k: int, ef_10: int, ef_100: int, fixed: bool, dynamic: Dynamic | None) -> int:
    if dynamic is not None:
        return min(max(k * dynamic.factor, dynamic.least), dynamic.most)
    if fixed or k <= 10:
        return ef_10
    if k <= 100:
        return ef_10 + (ef_100 - ef_10) * (k - 10) // 90
    return ef_100 * k // 100


@dataclass(frozen=True)
class Truth:
    """Queries of which the true neighbours are known.

    Attributes
    ----------
    queries : (q, d) float32
        Half of them vectors of the collection, half between two neighbours, where a new
        image that resembles known ones lies.
    own : (q,) int64
        The node of a query that is one, -1 otherwise; it is not counted as a neighbour.
    nearest : (q, 101) int64 at most
        The nearest nodes, in order.
    """

    queries: np.ndarray
    own: np.ndarray
    nearest: np.ndarray

    @classmethod
    def of(cls, matrix: np.ndarray, rows: np.ndarray, distance: str) -> Truth:
        """Compare a sample of the nodes with all; node i's vector is `matrix[rows[i]]`."""
        rng = np.random.default_rng(0)
        half = min(len(rows), _QUERIES) // 2
        chosen = rng.choice(len(rows), half, replace=False)
        known = prepared(matrix[rows[chosen]], distance)
        nearest = _nearest(known, matrix, rows, distance)
        other = nearest[:, min(10, nearest.shape[1] - 1)]
        between = (known + prepared(matrix[rows[other]], distance)) / np.float32(2)
        between = prepared(between, distance)
        return cls(
            np.concatenate([known, between]),
            np.concatenate([chosen, np.full(half, -1)]),
            np.concatenate([nearest, _nearest(between, matrix, rows, distance)]),
        )

    def recall(self, found: np.ndarray, k: int) -> float:
        """Return the share of the k nearest (without the query itself) among what was found.

        Parameters
        ----------
        found : (q, m) int64
            Nodes, nearest first; -1 does not count.
        """
        hits = total = 0
        for own, true, got in zip(self.own, self.nearest, found, strict=True):
            wanted = true[true != own][:k]
            answer = got[(got != own) & (got >= 0)][:k]
            hits += len(np.intersect1d(wanted, answer, assume_unique=True))
            total += len(wanted)
        return hits / total if total else 1.0


def _nearest(
    queries: np.ndarray, matrix: np.ndarray, rows: np.ndarray, distance: str
) -> np.ndarray:
    """Return the 101 nearest nodes (q, 101) int64 by rough distance, in blocks of nodes."""
    many = min(101, len(rows))
    best = np.empty((len(queries), 0), np.float32)
    nodes = np.empty((len(queries), 0), np.int64)
    for start in range(0, len(rows), _BLOCK):
        block = prepared(matrix[rows[start : start + _BLOCK]], distance)
        values = -(queries @ block.T)
        if distance == L2:
            values = np.einsum("ij,ij->i", block, block) + 2 * values
        best = np.concatenate([best, values], axis=1)
        new = np.broadcast_to(np.arange(start, start + len(block)), values.shape)
        nodes = np.concatenate([nodes, new], axis=1)
        keep = np.argsort(best, axis=1, kind="stable")[:, :many]
        best = np.take_along_axis(best, keep, axis=1)
        nodes = np.take_along_axis(nodes, keep, axis=1)
    return nodes


# Takes queries (q, d) and k; returns nodes (q, k), nearest first, or None for too few.
Search = Callable[[np.ndarray, int], np.ndarray | None]


def tuned(search: Search, truth: Truth, count: int) -> Tuning | None:
    """Return the smallest `ef` that finds enough, or None where exact search is as fast.

    Parameters
    ----------
    search : callable
        Of the graph.
    truth : Truth
        What should be found.
    count : int
        How many vectors exact search compares.
    """
    found = {}
    for k in (10, 100):
        ef = max(_FLOOR, k + 1)
        recall = _recall(search, truth, k, ef)
        while recall < _ASKED and pays(ef * 5 // 4, count):
            ef = ef * 5 // 4
            recall = _recall(search, truth, k, ef)
        if k == 10 and (recall < _ASKED or not pays(ef, count)):
            return None
        if recall < _ASKED:
            # More than that is searched exactly.
            ef = max(ef, count // _ROWS_PER_EF + 1)
        found[k] = ef, recall
    return Tuning(found[10][0], found[100][0], found[10][1], found[100][1])


def measured(search: Search, truth: Truth, ef: int, dynamic: Dynamic) -> Tuning:
    """Return the recall of an `ef` that the collection's configuration gives."""
    changing = dynamic if ef == DYNAMIC else None
    efs = [max(k + 1, _wanted_ef(k, ef, ef, True, changing)) for k in (10, 100)]
    recalls = [_recall(search, truth, k, one) for k, one in zip((10, 100), efs, strict=True)]
    return Tuning(efs[0], efs[1], recalls[0], recalls[1], True, changing)


def _recall(search: Search, truth: Truth, k: int, ef: int) -> float:
    found = search(truth.queries, ef)
    return 0.0 if found is None else truth.recall(found, k)
