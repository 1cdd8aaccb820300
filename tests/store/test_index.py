from __future__ import annotations

import numpy as np
import pytest

from crystalviz.store.caches import BoundIndex
from crystalviz.store.changes import Position
from crystalviz.store.index import ExactIndex
from crystalviz.store.vector_table import VectorTable


def _over(matrix: np.ndarray, distance: str = "cosine") -> BoundIndex:
    identities = np.zeros((len(matrix), 16), np.uint8)
    identities[:, 12:] = np.arange(len(matrix), dtype=">u4")[:, None].view(np.uint8)
    table = VectorTable.of(Position("", 0, 0), np.arange(len(matrix)), identities, matrix)
    return BoundIndex(ExactIndex(distance), table)


def _naive(matrix: np.ndarray, query: np.ndarray, distance: str) -> np.ndarray:
    wide, q = matrix.astype(np.float64), query.astype(np.float64)
    if distance == "dot":
        return -(wide @ q)
    if distance == "l2-squared":
        return ((wide - q) ** 2).sum(axis=1)
    norms = np.linalg.norm(wide, axis=1) * np.linalg.norm(q)
    return 1.0 - np.divide(wide @ q, norms, out=np.zeros(len(wide)), where=norms > 0)


@pytest.mark.parametrize("distance", ["cosine", "dot", "l2-squared"])
@pytest.mark.parametrize("share", [1.0, 0.6, 0.05])
def test_exact_index_agrees_with_the_definition(distance: str, share: float) -> None:
    rng = np.random.default_rng(0)
    matrix = rng.standard_normal((3000, 64)).astype(np.float32) * 5
    allowed = None if share == 1.0 else rng.random(3000) < share
    index = _over(matrix, distance)
    for _ in range(20):
        query = rng.standard_normal(64).astype(np.float32)
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
    for distance in ("cosine", "dot", "l2-squared"):
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
    assert one.health() == {"search": "exact", "recall": 1.0, "objects": 1}


def test_the_given_matrix_is_left_alone() -> None:
    matrix = np.array([[3.0, 4.0]], np.float32)
    _over(matrix, "cosine")
    assert matrix.tolist() == [[3.0, 4.0]]
