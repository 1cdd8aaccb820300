"""The worth of copies: Kish's design effect, and an interval with scenes as the trials."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from crystalviz.images import design_effect, group_interval


def test_design_effects_by_hand():
    assert design_effect([5, 6, 7]) == 1
    assert design_effect(np.repeat(np.arange(61), 6)) == 6
    # Scenes of 3, 2 and 1 images: (9 + 4 + 1) / 6.
    assert design_effect([0, 0, 0, 1, 1, 2]) == pytest.approx(14 / 6)
    assert design_effect([]) == 1


@pytest.mark.parametrize("scenes", [1, 2, 12, 43, 61])
@pytest.mark.parametrize("copies", [1, 6])
@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_without_an_error_it_is_clopper_and_pearson_on_scenes(scenes, copies, confidence):
    numbers = np.repeat(np.arange(scenes), copies)
    exact = binomtest(scenes, scenes).proportion_ci(confidence, "exact")
    low, high = group_interval(np.ones(len(numbers), bool), numbers, confidence)
    assert low == pytest.approx(exact.low)
    assert high == exact.high == 1
    low, high = group_interval(np.zeros(len(numbers), bool), numbers, confidence)
    assert (low, high) == (0, pytest.approx(1 - exact.low))


def test_published_scale():
    # facts: 341 test files of 43 to 61 scenes prove 92 to 94 %, not 98.9 %.
    for scenes, bound in ((43, 0.918), (61, 0.941), (341, 0.989)):
        assert group_interval([True] * scenes, range(scenes))[0] == pytest.approx(bound, abs=5e-4)


def test_copies_of_an_error_count_once():
    # 40 scenes of 6, of which 4 are wrong in every copy: as 4 errors among 40 at the most.
    scenes = np.repeat(np.arange(40), 6)
    low, high = group_interval(scenes >= 4, scenes)
    alone_low, alone_high = binomtest(36, 40).proportion_ci(0.95, "exact")
    assert low <= alone_low
    assert high >= alone_high
    naive = binomtest(216, 240).proportion_ci(0.95, "exact")
    assert high - low > 2 * (naive.high - naive.low)
    assert group_interval(scenes[::6] >= 4, scenes[::6]) == pytest.approx((low, high))


def test_few_scenes_that_disagree_prove_next_to_nothing():
    low, high = group_interval([True] * 50 + [False] * 50, [0] * 50 + [1] * 50)
    assert low < 0.01
    assert high > 0.99


@given(
    st.lists(st.tuples(st.integers(0, 12), st.booleans()), min_size=1, max_size=60),
    st.sampled_from([0.5, 0.95]),
)
def test_the_accuracy_lies_inside_and_never_narrower_than_with_scenes_as_trials(pairs, confidence):
    scenes, correct = zip(*pairs, strict=True)
    low, high = group_interval(correct, scenes, confidence)
    assert 0 <= low <= np.mean(correct) <= high <= 1
    best = binomtest(len(set(scenes)), len(set(scenes))).proportion_ci(confidence, "exact")
    assert low <= best.low + 1e-12
    assert group_interval(np.invert(correct), scenes, confidence) == pytest.approx(
        (1 - high, 1 - low), abs=1e-9
    )


def test_it_covers_the_truth_as_often_as_it_says():
    # Scenes of 1 to 8 images with an accuracy of their own, 0.9 in the mean.
    rng = np.random.default_rng(0)
    covered, naive_covered = [], []
    for _ in range(400):
        sizes = rng.integers(1, 9, 40)
        scenes = np.repeat(np.arange(40), sizes)
        correct = rng.random(len(scenes)) < np.repeat(rng.beta(1.8, 0.2, 40), sizes)
        low, high = group_interval(correct, scenes)
        covered.append(low <= 0.9 <= high)
        naive = binomtest(int(correct.sum()), len(correct)).proportion_ci(0.95, "exact")
        naive_covered.append(naive.low <= 0.9 <= naive.high)
    assert np.mean(covered) >= 0.94
    assert np.mean(naive_covered) < 0.85


def test_what_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="at least one image"):
        group_interval([], [])
    with pytest.raises(ValueError, match="2 results and 1 scene numbers"):
        group_interval([True, False], [0])
    with pytest.raises(ValueError, match="confidence lies between 0 and 1, not 95"):
        group_interval([True], [0], 95)
    with pytest.raises(ValueError, match="True and False"):
        group_interval([0.7], [0])
