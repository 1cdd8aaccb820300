"""Neighbours against known answers and brute force."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crystalviz.clustering import ExactNeighbors, _neighbor_graph, nearest_neighbors
from crystalviz.clustering.neighbors import nearest_to


def brute_force(vectors: np.ndarray, k: int) -> np.ndarray:
    """Sort every row by (cosine descending, row), in double precision."""
    wide = vectors.astype(np.float64)
    norm = np.linalg.norm(wide, axis=1, keepdims=True)
    unit = wide / np.where(norm > 0, norm, 1)
    answer = []
    for i, query in enumerate(unit):
        cosine = (unit * query).sum(axis=1)
        order = sorted((j for j in range(len(unit)) if j != i), key=lambda j: (-cosine[j], j))
        answer.append(order[:k])
    return np.array(answer)


def test_known_angles() -> None:
    angles = np.deg2rad([0, 10, 30, 90])
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]) * np.array([[1], [9], [2], [5]])
    indices, similarity = nearest_neighbors(vectors, 3)
    np.testing.assert_array_equal(indices, [[1, 2, 3], [0, 2, 3], [1, 0, 3], [2, 1, 0]])
    np.testing.assert_allclose(similarity[0], np.cos(np.deg2rad([10, 30, 90])), atol=1e-7)
    assert indices.dtype == np.int32
    assert similarity.dtype == np.float32


@pytest.mark.parametrize("block_bytes", [64 << 20, 4 * 300 * 7])
def test_equals_brute_force(monkeypatch: pytest.MonkeyPatch, block_bytes: int) -> None:
    monkeypatch.setattr(_neighbor_graph, "_BLOCK_BYTES", block_bytes)
    vectors = np.random.default_rng(0).standard_normal((300, 64)).astype(np.float32)
    indices, _ = nearest_neighbors(vectors, 10)
    np.testing.assert_array_equal(indices, brute_force(vectors, 10))


@pytest.mark.parametrize("block_bytes", [64 << 20, 4 * 1500 * 400])
def test_large_tables_equal_brute_force(monkeypatch: pytest.MonkeyPatch, block_bytes: int) -> None:
    monkeypatch.setattr(_neighbor_graph, "_BLOCK_BYTES", block_bytes)
    rng = np.random.default_rng(3)
    centres = rng.standard_normal((30, 24))
    vectors = centres[rng.integers(0, 30, 1500)] + 0.1 * rng.standard_normal((1500, 24))
    vectors[700:720] = vectors[3]
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosine = np.array([(unit * row).sum(axis=1) for row in unit])
    np.fill_diagonal(cosine, -np.inf)
    columns = np.broadcast_to(np.arange(1500), cosine.shape)
    expected = np.lexsort((columns, -cosine), axis=1)[:, :5]
    indices, similarity = nearest_neighbors(vectors.astype(np.float64), 5)
    np.testing.assert_array_equal(indices, expected)
    np.testing.assert_allclose(similarity, np.take_along_axis(cosine, expected, axis=1), atol=1e-7)


def test_vectors_at_right_angles_tie_by_row() -> None:
    indices, similarity = nearest_neighbors(np.eye(300) * np.arange(1, 301)[:, None], 3)
    expected = [[j for j in range(4) if j != i][:3] for i in range(300)]
    np.testing.assert_array_equal(indices, expected)
    assert not similarity.any()


def test_prepared_once_for_many_questions() -> None:
    vectors = np.random.default_rng(5).standard_normal((200, 17)).astype(np.float32)
    index = ExactNeighbors(vectors)
    assert len(index) == 200
    indices, similarity = index.graph(7)
    for row in (0, 99, 199):
        mine, cosine = index.of_row(row, 7)
        np.testing.assert_array_equal(mine, indices[row])
        np.testing.assert_array_equal(cosine, similarity[row])
    # A stored vector, asked for from outside, is its own nearest; its length does not count.
    mine, cosine = index.of_vector(5 * vectors[42], 8)
    np.testing.assert_array_equal(mine, [42, *indices[42]])
    assert cosine[0] == pytest.approx(1)
    assert index.of_vector(vectors[0], 500)[0].shape == (200,)
    with pytest.raises(ValueError, match="has shape"):
        index.of_vector(vectors[0, :5], 3)
    with pytest.raises(ValueError, match="finite"):
        index.of_vector(np.full(17, np.nan), 3)


def test_self_is_never_its_own_neighbour_and_copies_tie_by_row() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.standard_normal((600, 257)).astype(np.float32)
    copies = [3, 50, 51, *range(200, 500), 599]
    vectors[copies] = vectors[3]
    indices, similarity = nearest_neighbors(vectors, 5)
    assert not (indices == np.arange(600)[:, None]).any()
    for row in copies:
        assert list(indices[row]) == [i for i in copies if i != row][:5]
        np.testing.assert_allclose(similarity[row], 1, atol=1e-7)


def test_all_identical() -> None:
    indices, similarity = nearest_neighbors(np.ones((4, 3)), 2)
    np.testing.assert_array_equal(indices, [[1, 2], [0, 2], [0, 1], [0, 1]])
    np.testing.assert_allclose(similarity, 1)


def test_fewer_images_than_neighbours() -> None:
    indices, similarity = nearest_neighbors([[1.0, 0.0], [0.0, 1.0]], 3)
    np.testing.assert_array_equal(indices, [[1, -1, -1], [0, -1, -1]])
    np.testing.assert_array_equal(np.isnan(similarity), indices == -1)
    assert nearest_neighbors([[1.0, 2.0]], 3)[0].tolist() == [[-1, -1, -1]]
    assert nearest_neighbors(np.zeros((0, 5)), 3)[0].shape == (0, 3)


def test_zero_vector_is_at_distance_one_and_scale_does_not_matter() -> None:
    vectors = np.array([[0.0, 0.0], [1e-30, 1e-30], [3e30, 3e30], [-1.0, -1.0]])
    indices, similarity = nearest_neighbors(vectors, 3)
    np.testing.assert_allclose(similarity[0], 0)
    assert indices[1, 0] == 2
    np.testing.assert_allclose(similarity[1], [1, 0, -1], atol=1e-7)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 8), st.integers(0, 10**6))
def test_any_small_input_equals_brute_force(n: int, d: int, k: int, seed: int) -> None:
    # Small whole numbers: many exact ties and zero vectors.
    vectors = np.random.default_rng(seed).integers(-1, 2, (n, d)).astype(np.float32)
    indices, similarity = nearest_neighbors(vectors, k)
    np.testing.assert_array_equal(indices >= 0, similarity == similarity)
    for row in range(n):
        mine, cosine = nearest_to(vectors, row, k)
        np.testing.assert_array_equal(indices[row, : len(mine)], mine)
        np.testing.assert_array_equal(similarity[row, : len(mine)], cosine)
        assert (np.diff(cosine) <= 0).all()
        assert row not in mine


def test_refuses_nan() -> None:
    with pytest.raises(ValueError, match="row 0"):
        nearest_neighbors([[np.nan, 1.0]], 1)
