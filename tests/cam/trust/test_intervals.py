"""Scenes are the observations, and the interval holds what it promises."""

from __future__ import annotations

import numpy as np
import pytest

from crystalviz.cam.trust.intervals import MIN_SCENES, Interval, scene_interval, scene_means


def test_each_scene_counts_once() -> None:
    values = [1.0, 1.0, 1.0, 1.0, 0.0]
    assert scene_interval(values, [7, 7, 7, 7, 2]).mean == 0.5
    np.testing.assert_array_equal(scene_means(values, [7, 7, 7, 7, 2]), [0, 1])


def test_copies_of_images_make_nothing_surer() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=8)
    once = scene_interval(values, np.arange(8))
    copied = scene_interval(np.repeat(values, 6), np.repeat(np.arange(8), 6))
    np.testing.assert_allclose(copied, once)
    alone = scene_interval(np.repeat(values, 6), np.arange(48))
    assert alone.high - alone.low < 0.6 * (once.high - once.low)


def test_missing_values_are_left_out() -> None:
    interval = scene_interval([np.nan, 2.0, 4.0, np.nan], [0, 0, 1, 2])
    assert (interval.mean, interval.scenes) == (3.0, 2)
    assert np.isnan(scene_interval([np.nan], [0]).mean)
    one = scene_interval([5.0, 7.0], [3, 3])
    assert (one.mean, one.scenes) == (6.0, 1)
    assert np.isnan(one.low)


def test_coverage_of_few_scenes_is_near_what_is_claimed() -> None:
    """95 % intervals of 8 normal values hold the true mean about 95 % of the time."""
    rng = np.random.default_rng(5)
    held = []
    for trial in range(300):
        interval = scene_interval(rng.normal(1.0, 1.0, 8), np.arange(8), seed=trial)
        held.append(interval.low <= 1.0 <= interval.high)
    # Three standard errors of 300 trials are 0.04; a plain percentile bootstrap holds 0.88.
    assert np.mean(held) > 0.91


def test_too_few_scenes_show_nothing() -> None:
    assert not Interval(0.5, 0.4, 0.6, MIN_SCENES - 1).excludes_zero
    assert Interval(0.5, 0.4, 0.6, MIN_SCENES).excludes_zero
    assert Interval(-0.5, -0.6, -0.4, 9).excludes_zero
    assert not Interval(0.1, -0.1, 0.3, 9).excludes_zero
    # All on one side by chance: 2 / 2**5 is over 5 %, 2 / 2**6 is not.
    assert 2 * 0.5 ** (MIN_SCENES - 1) > 0.05 >= 2 * 0.5**MIN_SCENES


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="confidence must be"):
        scene_interval([1.0], [0], confidence=95)
    with pytest.raises(ValueError, match="one scene for each value"):
        scene_interval([1.0, 2.0], [0])
