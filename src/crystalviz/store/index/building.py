"""How a graph is built: folded, tried on a sample, built, tuned, asked for all its vectors."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from crystalviz.store.index import tuning
from crystalviz.store.index.distances import COSINE
from crystalviz.store.index.folding import fingerprints, fold, nodes_of, prepared
from crystalviz.store.index.graph import Attached, Graph, add_vectors, nearest_nodes
from crystalviz.store.index.settings import Settings
from crystalviz.store.index.tuning import Truth, Tuning
from crystalviz.store.storage.vector_table import VectorTable

# Vectors without groups need an `ef` that grows with their number, until exact search is faster:
# known from so many of them, before the minutes that a graph of all would take.
_PILOT = 5_000
_PILOT_EF = 32
_PILOT_RECALL = 0.97

# A vector must find itself among so many; one that does not gets a second, wider search.
_SELF_K = 16
_BLOCK = 256
# More than this share that is not found: such a graph answers nothing well.
_MOST_LOST = 0.05


class RefusedError(Exception):
    """Exact search is the better way for these vectors; the text says why."""


class StoppedError(Exception):
    """The index was closed while a graph was built."""


class Progress:
    """How far a build has come; read by any thread."""

    def __init__(self) -> None:
        self.stage = "reading vectors"
        self.done = 0
        self.total = 1
        self.stopping = threading.Event()

    def begin(self, stage: str, total: int) -> Callable[[int], None]:
        """Name what is done now; returns what is to be called with the number done.

        Raises
        ------
        StoppedError
            When it shall stop; from the returned function too.
        """
        self.stage, self.done, self.total = stage, 0, max(1, total)

        def tell(done: int) -> None:
            self.done = done
            if self.stopping.is_set():
                raise StoppedError

        tell(0)
        return tell


@dataclass(frozen=True)
class Base:
    """A saved graph to add to, and its verified file."""

    graph: Graph
    file: Path


def attach(table: VectorTable, graph: Graph, progress: Progress) -> Attached:
    """Find the rows of a table whose vectors a graph has."""
    rows, left_out = _rows_for(table, graph.distance)
    tell = progress.begin("comparing the saved index with the store", len(rows))
    nodes = np.full(len(table), -1, np.int64)
    nodes[rows] = nodes_of(fingerprints(table.matrix, rows, tell), graph.prints)
    return Attached(graph, table.generation, nodes, left_out)


def _rows_for(table: VectorTable, distance: str) -> tuple[np.ndarray, int]:
    """Return the living rows that a graph may have, and how many it may not.

    By cosine a vector of zeros is nowhere: its distance to everything is 1.
    """
    may = table.alive & (table.norms > 0) if distance == COSINE else table.alive
    rows = np.flatnonzero(may)
    return rows, table.count - len(rows)


def build(
    table: VectorTable, settings: Settings, base: Base | None, progress: Progress
) -> Attached:
    """Return a graph of the table's living rows.

    Parameters
    ----------
    base : Base, optional
        A graph that has most of them already; the others are added to a copy.

    Raises
    ------
    RefusedError
        When exact search is as fast at the recall that is promised, or the graph loses vectors.
    """
    alive, left_out = _rows_for(table, settings.distance)
    if not len(alive):
        raise RefusedError("every vector is zero")
    prints = fingerprints(table.matrix, alive, progress.begin("reading vectors", len(alive)))
    first, nodes = fold(prints)
    known = 0
    rows, node_prints = alive[first], prints[first]
    if base is not None:
        known = len(base.graph)
        numbers = nodes_of(node_prints, base.graph.prints)
        new = np.flatnonzero(numbers < 0)
        numbers[new] = known + np.arange(len(new))
        # The row of each node; -1 where its object is gone.
        by_node = np.full(known + len(new), -1, np.int64)
        by_node[numbers] = rows
        node_prints = np.concatenate([base.graph.prints, node_prints[new]])
        rows, nodes = by_node, numbers[nodes]
    elif settings.ef is None:
        _try_out(table.matrix, rows, settings, progress)
    index = add_vectors(
        table.matrix,
        rows,
        settings.distance,
        settings.parameters,
        base.file if base else None,
        known,
        progress.begin("building the index", len(rows)),
    )
    tuned = _tune(index, table.matrix, rows, settings, table.count)
    checked = _Check(index, table.matrix, rows, settings.distance, tuned.ef(1))
    found = checked.of_all(progress) if base is None else checked.of_new(base.graph, progress)
    lost = 1.0 - found[rows >= 0].mean()
    if lost > _MOST_LOST and settings.ef is None:
        raise RefusedError(f"an HNSW index would not find {lost:.1%} of the vectors")
    graph = Graph(index, settings.distance, settings.parameters, node_prints, found, tuned)
    node_of = np.full(len(table), -1, np.int64)
    node_of[alive] = nodes
    return Attached(graph, table.generation, node_of, left_out)


def _try_out(matrix: np.ndarray, rows: np.ndarray, settings: Settings, progress: Progress) -> None:
    """Build a small graph of some of the vectors, to see whether a large one will do."""
    if len(rows) < 4 * _PILOT:
        return
    some = rows[np.linspace(0, len(rows) - 1, _PILOT).astype(np.int64)]
    tell = progress.begin("trying HNSW on a sample", len(some))
    index = add_vectors(matrix, some, settings.distance, settings.parameters, None, 0, tell)
    truth = Truth.of(matrix, some, settings.distance)
    found = nearest_nodes(index, truth.queries, _PILOT_EF)
    recall = 0.0 if found is None else truth.recall(found[0], 10)
    if recall < _PILOT_RECALL:
        raise RefusedError(
            f"these vectors form no groups that HNSW could follow (recall {recall:.3f} on a sample "
            f"of {_PILOT:,}): exact search is as fast at a recall of {tuning.RECALL}"
        )


def _tune(
    index: Any, matrix: np.ndarray, rows: np.ndarray, settings: Settings, count: int
) -> Tuning:
    # Nodes whose object is gone have no row, and are no answers.
    nodes = np.flatnonzero(rows >= 0)
    number = np.full(len(rows), -1, np.int64)
    number[nodes] = np.arange(len(nodes))

    def search(queries: np.ndarray, k: int) -> np.ndarray | None:
        found = nearest_nodes(index, queries, min(k, len(rows)))
        return None if found is None else number[found[0]]

    truth = Truth.of(matrix, rows[nodes], settings.distance)
    if settings.ef is not None:
        return tuning.measured(search, truth, settings.ef, settings.dynamic)
    tuned = tuning.tuned(search, truth, count)
    if tuned is None:
        raise RefusedError(
            f"at a recall of {tuning.RECALL} HNSW is no faster than exact search for these vectors"
        )
    return tuned


class _Check:
    """Asks a graph for its own vectors, as a search would."""

    def __init__(
        self, index: Any, matrix: np.ndarray, rows: np.ndarray, distance: str, ef: int
    ) -> None:
        self._index, self._matrix, self._rows = index, matrix, rows
        self._distance, self._ef = distance, ef

    def of_all(self, progress: Progress) -> np.ndarray:
        """Return which nodes are found, (c,) bool."""
        found = np.ones(len(self._rows), bool)
        nodes = np.flatnonzero(self._rows >= 0)
        found[nodes] = self._found(nodes, progress)[0]
        return found

    def of_new(self, old: Graph, progress: Progress) -> np.ndarray:
        """Return which nodes are found, asking only for those that may have changed.

        A new node changes links of nodes near it, and of no others.
        """
        found = np.ones(len(self._rows), bool)
        found[: len(old)] = old.found
        new = np.arange(len(old), len(self._rows))
        found[new], near = self._found(new, progress)
        touched = near[(near < len(old)) & (self._rows[near] >= 0)]
        found[touched] = self._found(touched, progress)[0]
        return found

    def _found(self, nodes: np.ndarray, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
        """Return which of the nodes are found (m,) bool, and all nodes that were met."""
        tell = progress.begin("asking for every vector", len(nodes))
        found = np.zeros(len(nodes), bool)
        met = np.zeros(len(self._rows), bool)
        for start in range(0, len(nodes), _BLOCK):
            part = slice(start, start + _BLOCK)
            found[part] = self._ask(nodes[part], _SELF_K, met)
            lost = start + np.flatnonzero(~found[part])
            if len(lost):
                found[lost] = self._ask(nodes[lost], self._ef, met)
            tell(start + len(nodes[part]))
        return found, np.flatnonzero(met)

    def _ask(self, nodes: np.ndarray, k: int, met: np.ndarray) -> np.ndarray:
        queries = prepared(self._matrix[self._rows[nodes]], self._distance)
        got = nearest_nodes(self._index, queries, min(k, len(self._rows)))
        if got is None:
            return np.zeros(len(nodes), bool)
        met[got[0].ravel()] = True
        return np.asarray((got[0] == nodes[:, None]).any(axis=1))
