"""Nearest neighbours through the store: beside NumPy, bare hnswlib, and the truth."""

from __future__ import annotations

import atexit
import tempfile
from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from feature_like import feature_like
from side_by_side import Check, Comparison, Row, Target, main

from crystalviz.store import connect
from crystalviz.store.classes import DataObject
from crystalviz.store.index import VectorIndex, open_index
from crystalviz.store.schema import VectorSpace
from crystalviz.store.storage.changes import Position
from crystalviz.store.storage.vector_table import VectorTable

K = 10
_FOLDER = tempfile.TemporaryDirectory(prefix="crystalviz-store-")
atexit.register(_FOLDER.cleanup)


def comparisons(quick: bool) -> Iterator[Comparison]:
    """Yield whole queries of a store, exact and HNSW, and the recall of its defaults."""
    yield _exact(feature_like(3_000 if quick else 13_664))
    if quick:
        return
    yield _hnsw("in groups", feature_like(100_000, 512))
    yield _hnsw("uniform", _uniform(100_000, 512))
    yield _hnsw("in groups", feature_like(100_000))


def _exact(vectors: np.ndarray) -> Comparison:
    bare = "NumPy: product, argpartition"

    def numpy_only() -> Callable[[], Any]:
        def ask(query: np.ndarray) -> np.ndarray:
            values = -(vectors @ query)
            best = np.argpartition(values, K)[:K]
            return best[np.argsort(values[best])]

        return _asked(vectors, ask)

    return Comparison(
        f"one near_vector of {len(vectors):,} x {vectors.shape[1]:,}, {K} objects with properties",
        [
            Row(bare, numpy_only, "peer"),
            Row("store, the search alone", lambda: _asked(vectors, _index(vectors)[1])),
            Row(
                "store, the whole query",
                lambda: _asked(vectors, _collection(vectors)),
                # Of a small collection most of the time goes into the ten objects.
                targets=[Target.times(1 / 1.15, bare)] if len(vectors) > 10_000 else [],
            ),
        ],
        "queries",
        [Check(f"recall@{K}, defaults", lambda: _recall(vectors), 0.99)],
    )


def _hnsw(kind: str, vectors: np.ndarray) -> Comparison:
    bare = "hnswlib, the same ef"

    def hnswlib() -> Callable[[], Any]:
        index, _, table = _index(vectors)
        health = index.health(table)
        if health["search"] != "hnsw":
            raise ImportError(f"no HNSW here: {health['why']}")
        graph = index._upkeep.here(table).graph.index
        return _asked(vectors, lambda query: graph.knn_query(query, k=health["ef"], num_threads=1))

    def numpy_only() -> Callable[[], Any]:
        return _asked(vectors, lambda query: np.argpartition(-(vectors @ query), K)[:K])

    return Comparison(
        f"one near_vector of {len(vectors):,} x {vectors.shape[1]:,}, {kind}",
        [
            Row("NumPy: product, argpartition", numpy_only, "peer"),
            Row(bare, hnswlib, "peer"),
            Row("store, the search alone", lambda: _asked(vectors, _index(vectors)[1])),
            Row("store, the whole query", lambda: _asked(vectors, _collection(vectors))),
        ],
        "queries",
        [
            Check(f"recall@{K}, defaults", lambda: _recall(vectors), 0.99),
            Check("self-recall, half of the vectors copies", lambda: _self_recall(vectors), 1.0),
        ],
    )


def _asked(vectors: np.ndarray, ask: Callable[[np.ndarray], Any]) -> Callable[[], Any]:
    turn = cycle(range(0, len(vectors), max(1, len(vectors) // 97)))
    return lambda: ask(vectors[next(turn)])


def _uniform(count: int, dimension: int) -> np.ndarray:
    vectors = np.random.default_rng(0).random((count, dimension), np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


_made: dict[tuple[Any, ...], Any] = {}


def _index(vectors: np.ndarray) -> tuple[VectorIndex, Callable[[np.ndarray], Any], VectorTable]:
    """Return the store's index over the vectors, finished; one for each array."""
    key = ("index", id(vectors))
    if key not in _made:
        folder = Path(_FOLDER.name) / f"index-{len(_made)}"
        folder.mkdir()
        count = len(vectors)
        identities = np.zeros((count, 16), np.uint8)
        identities[:, 12:] = np.arange(count, dtype=">u4")[:, None].view(np.uint8)
        table = VectorTable.of(
            Position("benchmark", count, 0), np.arange(1, count + 1), identities, vectors
        )
        index = open_index(folder, 1, "", "default", VectorSpace(), True)
        index.wait(table)
        _made[key] = index, lambda query: index.search(table, query, K), table
    return _made[key]


def _collection(vectors: np.ndarray) -> Callable[[np.ndarray], Any]:
    """Return a whole query of a store with the vectors and four properties an object."""
    client = connect(Path(_FOLDER.name) / f"store-{len(_made)}")
    _made["client", id(vectors)] = client
    images = client.collections.create("CrystalImage")
    for start in range(0, len(vectors), 5_000):
        images.data.insert_many(
            [
                DataObject(
                    {
                        "image_id": f"{i}.png",
                        "class_label": "CEX",
                        "entropy": 4.5,
                        "cluster": i % 4,
                    },
                    UUID(int=i + 1),
                    vectors[i],
                )
                for i in range(start, min(start + 5_000, len(vectors)))
            ]
        )
    images.index_health(wait=True)
    return lambda query: images.query.near_vector(query, limit=K, return_metadata=["distance"])


@cache
def _queries() -> np.random.Generator:
    return np.random.default_rng(7)


def _recall(vectors: np.ndarray) -> float:
    """Return the recall for 200 new vectors, each between two of one group."""
    _, ask, _ = _index(vectors)
    rows = _queries().choice(len(vectors), 200, replace=False)
    hits = 0
    for row in rows:
        other = np.argpartition(-(vectors @ vectors[row]), 20)[20]
        query = vectors[row] * np.float32(0.6) + vectors[other] * np.float32(0.4)
        true = np.argpartition(-(vectors @ query), K)[:K]
        hits += len(np.intersect1d(true, ask(query).rows))
    return hits / (K * len(rows))


def _self_recall(vectors: np.ndarray) -> float:
    """Return the share of 2,000 vectors that are found by themselves among as many copies."""
    half = len(vectors) // 2
    copied = vectors.copy()
    # Half of the copies of one vector, half of the copies of each its own.
    copied[half:] = vectors[:half]
    copied[half : half + half // 2] = vectors[0]
    _, ask, _ = _index(copied)
    found = 0
    rows = _queries().choice(len(vectors), 2_000, replace=False)
    for row in rows:
        nearest = ask(copied[row]).rows[0]
        found += bool(np.array_equal(copied[nearest], copied[row]))
    return found / len(rows)


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
