from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from crystalviz.store.index.distances import DISTANCES
from crystalviz.store.storage.caches import BoundIndex
from tests.store.index.making import exact_in, followed, table_of


def _over(matrix: np.ndarray, distance: str = "cosine") -> BoundIndex:
    return BoundIndex(exact_in(Path("nowhere"), distance), table_of(matrix))


def _naive(matrix: np.ndarray, query: np.ndarray, distance: str) -> np.ndarray:
    wide, q = matrix.astype(np.float64), query.astype(np.float64)
    if distance == "dot":
        return -(wide @ q)
    if distance == "l2-squared":
        return ((wide - q) ** 2).sum(axis=1)
    if distance == "manhattan":
        return np.abs(wide - q).sum(axis=1)
    if distance == "hamming":
        return (wide != q).sum(axis=1).astype(np.float64)
    norms = np.linalg.norm(wide, axis=1) * np.linalg.norm(q)
    return 1.0 - np.divide(wide @ q, norms, out=np.zeros(len(wide)), where=norms > 0)


@pytest.mark.parametrize("distance", DISTANCES)
@pytest.mark.parametrize("share", [1.0, 0.6, 0.05])
def test_agrees_with_the_definition(distance: str, share: float) -> None:
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((3000, 64)).astype(np.float32) * 5
    allowed = None if share == 1.0 else rng.random(3000) < share
    index = _over(matrix, distance)
    for _ in range(20):
        query = rng.standard_normal(64).astype(np.float32)
        # Some numbers in common, which hamming counts.
        query[::3] = matrix[rng.integers(3000), ::3]
        rows, distances, _ = index.search(query, 10, allowed)
        truth = _naive(matrix, query, distance)
        candidates = np.arange(3000) if allowed is None else np.flatnonzero(allowed)
        expected = candidates[np.argsort(truth[candidates], kind="stable")[:10]]
        assert rows.tolist() == expected.tolist()
        np.testing.assert_allclose(distances, truth[rows], rtol=1e-5, atol=1e-6)


# Weaviate's own acceptance values (test/acceptance/vector_distances): the distances that a
# query [1, 2, 3] has to these objects follow from the definitions by hand.
@pytest.mark.parametrize(
    ("distance", "expected"),
    [
        ("cosine", [0.0, 0.0, 1.0 - 10 / 14, 2.0, 1.0]),
        ("dot", [-14.0, -28.0, -10.0, 14.0, 0.0]),
        ("l2-squared", [0.0, 14.0, 8.0, 56.0, 14.0]),
        ("manhattan", [0.0, 6.0, 4.0, 12.0, 6.0]),
        ("hamming", [0.0, 3.0, 2.0, 3.0, 3.0]),
    ],
)
def test_known_distances(distance: str, expected: list[float]) -> None:
    matrix = np.array([[1, 2, 3], [2, 4, 6], [3, 2, 1], [-1, -2, -3], [0, 0, 0]], np.float32)
    index = _over(matrix, distance)
    rows, distances, _ = index.search(np.array([1, 2, 3], np.float32), 5)
    got = dict(zip(rows.tolist(), distances.tolist(), strict=True))
    assert [got[row] for row in range(5)] == pytest.approx(expected, abs=1e-6)
    assert distances.tolist() == sorted(distances.tolist())


def test_equal_vectors_come_in_the_order_of_their_rows() -> None:
    rng = np.random.default_rng(1)
    # Odd sizes, so that BLAS sums the last rows otherwise than the first ones.
    vector = rng.standard_normal(2047).astype(np.float32)
    for distance in DISTANCES:
        index = _over(np.tile(vector, (1031, 1)), distance)
        for k in (1, 7, 1030, 1031):
            assert index.search(vector, k)[0].tolist() == list(range(k))


def test_multiples_of_a_vector_are_equal_by_cosine() -> None:
    vector = np.random.default_rng(2).standard_normal(512).astype(np.float32)
    index = _over(np.stack([vector * scale for scale in (7, 0.3, 11, 1)]), "cosine")
    rows, distances, _ = index.search(vector, 4)
    assert rows.tolist() == [0, 1, 2, 3]
    assert distances.tolist() == [0.0] * 4


def test_no_negative_cosine_distance() -> None:
    rng = np.random.default_rng(3)
    matrix = rng.standard_normal((500, 33)).astype(np.float32)
    index = _over(matrix, "cosine")
    for row in range(0, 500, 7):
        rows, distances, _ = index.search(matrix[row], 1)
        assert rows[0] == row
        assert distances[0] == 0.0


def test_empty_and_small() -> None:
    empty = _over(np.empty((0, 3), np.float32))
    assert [a.tolist() for a in empty.search(np.ones(3, np.float32), 5)[:2]] == [[], []]
    one = _over(np.ones((1, 3), np.float32))
    assert one.search(np.ones(3, np.float32), 5)[0].tolist() == [0]
    nothing = one.search(np.ones(3, np.float32), 5, np.array([False]))
    assert nothing[0].tolist() == []
    health = one.health()
    assert (health["search"], health["recall"], health["objects"]) == ("exact", 1.0, 1)


def test_the_given_matrix_is_left_alone() -> None:
    matrix = np.array([[3.0, 4.0]], np.float32)
    _over(matrix, "cosine")
    assert matrix.tolist() == [[3.0, 4.0]]


@pytest.mark.parametrize("scale", [1e-30, 1e30])
@pytest.mark.parametrize("distance", ["cosine", "l2-squared", "dot"])
def test_numbers_that_float32_cannot_multiply(distance: str, scale: float) -> None:
    rng = np.random.default_rng(4)
    matrix = (rng.standard_normal((200, 16)) * scale).astype(np.float32)
    query = (rng.standard_normal(16) * scale).astype(np.float32)
    expected = np.argsort(_naive(matrix, query, distance), kind="stable")[:10]
    found = _over(matrix, distance).search(query, 10)
    if distance == "cosine":
        assert found.rows.tolist() == expected.tolist()
    # Distances beyond float32 are equal there (infinite or 0), and then come by uuid.
    assert found.distances.tolist() == sorted(found.distances.tolist())
    assert len(found.rows) == 10


def test_a_query_of_zeros_is_as_far_from_everything() -> None:
    found = _over(np.eye(4, dtype=np.float32)).search(np.zeros(4, np.float32), 3)
    assert found.rows.tolist() == [0, 1, 2]
    assert found.distances.tolist() == [1.0, 1.0, 1.0]


def test_dead_rows_are_never_found() -> None:
    matrix = np.random.default_rng(5).standard_normal((400, 8)).astype(np.float32)
    table = followed(table_of(matrix), np.empty((0, 8), np.float32), list(range(1, 60)))
    index = exact_in(Path("nowhere"))
    for row in (0, 30, 58):
        found = index.search(table, matrix[row], 400)
        assert len(found.rows) == 341
        assert found.rows.min() == 59
    only_dead = np.arange(len(table)) < 59
    assert len(index.search(table, matrix[0], 5, only_dead).rows) == 0


@pytest.mark.parametrize("distance", DISTANCES)
def test_distances_are_those_of_the_search(distance: str) -> None:
    rng = np.random.default_rng(6)
    matrix = rng.standard_normal((300, 24)).astype(np.float32)
    table, index = table_of(matrix), exact_in(Path("nowhere"), distance)
    query = rng.standard_normal(24).astype(np.float32)
    found = index.search(table, query, 300)
    assert index.distances(table, query, found.rows).tolist() == found.distances.tolist()
