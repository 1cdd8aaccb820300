"""Nearest neighbours by cosine: crystalviz beside scikit-learn, faiss and hnswlib."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import cycle
from typing import Any

import numpy as np
from feature_like import feature_like
from limits import arithmetic_row, read_row
from side_by_side import Check, Comparison, Row, Target, main

from crystalviz.clustering import ExactNeighbors, nearest_neighbors

K = 10


def comparisons(quick: bool) -> Iterator[Comparison]:
    """Yield the whole graph, and single questions up to the crossover with HNSW."""
    vectors = feature_like(3_000 if quick else 13_664)
    yield _graph(vectors)
    yield _one(vectors)
    if not quick:
        # Where an approximate index of equal recall becomes the faster one.
        yield _one(feature_like(20_000))


def _graph(vectors: np.ndarray) -> Comparison:
    count, dimension = vectors.shape

    def scikit_learn() -> Callable[[], Any]:
        from sklearn.neighbors import NearestNeighbors

        def call() -> Any:
            return NearestNeighbors(n_neighbors=K, metric="cosine").fit(vectors).kneighbors()

        return call

    def one_at_a_time() -> Callable[[], Any]:
        from sklearn.neighbors import NearestNeighbors

        index = NearestNeighbors(n_neighbors=K, metric="cosine").fit(vectors)
        return lambda: [index.kneighbors(vectors[i : i + 1]) for i in range(50)]

    def faiss() -> Callable[[], Any]:
        import faiss

        def call() -> Any:
            index = faiss.IndexFlatIP(dimension)
            index.add(vectors)
            return index.search(vectors, K + 1)

        return call

    def unlike_double_precision() -> float:
        rows = np.random.default_rng(1).choice(count, 200, replace=False)
        wide = vectors.astype(np.float64)
        wide /= np.linalg.norm(wide, axis=1, keepdims=True)
        cosine = wide[rows] @ wide.T
        cosine[np.arange(200), rows] = -np.inf
        expected = np.sort(cosine, axis=1)[:, : -K - 1 : -1]
        return float(np.abs(nearest_neighbors(vectors, K)[1][rows] - expected).max())

    return Comparison(
        f"{K} neighbours of each of {count:,} x {dimension:,} vectors",
        [
            Row("scikit-learn brute, one query at a time", one_at_a_time, "seed", 50 / count),
            Row("scikit-learn brute, all at once", scikit_learn, "peer"),
            Row("faiss IndexFlatIP", faiss, "peer"),
            Row("hnswlib, ef 200, with its build", lambda: _hnsw(vectors)[1], "peer"),
            Row(
                "crystalviz nearest_neighbors",
                lambda: lambda: nearest_neighbors(vectors, K),
                targets=[Target.seconds(6)],
            ),
            arithmetic_row(count * count * dimension, name="multiply-adds of half the pairs"),
        ],
        "graphs",
        [Check("largest error of a similarity", unlike_double_precision, None, 1e-7)],
    )


def _one(vectors: np.ndarray) -> Comparison:
    count = len(vectors)

    def asked(ask: Callable[[int], Any]) -> Callable[[], Any]:
        turn = cycle(range(0, count, max(1, count // 97)))
        return lambda: ask(next(turn))

    def scikit_learn() -> Callable[[], Any]:
        from sklearn.neighbors import NearestNeighbors

        index = NearestNeighbors(n_neighbors=K + 1, metric="cosine").fit(vectors)
        return asked(lambda row: index.kneighbors(vectors[row : row + 1]))

    def faiss() -> Callable[[], Any]:
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(vectors)
        return asked(lambda row: index.search(vectors[row : row + 1], K + 1))

    def hnswlib() -> Callable[[], Any]:
        ask, _ = _hnsw(vectors)
        return asked(lambda row: ask(vectors[row : row + 1]))

    def ours() -> Callable[[], Any]:
        index = ExactNeighbors(vectors)
        return asked(lambda row: index.of_row(row, K))

    @cache
    def recall() -> float:
        ask, _ = _hnsw(vectors)
        index = ExactNeighbors(vectors)
        hits = 0
        rows = range(0, count, max(1, count // 200))
        for row in rows:
            found = set(ask(vectors[row : row + 1])[0][0].tolist()) - {row}
            hits += len(found & set(index.of_row(row, K)[0].tolist()))
        return hits / (K * len(rows))

    near = "hnswlib, ef 200 (approximate)"
    return Comparison(
        f"{K} neighbours of one of {count:,} vectors",
        [
            Row("scikit-learn brute", scikit_learn, "seed"),
            Row("faiss IndexFlatIP", faiss, "peer"),
            Row(near, hnswlib, "peer"),
            Row(
                "crystalviz ExactNeighbors.of_row",
                ours,
                targets=[Target.times(10), Target.times(1, near)],
            ),
            read_row(vectors.nbytes, name="read the vectors once"),
        ],
        "queries",
        [Check("recall of hnswlib, ef 200", recall)],
        note="hnswlib's index is built before; crystalviz needs none, and its recall is 1.",
    )


def _hnsw(vectors: np.ndarray) -> tuple[Callable[[np.ndarray], Any], Callable[[], Any]]:
    """Return (one question to a built index, building and asking everything)."""
    import hnswlib

    def build() -> Any:
        index = hnswlib.Index("cosine", vectors.shape[1])
        index.init_index(len(vectors), M=32, ef_construction=128)
        index.add_items(vectors)
        index.set_ef(200)
        return index

    built: list[Any] = []

    def ask(query: np.ndarray) -> Any:
        if not built:
            built.append(build())
        return built[0].knn_query(query, K + 1)

    return ask, lambda: build().knn_query(vectors, K + 1)


if __name__ == "__main__":
    raise SystemExit(main(comparisons, __doc__))
