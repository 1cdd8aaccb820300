"""An HNSW graph (hnswlib) over distinct vectors, and its place beside a table's rows.

A graph that is searched never changes: hnswlib must not add while it searches, and a lock
would make queries wait. What is written later is compared exactly beside it, until a
larger graph takes its place.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from crystalviz._optional import require
from crystalviz.store.index.distances import COSINE, DOT, L2
from crystalviz.store.index.folding import prepared
from crystalviz.store.index.tuning import Tuning
from crystalviz.store.storage.vector_table import VectorTable

# Between vectors of length 1, half of the squared distance is 1 - cos. As a sum of squares it
# tells vectors apart that differ in their last bits; 1 - dot does not below 3e-4, and to a
# graph they would be copies (see `folding`).
SPACES = {COSINE: "l2", DOT: "ip", L2: "l2"}

# hnswlib's `ip` is 1 - dot in float32, however small the product is.
DOT_SLACK = 2.5e-7

SEED = 100
_CHUNK = 64


def hnswlib() -> ModuleType:
    """Return the library, or raise `MissingDependencyError` with the line that installs it."""
    return require("hnswlib", "hnsw", "approximate search (HNSW)")


@dataclass(frozen=True)
class Parameters:
    """How a graph is built; level 0 has twice `m` links, in hnswlib as in Weaviate."""

    m: int = 32
    ef_construction: int = 128


@dataclass(frozen=True)
class Graph:
    """A finished graph: nodes 0, 1, ..., each a distinct vector.

    Attributes
    ----------
    index : hnswlib.Index
        Its labels are the nodes' numbers.
    prints : (c, 2) uint64
        Each node's vector's fingerprint.
    found : (c,) bool
        Which nodes a search for their own vector finds; the others are compared exactly.
    """

    index: Any
    distance: str
    parameters: Parameters
    prints: np.ndarray
    found: np.ndarray
    tuning: Tuning

    def __len__(self) -> int:
        return len(self.prints)

    @property
    def self_recall(self) -> float:
        """The share of the nodes that are found by their own vector."""
        return float(self.found.mean()) if len(self) else 1.0

    def nearest(self, query: np.ndarray, ef: int) -> tuple[np.ndarray, np.ndarray] | None:
        """Return about the `ef` nearest nodes (ef,) int64, and rough distances, in order.

        None where the graph does not reach so many. hnswlib searches with the larger of
        its `ef` and k: k = ef gives each query its own, where `set_ef` would be for all threads.
        """
        found = nearest_nodes(self.index, query[None], min(ef, len(self)))
        if found is None:
            return None
        nodes, values = found[0][0], found[1][0]
        if self.distance == COSINE:
            values = values * np.float32(0.5)
        elif self.distance == DOT:
            values = values - np.float32(1)
        return nodes, values


def nearest_nodes(index: Any, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray] | None:
    """Return the k nearest nodes (q, k) int64 and hnswlib's distances, or None for too few."""
    try:
        labels, values = index.knn_query(queries, k=k, num_threads=1)
    except RuntimeError:
        # "Cannot return the results in a contiguous 2D array": fewer than k are reachable.
        return None
    return labels.astype(np.int64), values


@dataclass(frozen=True)
class Fit:
    """How a graph stands to one version of a table.

    Attributes
    ----------
    tail : (t,) int64
        Living rows that the graph does not have.
    clean : bool
        Whether every row that it has is alive.
    """

    tail: np.ndarray
    clean: bool


class Attached:
    """A graph beside the rows of one generation of a table.

    Parameters
    ----------
    graph : Graph
        It does not change.
    generation : int
        Of the table.
    nodes : (m,) int64
        The node of each row; -1 for a row that it does not have, as all behind m.
    left_out : int
        How many rows it should not have.

    Attributes
    ----------
    node_of : (m,) int64
        As `nodes`, and -1 for a row whose node is not found: it must be compared exactly.
    covered, lost : int
        How many rows are found through the graph, and how many never will be.
    used : int
        How many nodes are found and have a row.
    """

    def __init__(self, graph: Graph, generation: int, nodes: np.ndarray, left_out: int) -> None:
        self.graph = graph
        self.generation = generation
        there = nodes >= 0
        self.node_of = nodes.copy()
        self.node_of[there] = np.where(graph.found[nodes[there]], nodes[there], -1)
        self.covered = int(np.count_nonzero(self.node_of >= 0))
        self.lost = int(np.count_nonzero(there)) - self.covered + left_out
        # Rows in the order of their nodes, and where each node's begin.
        self._order = np.argsort(self.node_of, kind="stable")
        self._starts = np.searchsorted(self.node_of[self._order], np.arange(len(graph) + 1))
        self.used = int(np.count_nonzero(np.diff(self._starts)))
        self._fits: tuple[tuple[weakref.ref[VectorTable], Fit], ...] = ()

    def rows(self, nodes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows (m,) int64 of some nodes, in their order, and each one's place there."""
        first = self._starts[nodes]
        many = self._starts[nodes + 1] - first
        if len(nodes) and many.min() == many.max() == 1:
            return self._order[first], np.arange(len(nodes))
        which = np.repeat(np.arange(len(nodes)), many)
        # The i-th row of a node is i places behind its first.
        offset = np.arange(len(which)) - np.repeat(np.cumsum(many) - many, many)
        return self._order[first[which] + offset], which

    def fit(self, table: VectorTable) -> Fit:
        """Return how it stands to a version of the table."""
        for ref, fit in self._fits:
            if ref() is table:
                return fit
        count = min(len(table), len(self.node_of))
        inside = np.zeros(len(table), bool)
        inside[:count] = self.node_of[:count] >= 0
        clean = count == len(self.node_of) and bool(table.alive[inside].all())
        fit = Fit(np.flatnonzero(table.alive & ~inside), clean)
        # One assignment: other threads see the old ones or the new ones.
        self._fits = (*self._fits[-3:], (weakref.ref(table), fit))
        return fit


def add_vectors(
    matrix: np.ndarray,
    rows: np.ndarray,
    distance: str,
    parameters: Parameters,
    base: Path | None,
    first: int,
    tell: Callable[[int], None],
) -> Any:
    """Return a graph of some rows of a matrix, made by one thread: again gives the same.

    Parameters
    ----------
    rows : (c,) int64
        The row with each node's vector; what is below `first` does not matter.
    base : Path, optional
        A verified file of a graph with the nodes below `first`, to add to.
    tell : callable
        Called with the number of nodes done; what it raises ends the work.
    """
    index = hnswlib().Index(SPACES[distance], matrix.shape[1])
    if base is None:
        index.init_index(
            max(1, len(rows)),
            M=parameters.m,
            ef_construction=parameters.ef_construction,
            random_seed=SEED,
        )
    else:
        index.load_index(str(base), max_elements=len(rows))
    for start in range(first, len(rows), _CHUNK):
        part = rows[start : start + _CHUNK]
        labels = np.arange(start, start + len(part))
        index.add_items(prepared(matrix[part], distance), labels, num_threads=1)
        tell(start + len(part))
    return index
