from __future__ import annotations

import numpy as np

from crystalviz.store.index.folding import fingerprints, fold, nodes_of


def test_equal_vectors_share_a_node() -> None:
    rng = np.random.default_rng(0)
    distinct = rng.standard_normal((50, 7)).astype(np.float32)
    order = np.concatenate([np.arange(50), rng.integers(0, 50, 350)])
    matrix = distinct[order]
    first, nodes = fold(fingerprints(matrix, np.arange(400)))
    assert first.tolist() == list(range(50))
    assert nodes.tolist() == order.tolist()


def test_nodes_are_numbered_in_the_order_of_rows() -> None:
    matrix = np.array([[5.0], [1.0], [5.0], [3.0], [1.0]], np.float32)
    first, nodes = fold(fingerprints(matrix, np.arange(5)))
    assert first.tolist() == [0, 1, 3]
    assert nodes.tolist() == [0, 1, 0, 2, 1]


def test_zero_and_minus_zero_are_one_vector() -> None:
    prints = fingerprints(np.array([[0.0, 1.0], [-0.0, 1.0]], np.float32), np.arange(2))
    assert prints[0].tolist() == prints[1].tolist()


def test_vectors_that_differ_in_the_last_bit_are_two() -> None:
    matrix = np.array([[1.0, 2.0], [1.0, np.nextafter(np.float32(2), np.float32(3))]], np.float32)
    first, _ = fold(fingerprints(matrix, np.arange(2)))
    assert len(first) == 2


def test_only_the_asked_rows_are_read() -> None:
    matrix = np.arange(20, dtype=np.float32).reshape(10, 2)
    some = fingerprints(matrix, np.array([7, 2]))
    everything = fingerprints(matrix, np.arange(10))
    assert some.tolist() == everything[[7, 2]].tolist()


def test_known_vectors_are_recognised_and_others_not() -> None:
    rng = np.random.default_rng(1)
    prints = fingerprints(rng.standard_normal((300, 5)).astype(np.float32), np.arange(300))
    known = prints[rng.permutation(200)]
    nodes = nodes_of(prints, known)
    assert (nodes[200:] == -1).all()
    assert known[nodes[:200]].tolist() == prints[:200].tolist()
    assert nodes_of(prints, np.empty((0, 2), np.uint64)).tolist() == [-1] * 300
