"""The graph's answers beside those of exact search."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from crystalviz.store.index import HNSW, Found, VectorIndex, check_indexes
from crystalviz.store.storage.vector_table import VectorTable
from tests.store.index.making import exact_in, followed, grouped, index_in, table_of

DIMENSION = 24


def _built(folder: Path, table: VectorTable, **settings: Any) -> VectorIndex:
    index = index_in(folder, **{"ef": 128, **settings})
    index.wait(table, progress=False)
    return index


def _recall(found: list[Found], true: list[Found]) -> float:
    hits = [
        len(np.intersect1d(a.rows, b.rows)) / len(b.rows) for a, b in zip(found, true, strict=True)
    ]
    return float(np.mean(hits))


def _agree(found: Found, true: Found) -> bool:
    return found.rows.tolist() == true.rows.tolist() and (
        found.distances.tolist() == true.distances.tolist()
    )


@pytest.mark.parametrize("distance", ["cosine", "dot", "l2-squared"])
def test_recall_and_the_same_numbers_as_exact_search(tmp_path: Path, distance: str) -> None:
    matrix = grouped(2000, DIMENSION)
    table = table_of(matrix)
    index, exact = _built(tmp_path, table, distance=distance), exact_in(tmp_path, distance)
    queries = grouped(100, DIMENSION, seed=7)
    found = [index.search(table, query, 10) for query in queries]
    true = [exact.search(table, query, 10) for query in queries]
    assert {one.found_by for one in found} == {HNSW}
    assert _recall(found, true) >= 0.99
    agreeing = [_agree(a, b) for a, b in zip(found, true, strict=True)]
    assert np.mean(agreeing) > 0.9
    health = index.health(table)
    assert health["search"] == HNSW
    assert health["recall"] >= 0.99
    assert health["self_recall"] == 1.0
    assert health["parameters"] == {"m": 32, "ef_construction": 128, "seed": 100}


def test_ef_is_chosen_for_a_recall_of_99_percent(tmp_path: Path) -> None:
    table = table_of(grouped(12_000, 8))
    index = index_in(tmp_path)
    index.wait(table, progress=False)
    health = index.health(table)
    assert health["search"] == HNSW
    assert health["recall"] >= 0.99
    assert 100 <= health["ef"] <= 12_000 / 90
    exact = exact_in(tmp_path)
    queries = grouped(100, 8, seed=3)
    found = [index.search(table, query, 10) for query in queries]
    assert {one.found_by for one in found} == {HNSW}
    assert _recall(found, [exact.search(table, query, 10) for query in queries]) >= 0.99


def test_exact_where_a_graph_is_no_faster(tmp_path: Path) -> None:
    # No groups and many dimensions: the neighbours are hardly nearer than the others.
    table = table_of(np.random.default_rng(0).random((1500, 64), np.float32))
    index = index_in(tmp_path)
    index.wait(table, progress=False)
    health = index.health(table)
    assert (health["search"], health["recall"]) == ("exact", 1.0)
    assert "no faster" in health["why"]
    assert index.search(table, table.matrix[3], 5).found_by == "exact"
    assert check_indexes(tmp_path) == []
    # That is known after a restart, until there are many more.
    again = index_in(tmp_path)
    again.wait(table, progress=False)
    assert again.health(table)["why"] == health["why"]
    (manifest,) = (tmp_path / "index").iterdir()
    before = manifest.stat().st_mtime_ns
    more = table_of(np.random.default_rng(0).random((2400, 64), np.float32))
    again = index_in(tmp_path)
    again.wait(more, progress=False)
    assert manifest.stat().st_mtime_ns > before


def test_weaviates_dynamic_ef_on_request(tmp_path: Path) -> None:
    table = table_of(np.random.default_rng(0).random((1500, 64), np.float32))
    index = index_in(tmp_path, ef=-1)
    index.wait(table, progress=False)
    health = index.health(table)
    assert health["search"] == HNSW
    assert health["ef"] == 100
    assert 0.5 < health["recall"] <= 1.0
    assert index.search(table, table.matrix[3], 5).found_by == HNSW


def _with_copies(copies: int) -> np.ndarray:
    rng = np.random.default_rng(5)
    distinct = rng.standard_normal((1500, DIMENSION)).astype(np.float32)
    copied = np.repeat(rng.standard_normal((1, DIMENSION)), copies, axis=0).astype(np.float32)
    return np.concatenate([copied, distinct])


def test_every_vector_is_found_beside_1200_copies_of_one(tmp_path: Path) -> None:
    # hnswlib alone does not find one of the others, see `folding`.
    matrix = _with_copies(1200)
    table = table_of(matrix)
    index = _built(tmp_path, table)
    health = index.health(table)
    assert (health["nodes"], health["duplicates_folded"]) == (1501, 1199)
    assert health["self_recall"] == 1.0
    for row in range(1200, 2700, 3):
        found = index.search(table, matrix[row], 1)
        assert (found.rows.tolist(), found.found_by) == ([row], HNSW)


def test_copies_are_all_answered_by_uuid(tmp_path: Path) -> None:
    matrix = _with_copies(1200)
    table = table_of(matrix)
    index, exact = _built(tmp_path, table), exact_in(tmp_path)
    for k in (1, 5, 60, 1199):
        found = index.search(table, matrix[0], k)
        assert found.rows.tolist() == list(range(k))
        assert not found.distances.any()
        assert _agree(found, exact.search(table, matrix[0], k))


def test_half_of_the_vectors_have_a_twin(tmp_path: Path) -> None:
    half = grouped(1500, DIMENSION)
    matrix = np.concatenate([half, half[np.random.default_rng(1).permutation(1500)]])
    table = table_of(matrix)
    index, exact = _built(tmp_path, table), exact_in(tmp_path)
    for row in range(0, 3000, 7):
        found = index.search(table, matrix[row], 2)
        assert found.found_by == HNSW
        assert row in found.rows
        assert _agree(found, exact.search(table, matrix[row], 2))


def test_copies_with_a_little_noise(tmp_path: Path) -> None:
    # The same picture through the model in batches of other sizes: equal but for the last bits.
    matrix = _with_copies(1200)
    noise = np.random.default_rng(2).standard_normal((1200, DIMENSION)) * 1e-7
    matrix[:1200] += noise.astype(np.float32)
    table = table_of(matrix)
    index = _built(tmp_path, table)
    for row in range(1200, 2700, 3):
        assert index.search(table, matrix[row], 1).rows.tolist() == [row]


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> tuple[VectorTable, VectorIndex, VectorIndex]:
    """3,000 vectors, with a graph and without."""
    folder = tmp_path_factory.mktemp("store")
    table = table_of(grouped(3000, DIMENSION))
    return table, _built(folder, table, cutoff=100), exact_in(folder)


Three = tuple[VectorTable, VectorIndex, VectorIndex]


@pytest.mark.parametrize("share", [0.9, 0.5, 0.1])
def test_filters(three: Three, share: float) -> None:
    table, index, exact = three
    allowed = np.random.default_rng(3).random(3000) < share
    queries = grouped(40, DIMENSION, seed=9)
    found = [index.search(table, query, 10, allowed) for query in queries]
    true = [exact.search(table, query, 10, allowed) for query in queries]
    assert all(allowed[one.rows].all() for one in found)
    assert all(len(one.rows) == 10 for one in found)
    assert _recall(found, true) >= 0.99


def test_a_filter_that_leaves_out_the_neighbourhood(three: Three) -> None:
    table, index, exact = three
    query = table.matrix[17]
    allowed = np.ones(3000, bool)
    allowed[exact.search(table, query, 700).rows] = False
    found = index.search(table, query, 10, allowed)
    assert _agree(found, exact.search(table, query, 10, allowed))


def test_small_filtered_sets_are_exact(three: Three) -> None:
    table, index, _ = three
    allowed = np.zeros(3000, bool)
    allowed[:90] = True
    assert index.search(table, table.matrix[1], 3, allowed).found_by == "exact"
    allowed[:2900] = True
    assert index.search(table, table.matrix[1], 3, allowed).found_by == HNSW


@pytest.mark.parametrize("k", [0, 1, 2999, 3000, 5000])
def test_k_is_clamped(three: Three, k: int) -> None:
    table, index, _ = three
    found = index.search(table, table.matrix[0], k)
    assert len(found.rows) == min(k, 3000)
    assert len(set(found.rows.tolist())) == len(found.rows)


def test_deleted_objects_are_not_answered(three: Three) -> None:
    table, index, exact = three
    query = table.matrix[5]
    # The whole neighbourhood goes.
    gone = table.seqs[exact.search(table, query, 300).rows].tolist()
    after = followed(table, np.empty((0, DIMENSION), np.float32), gone)
    found = index.search(after, query, 10)
    assert found.found_by == HNSW
    assert _agree(found, exact.search(after, query, 10))
    # The version before still has them.
    assert _agree(index.search(table, query, 10), exact.search(table, query, 10))


def test_new_objects_are_answered_at_once(tmp_path: Path) -> None:
    table = table_of(grouped(2000, DIMENSION))
    index, exact = _built(tmp_path, table), exact_in(tmp_path)
    new = grouped(300, DIMENSION, seed=11)
    after = followed(table, new, [1, 2, 3])
    for query in new[::20]:
        found = index.search(after, query, 5)
        assert found.found_by == HNSW
        assert found.rows[0] >= 2000
        assert _agree(found, exact.search(after, query, 5))
    assert index.health(after)["exact_beside"] == 300


def test_zero_query_and_zero_vectors(tmp_path: Path) -> None:
    matrix = grouped(1200, DIMENSION)
    matrix[[3, 70]] = 0
    table = table_of(matrix)
    index, exact = _built(tmp_path, table), exact_in(tmp_path)
    zero = np.zeros(DIMENSION, np.float32)
    assert _agree(index.search(table, zero, 4), exact.search(table, zero, 4))
    query = matrix[8]
    assert _agree(index.search(table, query, 1200), exact.search(table, query, 1200))


@pytest.mark.parametrize("distance", ["manhattan", "hamming"])
def test_distances_that_hnswlib_lacks_are_exact(tmp_path: Path, distance: str) -> None:
    table = table_of(grouped(600, DIMENSION))
    index = index_in(tmp_path, distance=distance)
    index.wait(table, progress=False)
    assert index.search(table, table.matrix[0], 3).found_by == "exact"
    assert distance in index.health(table)["why"]
