"""The index over one vector of a collection: which way a query goes, and how it is going."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import Any

import numpy as np

from crystalviz.store.index import tuning
from crystalviz.store.index.distances import COSINE, DOT, Query
from crystalviz.store.index.exact import EXACT, HNSW, ExactSearch, Found, close_enough
from crystalviz.store.index.files import IndexFiles
from crystalviz.store.index.folding import prepared
from crystalviz.store.index.graph import DOT_SLACK, SEED, Attached
from crystalviz.store.index.settings import Settings
from crystalviz.store.index.upkeep import Upkeep
from crystalviz.store.schema import VectorSpace
from crystalviz.store.storage.vector_table import VectorTable

# Vectors gathered from here and there are compared so many times slower than neighbours in memory.
_GATHERED = 4
# So few are measured at once rather than compared roughly first.
_FEW = 32


class VectorIndex:
    """Finds the nearest rows of a table: exactly, or through HNSW where that is clearly faster.

    Any thread may search, and with any version of the table. The graph is made in the
    background from the first search on that could use it; until then, and whenever there
    is doubt, the search is exact.

    Parameters
    ----------
    files : IndexFiles
        Where a graph is kept.
    settings : Settings
        Of the vector's configuration.
    writable : bool
        Whether a graph may be saved.
    """

    def __init__(self, files: IndexFiles, settings: Settings, writable: bool) -> None:
        self._settings = settings
        self._exact = ExactSearch(self._settings.distance)
        self._upkeep = Upkeep(files, writable)

    def configure(self, space: VectorSpace) -> None:
        """Take over a configuration that may have changed."""
        settings = Settings.of(space)
        if settings != self._settings:
            self._settings = settings
            self._upkeep.forget()

    def search(
        self, table: VectorTable, query: np.ndarray, k: int, allowed: np.ndarray | None = None
    ) -> Found:
        """Return the k nearest rows, or fewer where there are fewer.

        Parameters
        ----------
        table : VectorTable
            Any version.
        query : (d,) float32
            A finite vector.
        k : int
            How many at most.
        allowed : (n,) bool, optional
            Which rows may be answered; all of them where nothing is said.
        """
        asked = Query.of(query)
        attached = self._graph(table)
        if attached is not None and 0 < k < len(attached.graph):
            found = self._by_graph(table, attached, asked, k, allowed)
            if found is not None:
                return found
        return self._exact.search(table, asked, k, allowed)

    def distances(self, table: VectorTable, query: np.ndarray, rows: np.ndarray) -> np.ndarray:
        """Return the distances (m,) float32 of some rows: the same numbers as `search`."""
        return self._exact.measure(table, Query.of(query), np.asarray(rows, np.int64))

    def wait(self, table: VectorTable, progress: bool = True) -> None:
        """Build what is due, with a progress bar, and return when it is there."""
        from tqdm.auto import tqdm

        self._graph(table)
        while (now := self._upkeep.progress) is not None:
            stage, total = now.stage, now.total
            with tqdm(total=total, desc=stage, leave=False, disable=not progress) as bar:
                while self._upkeep.progress is now and now.stage == stage:
                    bar.total = now.total
                    bar.update(now.done - bar.n)
                    self._upkeep.wait(0.1)

    def health(self, table: VectorTable | None, begin: bool = True) -> dict[str, Any]:
        """Return how answers are found; see `Collection.index_health`.

        Parameters
        ----------
        table : VectorTable, optional
            None where the vectors are not in memory.
        begin : bool
            Begin what is due, as a search does.
        """
        settings = self._settings
        attached = None if table is None else self._graph(table, begin)
        usable = attached is not None and table is not None
        health: dict[str, Any] = {
            "search": HNSW if usable else EXACT,
            "recall": 1.0,
            "objects": None if table is None else table.count,
            "distance": settings.distance,
        }
        if attached is not None and table is not None:
            graph, fit = attached.graph, attached.fit(table)
            health |= {
                "recall": graph.tuning.recall_10,
                "recall_100": graph.tuning.recall_100,
                # What the graph does not find is compared exactly.
                "self_recall": 1.0,
                "self_recall_of_graph": graph.self_recall,
                "ef": graph.tuning.ef(10),
                "ef_100": graph.tuning.ef(100),
                "parameters": {**asdict(graph.parameters), "seed": SEED},
                "nodes": len(graph),
                "duplicates_folded": attached.covered - attached.used,
                "exact_beside": len(fit.tail),
                "saved": self._upkeep.saved,
            }
        health["why"] = self._why(table, attached)
        progress = self._upkeep.progress
        if progress is not None:
            share = min(1.0, progress.done / progress.total)
            health["building"] = {"stage": progress.stage, "share": round(share, 3)}
        if self._upkeep.note is not None:
            health["note"] = self._upkeep.note
        return health

    def close(self) -> None:
        """Stop what is being built."""
        self._upkeep.close()

    def _graph(self, table: VectorTable, begin: bool = True) -> Attached | None:
        settings = self._settings
        if settings.always_exact is not None or table.count < max(1, settings.cutoff):
            return None
        return self._upkeep.graph(table, settings) if begin else self._upkeep.here(table)

    def _why(self, table: VectorTable | None, attached: Attached | None) -> str:
        settings = self._settings
        if attached is not None:
            return f"HNSW from {settings.cutoff:,} vectors on"
        if settings.always_exact is not None:
            return f"exact: {settings.always_exact}"
        if table is None:
            return "exact: nothing was searched yet"
        if table.count < max(1, settings.cutoff):
            return f"exact below {settings.cutoff:,} vectors"
        if self._upkeep.progress is not None:
            return "exact while the HNSW index is made in the background"
        return f"exact: {self._upkeep.why_not() or 'the index is not there yet'}"

    def _by_graph(
        self,
        table: VectorTable,
        attached: Attached,
        query: Query,
        k: int,
        allowed: np.ndarray | None,
    ) -> Found | None:
        """Search the graph, and what is not in it exactly; None where exact search is better."""
        graph, fit = attached.graph, attached.fit(table)
        if graph.distance == COSINE and query.length == 0:
            # Equally far from everything.
            return None
        mask, compared, tail = None, table.count, fit.tail
        usable = table.count - len(tail)
        if allowed is not None:
            mask = allowed & table.alive
            count = int(np.count_nonzero(mask))
            if graph.tuning.fixed and count < self._settings.cutoff:
                # As Weaviate does.
                return None
            compared = min(compared, _GATHERED * count)
            tail = tail[mask[tail]]
            usable = count - len(tail)
        elif not fit.clean:
            mask = table.alive
        if usable < k:
            return None
        slack = self._exact.slack(table, query) + (DOT_SLACK if graph.distance == DOT else 0.0)
        nearest = _near(attached, query, k, mask, usable / attached.covered, compared, slack)
        if nearest is None:
            return None
        rows, alike, values = nearest
        if len(tail):
            rows = np.concatenate([rows, tail])
            alike = np.concatenate([alike, np.arange(len(graph), len(graph) + len(tail))])
            if len(tail) > _FEW:
                values = np.concatenate([values, self._exact.rough(table, query, tail)])
                near = close_enough(values, k, slack)
                rows, alike = rows[near], alike[near]
        return self._exact.ranked(table, query, k, rows, HNSW, alike)


def _near(
    attached: Attached,
    query: Query,
    k: int,
    mask: np.ndarray | None,
    share: float,
    compared: int,
    slack: float,
) -> tuple[np.ndarray, np.ndarray, np.ndarray] | None:
    """Return rows of the graph that may be the k nearest, their nodes, and rough distances.

    Looks among as many nodes as k answers should need where only a `share` of the rows
    counts, and among more where they were needed. None where comparing so many rows as
    `compared` is the quicker way, or the graph cannot tell.
    """
    graph, found = attached.graph, attached.graph.tuning
    narrow = prepared(query.vector.astype(np.float32)[None], graph.distance)[0]
    want = math.ceil(k / share)
    while True:
        ef = found.ef(want)
        if ef >= len(graph) or not (found.fixed or tuning.pays(ef, compared)):
            return None
        nearest = graph.nearest(narrow, ef)
        if nearest is None or not np.isfinite(nearest[1]).all():
            return None
        nodes, values = nearest
        if mask is None and want == k:
            # Every node has a row: no need to look at those far behind the last place.
            last = int(np.searchsorted(values, values[k - 1] + np.float32(slack), "right"))
            rows, which = attached.rows(nodes[:last])
            if len(rows) >= k:
                return rows, nodes[which], values[which]
        rows, which = attached.rows(nodes)
        if mask is not None:
            known = rows < len(mask)
            known[known] = mask[rows[known]]
            rows, which = rows[known], which[known]
        if len(rows) < k:
            want = max(2 * want, ef + 1)
            continue
        # The last answer's rank decides how widely should have been searched.
        rank = int(which[k - 1]) + 1
        if rank <= want or found.ef(rank) <= ef:
            near = close_enough(values[which], k, slack)
            return rows[near], nodes[which[near]], values[which[near]]
        want = max(rank, want + 1)
