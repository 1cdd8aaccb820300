from __future__ import annotations

import numpy as np
import pytest

from crystalviz.store.index import tuning
from crystalviz.store.index.tuning import Dynamic, Truth, Tuning


def _truth() -> tuple[Truth, np.ndarray]:
    matrix = np.random.default_rng(0).standard_normal((3000, 8)).astype(np.float32)
    return Truth.of(matrix, np.arange(3000), "l2-squared"), matrix


def test_truth_is_the_nearest() -> None:
    truth, matrix = _truth()
    for query, own, nearest in zip(truth.queries, truth.own, truth.nearest, strict=True):
        squared = ((matrix.astype(np.float64) - query) ** 2).sum(axis=1)
        # A query between two vectors is as far from both.
        assert squared[nearest[:100]] == pytest.approx(np.sort(squared)[:100], rel=1e-4)
        assert own == -1 or nearest[0] == own
    assert (truth.own == -1).sum() == len(truth.own) / 2


def test_recall_counts_what_was_found_and_not_the_query_itself() -> None:
    truth, _ = _truth()
    assert truth.recall(truth.nearest, 10) == 1.0
    # One neighbour in ten is another one.
    worse = truth.nearest[:, :11].copy()
    for own, row in zip(truth.own, worse, strict=True):
        others = np.flatnonzero(row != own)
        row[others[0]] = -1
    assert truth.recall(worse, 10) == pytest.approx(0.9)
    assert truth.recall(np.full((len(truth.own), 20), -1), 10) == 0.0


def test_the_smallest_ef_that_finds_enough_is_taken() -> None:
    truth, _ = _truth()
    asked = []

    def search(_queries: np.ndarray, k: int) -> np.ndarray:
        asked.append(k)
        found = truth.nearest.copy()
        if k < 250:
            # Too narrow: the third neighbour is missing.
            found[:, 2] = -1
        return found

    found = tuning.tuned(search, truth, 100_000)
    assert found is not None
    assert 250 <= found.ef_10 < 250 * 1.25
    assert found.recall_10 == 1.0
    assert asked[0] == 100
    assert found.ef(1) == found.ef(10) == found.ef_10


def test_exact_search_where_enough_is_found_too_late() -> None:
    truth, _ = _truth()

    def search(_queries: np.ndarray, k: int) -> np.ndarray | None:
        return truth.nearest if k > 3000 else None

    assert tuning.tuned(search, truth, 100_000) is None


def test_ef_grows_with_k() -> None:
    tuned = Tuning(120, 300, 1.0, 1.0)
    assert [tuned.ef(k) for k in (1, 10, 55, 100, 200)] == [120, 120, 210, 300, 600]
    fixed = Tuning(64, 64, 1.0, 1.0, fixed=True)
    assert [fixed.ef(k) for k in (1, 64, 100)] == [64, 64, 100]


# `autoEfFromLimit` of Weaviate's hnsw/search.go: k * 8, within 100 and 500, and never below k.
def test_dynamic_ef_is_weaviates() -> None:
    dynamic = Tuning(0, 0, 1.0, 1.0, fixed=True, dynamic=Dynamic())
    assert [dynamic.ef(k) for k in (1, 10, 12, 13, 50, 62, 63, 1000)] == [
        100,
        100,
        100,
        104,
        400,
        496,
        500,
        1000,
    ]
