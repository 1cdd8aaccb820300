"""Which images move between two clusterings."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.clustering import compare_clusterings, k_means, principal_components


def test_renaming_the_groups_moves_nothing():
    labels = np.random.default_rng(0).integers(0, 5, 200)
    renamed = np.array([3, 0, 4, 1, 2])[labels]
    found = compare_clusterings(labels, renamed)
    assert found.share_moved == 0
    assert found.adjusted_rand == 1
    assert found.matched == {0: 3, 1: 0, 2: 4, 3: 1, 4: 2}
    assert found.moved_ids == []


def test_known_moves():
    first = [0, 0, 0, 0, 1, 1, 1, 2]
    second = [5, 5, 5, 1, 1, 1, 1, 0]
    found = compare_clusterings(first, second, ids=list("abcdefgh"))
    assert found.share_moved == 1 / 8
    assert found.moved.tolist() == [False] * 3 + [True] + [False] * 4
    assert found.moved_ids == ["d"]
    assert found.matched == {0: 5, 1: 1, 2: 0}
    assert found.contingency.loc[0, 1] == 1
    assert found.contingency.to_numpy().tolist() == [[0, 1, 3], [0, 3, 0], [1, 0, 0]]
    assert "1 of 8 images moved (12.5%)" in repr(found)


def test_the_matching_is_the_best_not_the_greedy_one():
    # Greedily 0 -> 0 (5 images) leaves 1 -> 1 with none: 5 stay. Crosswise 4 + 4 stay.
    counts = np.array([[5, 4], [4, 0]])
    first = np.repeat([0, 0, 1, 1], counts.ravel())
    second = np.repeat([0, 1, 0, 1], counts.ravel())
    found = compare_clusterings(first, second)
    assert found.matched == {0: 1, 1: 0}
    assert found.moved.sum() == 5


def test_groups_without_a_partner_have_moved_and_noise_matches_noise():
    split = compare_clusterings([0, 0, 0, 0], [0, 0, 0, 1])
    assert split.moved_ids == [3]
    merged = compare_clusterings([0, 0, 0, 1], [0, 0, 0, 0])
    assert merged.moved_ids == [3]
    assert merged.matched == {0: 0}
    noise = compare_clusterings([-1, -1, 0, 0, 0], [-1, 0, 0, 0, -1])
    assert noise.moved_ids == [1, 4]
    assert noise.matched == {-1: -1, 0: 0}
    assert compare_clusterings([-1, -1], [0, 0]).share_moved == 1


def test_chance_agrees_at_zero():
    rng = np.random.default_rng(1)
    found = compare_clusterings(rng.integers(0, 4, 4000), rng.integers(0, 4, 4000))
    assert abs(found.adjusted_rand) < 0.01
    assert found.share_moved == pytest.approx(0.75, abs=0.04)


def test_from_two_to_three_components_in_one_call():
    # Two pairs of clouds; the pairs differ in the third component alone.
    rng = np.random.default_rng(2)
    truth = np.repeat(np.arange(4), 50)
    third = np.array([0.0, 4.0, 0.0, 4.0])[truth]
    first = np.array([-9.0, -9.0, 9.0, 9.0])[truth]
    vectors = np.column_stack([first, rng.normal(0, 4, 200), third, np.zeros(200)])
    vectors += rng.normal(0, 0.2, vectors.shape)
    two, three = principal_components(vectors, 2), principal_components(vectors, 3)
    same = compare_clusterings(k_means(two, 2), k_means(three, 2))
    assert same.share_moved == 0
    moved = compare_clusterings(k_means(two), k_means(three))
    assert 0 < moved.share_moved < 1
    assert moved.moved.sum() == len(moved.moved_ids)


def test_refuses_nonsense():
    assert compare_clusterings([], []).share_moved == 0
    with pytest.raises(ValueError, match="2 and 3 images"):
        compare_clusterings([0, 1], [0, 1, 1])
    with pytest.raises(ValueError, match="1 ids for 2 images"):
        compare_clusterings([0, 1], [0, 1], ids=["a"])
    with pytest.raises(ValueError, match="whole number"):
        compare_clusterings([0.5, 1.5], [0, 1])
    with pytest.raises(ValueError, match="-1 for noise"):
        compare_clusterings([0, -2], [0, 1])
